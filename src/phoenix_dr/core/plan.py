"""A plan is data: actions, the losses they cause, and what must still be true when applied.

`make_plan` is the only place that builds a Plan, and it computes every loss itself. A new
verb does not type-check until `_loss` says what it destroys.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import assert_never

from phoenix_dr.core.evidence import PointState, RecoveryPoint
from phoenix_dr.errors import Refused


@dataclass(frozen=True, slots=True)
class TakePoint:
    """Make a new recovery point of an asset on one engine.

    `taken_at` is when staged data was as it is in `paths`; None when the run itself reads live
    data, which is then as old as the start of the run.
    """

    engine: str
    asset: str
    paths: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReadData:
    """Have the engine re-read stored data; `subset` is `n/t` or `10%`, as restic spells it."""

    engine: str
    subset: str


@dataclass(frozen=True, slots=True)
class RestorePoint:
    """Restore one point into an empty directory of our own (never over live data)."""

    engine: str
    asset: str
    point: str
    into: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ForgetPoints:
    """Remove exactly these points of one asset from one engine."""

    engine: str
    asset: str
    points: tuple[str, ...]


Action = TakePoint | ReadData | RestorePoint | ForgetPoints


@dataclass(frozen=True, slots=True)
class Loss:
    """Recoverable data that goes: which points, the period they cover, bytes, what remains.

    `size` is the sum of known sizes, None when any is unknown.
    """

    engine: str
    asset: str
    points: tuple[str, ...]
    since: datetime
    until: datetime
    size: int | None
    remaining: int


@dataclass(frozen=True, slots=True)
class Precondition:
    """What must still hold at apply: these ids are there (`going`) and these stay (`staying`)."""

    engine: str
    asset: str
    going: tuple[str, ...]
    staying: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Actions in order with their losses; `digest` names exactly this plan for an approval."""

    actions: tuple[Action, ...]
    losses: tuple[Loss, ...]
    preconditions: tuple[Precondition, ...]
    digest: str

    @property
    def is_guarded(self) -> bool:
        """True when the plan loses something recoverable and so needs an approval."""
        return bool(self.losses)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one action went. `error` is a code; times are aware UTC."""

    action: Action
    ok: bool
    started_at: datetime
    ended_at: datetime
    note: str = ""
    error: str = ""


Points = Mapping[tuple[str, str], tuple[RecoveryPoint, ...]]
"""The points now held, by (engine, asset)."""


def make_plan(
    actions: Iterable[Action], points: Points, *, pinned: frozenset[str] = frozenset()
) -> Plan:
    """The plan for `actions` given the points held now.

    `pinned` are ids that no approval lets go (the last drilled-good point of an asset).
    Raises Refused for an object without evidence, a protected point, or the last usable one.
    """
    ordered = tuple(actions)
    losses = tuple(loss for action in ordered if (loss := _loss(action, points, pinned)))
    conditions = tuple(
        Precondition(loss.engine, loss.asset, loss.points, _staying(loss, points))
        for loss in losses
    )
    return Plan(ordered, losses, conditions, _digest(ordered, losses, conditions))


def _loss(action: Action, points: Points, pinned: frozenset[str]) -> Loss | None:
    match action:
        case TakePoint() | ReadData() | RestorePoint():
            return None
        case ForgetPoints():
            return _forgetting(action, points, pinned)
        case _:
            assert_never(action)


def _forgetting(action: ForgetPoints, points: Points, pinned: frozenset[str]) -> Loss:
    held = {point.id: point for point in points.get((action.engine, action.asset), ())}
    if unknown := set(action.points) - held.keys():
        raise Refused("point-unknown", point=sorted(unknown)[0], engine=action.engine)
    going = [held[point_id] for point_id in action.points]
    if not going:
        raise Refused("nothing-named", engine=action.engine)
    for point in going:
        if point.protected or point.id in pinned:
            raise Refused("point-protected", point=point.id, engine=action.engine)
    staying = [point for point in held.values() if point.id not in action.points]
    if not any(_restorable(point) for point in staying):
        raise Refused("last-point", asset=action.asset, engine=action.engine)
    return _loss_of(action, going, remaining=len(staying))


def _restorable(point: RecoveryPoint) -> bool:
    return point.complete is not False and point.size != 0


def _loss_of(action: ForgetPoints, going: list[RecoveryPoint], *, remaining: int) -> Loss:
    sizes = [point.size for point in going]
    known = [size for size in sizes if size is not None]
    return Loss(
        engine=action.engine,
        asset=action.asset,
        points=tuple(sorted(point.id for point in going)),
        since=min(point.taken_at for point in going),
        until=max(point.taken_at for point in going),
        size=sum(known) if len(known) == len(sizes) else None,
        remaining=remaining,
    )


def _staying(loss: Loss, points: Points) -> tuple[str, ...]:
    held = points.get((loss.engine, loss.asset), ())
    return tuple(sorted(point.id for point in held if point.id not in loss.points))


def _digest(*parts: object) -> str:
    text = json.dumps(parts, default=_plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, PointState):
        return int(value)
    # The type's name tells two verbs with equal fields apart.
    return {"is": type(value).__name__, **asdict(value)}  # type: ignore[call-overload]
