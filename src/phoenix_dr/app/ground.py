"""What a plan stands on, read from the ledger: points, pins, proofs, spans, blind engines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from phoenix_dr import codec
from phoenix_dr.app.context import Context
from phoenix_dr.core.evidence import PointState, RecoveryPoint, Span
from phoenix_dr.core.losses import Ground, PointKeys
from phoenix_dr.core.model import SpanRule
from phoenix_dr.core.plan import CompactData, Outcome
from phoenix_dr.ledger import Kind

NOT_SOUND = {PointState.SUSPECT, PointState.UNUSABLE}


def ground_of(ctx: Context, engine_ids: Iterable[str]) -> Ground:
    """Everything the losses of a plan on these engines are computed from, as last observed."""
    engines = tuple(engine_ids)
    points: defaultdict[tuple[str, str], list[tuple[RecoveryPoint, PointState]]] = defaultdict(list)
    for engine in engines:
        for point, state in ctx.ledger.judged(engine=engine):
            points[engine, point.asset].append((point, state))
    keys = frozenset((point.engine, point.id) for held in points.values() for point, _ in held)
    stores = {engine: store_state(ctx, engine) for engine in engines}
    return Ground(
        points={lane: tuple(point for point, _ in held) for lane, held in points.items()},
        pinned=frozenset((pin.engine, pin.point) for pin in ctx.ledger.pins()),
        proven=_proven(ctx, keys),
        unusable=frozenset(key for held in points.values() for key in _unusable(held, ctx.now())),
        forgotten={engine: _forgotten(ctx, engine) for engine in engines},
        hidden=frozenset(engine for engine in engines if _hides(ctx, engine)),
        spans={engine: store.spans for engine, store in stores.items()},
        in_force={
            engine: store.in_force for engine, store in stores.items() if store.in_force is not None
        },
        now=ctx.now(),
    )


@dataclass(frozen=True, slots=True)
class StoreState:
    """A metric or log store at its last look: what it held, runs under, and is configured to.

    `in_force` and `written` are None when nobody could tell.
    """

    spans: tuple[Span, ...] = ()
    in_force: tuple[SpanRule, ...] | None = None
    written: tuple[SpanRule, ...] | None = None


def store_state(ctx: Context, engine: str) -> StoreState:
    """What the ledger knows of a metric or log store; all empty when it was never seen."""
    rows = ctx.ledger.rows(kinds=(Kind.SPANS,), subject=engine, limit=1, newest_first=True)
    row = next(rows, None)
    if row is None:
        return StoreState()
    return codec.decode(StoreState, row.value)


def _unusable(
    held: list[tuple[RecoveryPoint, PointState]], now: datetime
) -> Iterable[tuple[str, str]]:
    """Points not to count on: unknown ones too, as long as a better one is there.

    One in the future is judged unknown, and never counted on.
    """
    sound = any(state is PointState.USABLE for _, state in held)
    for point, state in held:
        doubtful = state is PointState.UNKNOWN and (sound or point.taken_at > now)
        if doubtful or state in NOT_SOUND:
            yield point.engine, point.id


def _proven(ctx: Context, held: PointKeys) -> PointKeys:
    """The last point of each asset on each engine that a drill restored well and that is held."""
    found: dict[tuple[str, str], str] = {}
    for record in ctx.ledger.drills():
        if record.ok and not record.mutated and (record.engine, record.point) in held:
            found.setdefault((record.engine, record.asset), record.point)
    return frozenset((engine, point) for (engine, _), point in found.items())


def _forgotten(ctx: Context, engine: str) -> tuple[RecoveryPoint, ...]:
    """Points that went since the engine last freed the space of such."""
    for row in ctx.ledger.rows(kinds=(Kind.OUTCOME,), newest_first=True):
        outcome = row.read(Outcome)
        if outcome.ok and outcome.action == CompactData(engine):
            return ctx.ledger.gone(engine, after=outcome.started_at)
    return ctx.ledger.gone(engine, after=None)


def _hides(ctx: Context, engine: str) -> bool:
    state = ctx.ledger.engine_state(engine)
    return state is None or bool(state.blind) or state.observed_at is None
