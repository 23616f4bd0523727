"""A plan is data: actions, the losses they cause, and what must still be true when applied.

`make_plan` is the only place that builds a Plan, and it computes every loss itself
(`core.losses`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from phoenix_dr.core.actions import (
    Action,
    CompactData,
    DestroyGuest,
    ForgetPoints,
    ProbeGuest,
    ReadData,
    ReleasePoint,
    RestoreGuest,
    RestorePoint,
    SaveGuest,
    SetJob,
    SetRetention,
    StartGuest,
    TakePoint,
)
from phoenix_dr.core.cluster_actions import (
    LabelVolume,
    ProbeClaim,
    RemoveClaim,
    RestoreClaim,
    SaveNamespaces,
    SaveVolume,
    SetRecurringJob,
    SetSchedule,
)
from phoenix_dr.core.evidence import PointState
from phoenix_dr.core.losses import Ground, Loss, Points, left_by, losses_of
from phoenix_dr.core.model import DAY

__all__ = [
    "HARMLESS",
    "Action",
    "CompactData",
    "DestroyGuest",
    "ForgetPoints",
    "Ground",
    "LabelVolume",
    "Loss",
    "Outcome",
    "Plan",
    "Points",
    "Precondition",
    "ProbeClaim",
    "ProbeGuest",
    "ReadData",
    "ReleasePoint",
    "RemoveClaim",
    "RestoreClaim",
    "RestoreGuest",
    "RestorePoint",
    "SaveGuest",
    "SaveNamespaces",
    "SaveVolume",
    "SetJob",
    "SetRecurringJob",
    "SetRetention",
    "SetSchedule",
    "StartGuest",
    "TakePoint",
    "cut",
    "is_intact",
    "is_within",
    "make_plan",
    "missing",
]

HARMLESS = (
    TakePoint,
    ReadData,
    RestorePoint,
    SaveGuest,
    RestoreGuest,
    StartGuest,
    ProbeGuest,
    DestroyGuest,
    SaveVolume,
    SaveNamespaces,
    RestoreClaim,
    ProbeClaim,
    RemoveClaim,
)
"""Verbs that never lose anything, whatever they name."""
AGEING = DAY
"""How much a loss of samples may have grown since it was approved: they age while time passes."""


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
    """How one action went. `error` is a code; times are aware UTC.

    `added` is how many bytes the engine says it stored anew, None when it does not say.
    """

    action: Action
    ok: bool
    started_at: datetime
    ended_at: datetime
    note: str = ""
    error: str = ""
    added: int | None = None


_NOTHING = Ground()


def make_plan(actions: Iterable[Action], ground: Ground = _NOTHING) -> Plan:
    """The plan for `actions` given what is held now; raises Refused as `losses_of` does."""
    ordered = tuple(actions)
    found: list[Loss] = []
    for action in ordered:
        found += losses_of(action, ground)
        # Each action meets what the ones before it left.
        ground = left_by(action, ground)
    losses = tuple(found)
    conditions = tuple(_condition(loss, ground) for loss in losses)
    return Plan(ordered, losses, conditions, _digest(ordered, losses, conditions))


def cut(actions: Iterable[Action], ceiling: Plan, ground: Ground) -> tuple[Action, ...]:
    """What of `actions` lies under an approved plan: never more, never others.

    Points of a lane where a point that was to remain is gone are left out altogether.
    """
    may_go = _may_go(ceiling)
    kept: list[Action] = []
    for action in actions:
        if isinstance(action, ForgetPoints):
            lane = (action.engine, action.asset)
            held = {point.id for point in ground.points.get(lane, ())}
            here = held & may_go.get(lane, set())
            points = tuple(point for point in action.points if point in here)
            if points and not missing(ceiling, ground, lane):
                kept.append(replace(action, points=points))
        elif action in ceiling.actions:
            kept.append(action)
    return tuple(kept)


def _may_go(ceiling: Plan) -> dict[tuple[str, str], set[str]]:
    """Ids a plan lets go, by (engine, asset)."""
    named: dict[tuple[str, str], set[str]] = {}
    for each in ceiling.actions:
        if isinstance(each, ForgetPoints):
            named.setdefault((each.engine, each.asset), set()).update(each.points)
    return named


def missing(ceiling: Plan, ground: Ground, lane: tuple[str, str]) -> frozenset[str]:
    """Ids that were to remain in an (engine, asset) lane and are no longer held."""
    held = {point.id for point in ground.points.get(lane, ())}
    return frozenset(
        point
        for condition in ceiling.preconditions
        if (condition.engine, condition.asset) == lane
        for point in condition.staying
        if point not in held
    )


def is_intact(plan: Plan) -> bool:
    """Whether a plan that was stored is still the one its digest names."""
    return plan.digest == _digest(plan.actions, plan.losses, plan.preconditions)


def is_within(plan: Plan, ceiling: Plan) -> bool:
    """Whether `plan` loses nothing that `ceiling` does not lose too, and in the same way.

    Who signs that a pin comes off did not sign that the point goes, nor that its space is freed.
    """
    may_go = _may_go(ceiling)
    for action in plan.actions:
        if isinstance(action, ForgetPoints):
            if not set(action.points) <= may_go.get((action.engine, action.asset), set()):
                return False
        elif not isinstance(action, HARMLESS) and action not in ceiling.actions:
            return False
    return all(any(_covers(big, loss) for big in ceiling.losses) for loss in plan.losses)


def _covers(ceiling: Loss, loss: Loss) -> bool:
    if (ceiling.engine, ceiling.asset, bool(ceiling.points)) != (
        loss.engine,
        loss.asset,
        bool(loss.points),
    ):
        return False
    if loss.points:
        return set(loss.points) <= set(ceiling.points)
    if ceiling.later:
        return loss.later
    return loss.until - ceiling.until <= AGEING


def _condition(loss: Loss, ground: Ground) -> Precondition:
    held, gone = ground.points.get((loss.engine, loss.asset), ()), set(loss.points)
    staying = tuple(sorted(point.id for point in held if point.id not in gone))
    return Precondition(loss.engine, loss.asset, loss.points, staying)


def _digest(*parts: object) -> str:
    text = json.dumps(parts, default=_plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, PointState):
        return int(value)
    # The type's name tells two verbs with equal fields apart.
    return {"is": type(value).__name__, **asdict(value)}  # type: ignore[call-overload]
