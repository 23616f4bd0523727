"""What a plan stands on, read from the ledger: points, pins, proofs, spans, blind engines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile

from phoenix_dr import codec
from phoenix_dr.app.backups_made import makers
from phoenix_dr.app.context import Context
from phoenix_dr.app.expiry_rules import is_ours
from phoenix_dr.app.held_fast import failed, pinned, proven
from phoenix_dr.core.evidence import PointState, RecoveryPoint, Span
from phoenix_dr.core.losses import Ground, PointKeys
from phoenix_dr.core.model import SpanRule
from phoenix_dr.core.plan import CompactData, Outcome
from phoenix_dr.ledger import Kind, Row

NOT_SOUND = {PointState.SUSPECT, PointState.UNUSABLE}
SECOND = timedelta(seconds=1)


def ground_of(ctx: Context, engine_ids: Iterable[str]) -> Ground:
    """Everything the losses of a plan on these engines are computed from, as last observed."""
    engines = tuple(engine_ids)
    points: defaultdict[tuple[str, str], list[tuple[RecoveryPoint, PointState]]] = defaultdict(list)
    for engine in engines:
        for point, state in ctx.ledger.judged(engine=engine):
            points[engine, point.asset].append((point, state))
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for (engine, _), held in points.items():
        ids[engine].update(point.id for point, _ in held)
    drills = ctx.ledger.drills()
    stores = {engine: store_state(ctx, engine) for engine in engines}
    return Ground(
        points={lane: tuple(point for point, _ in held) for lane, held in points.items()},
        pinned=_keys({engine: pinned(ctx, engine) for engine in engines}),
        proven=_keys({name: proven(ctx, name, ids[name], drills) for name in engines}),
        unusable=_keys({name: failed(ctx, name, drills) for name in engines})
        | {key for held in points.values() for key in _unusable(ctx, held)},
        forgotten={engine: _forgotten(ctx, engine, ids[engine]) for engine in engines},
        hidden=frozenset(engine for engine in engines if hides(ctx, engine)),
        spans={engine: store.spans for engine, store in stores.items()},
        in_force={
            engine: store.in_force for engine, store in stores.items() if store.in_force is not None
        },
        made={engine: known for engine in engines if (known := makers(ctx, engine)) is not None},
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


def _keys(ids: Mapping[str, Iterable[str]]) -> PointKeys:
    return frozenset((engine, point) for engine, points in ids.items() for point in points)


def _unusable(
    ctx: Context, held: list[tuple[RecoveryPoint, PointState]]
) -> Iterable[tuple[str, str]]:
    """Points not to count on: unknown ones too, as long as a better one is there.

    One in the future is judged unknown, and never counted on; nor is a neighbour's.
    """
    now = ctx.now()
    sound = any(state is PointState.USABLE for _, state in held)
    for point, state in held:
        doubtful = state is PointState.UNKNOWN and (sound or point.taken_at > now)
        if doubtful or state in NOT_SOUND or not is_ours(ctx.estate, point):
            yield point.engine, point.id


def _forgotten(ctx: Context, engine: str, held: set[str]) -> tuple[RecoveryPoint, ...]:
    """Points that went since the engine last freed the space of such, and are nowhere in it."""
    after, freed = None, _freed(ctx, engine)
    if freed is not None:
        # By the order of rows: a clock may have been wrong then, or now.
        rows = ctx.ledger.rows(kinds=(Kind.OBSERVATION,), subject=engine, newest_first=True)
        looks = takewhile(lambda row: row.seq > freed.seq, rows)
        first = min((row.at for row in looks if '"gone":' in row.payload), default=None)
        if first is None:
            return ()
        after = first - SECOND
    gone = ctx.ledger.gone(engine, after=after)
    return tuple(point for point in gone if point.id not in held)


def _freed(ctx: Context, engine: str) -> Row | None:
    """The row in which the last freeing of space that ended well began."""
    for row in ctx.ledger.rows(kinds=(Kind.OUTCOME,), newest_first=True):
        if CompactData.__name__ not in row.payload:
            # Most rows are backups: not worth decoding.
            continue
        outcome = row.read(Outcome)
        if outcome.ok and outcome.action == CompactData(engine):
            begun = ctx.ledger.rows(
                kinds=(Kind.INTENT,), subject=row.subject, limit=1, newest_first=True
            )
            return next(begun, row)
    return None


def hides(ctx: Context, engine: str) -> bool:
    """Whether an engine was never seen, or did not show everything at the last look."""
    state = ctx.ledger.engine_state(engine)
    return state is None or bool(state.blind) or state.observed_at is None
