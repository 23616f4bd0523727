"""Every store that expires data, with what it keeps, needs, holds and takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from phoenix_dr.app.context import Context
from phoenix_dr.app.expiry_rules import DIALECTS, lane_rule, policy_of
from phoenix_dr.app.ground import ground_of, store_state
from phoenix_dr.app.lane_verdicts import judged, ours
from phoenix_dr.app.retention_drift import rule_for, same
from phoenix_dr.core.evidence import RecoveryPoint, Span
from phoenix_dr.core.losses import Ground
from phoenix_dr.core.model import (
    DAY,
    SAMPLE_KINDS,
    STATE_ASSET,
    EngineSpec,
    Estate,
    Objectives,
    SpanRule,
)
from phoenix_dr.core.plan import ForgetPoints, Outcome, TakePoint
from phoenix_dr.core.retention import Verdict
from phoenix_dr.core.retention_need import (
    GIGABYTE,
    Proposal,
    Sizes,
    Status,
    Store,
    projected,
    proposals,
    reach_of,
    span_reach,
)
from phoenix_dr.ledger import Kind

__all__ = ["Proposal", "Store", "proposals", "stores"]

MEASURED = DAY
"""A shorter watched period says nothing about growth per day."""
LATE = timedelta(days=2)
"""How much later than its rule a store may expire: it removes whole blocks."""
HOUR = 3600


def stores(ctx: Context) -> tuple[Store, ...]:
    """Every store of the estate as the ledger last saw it; starts nothing.

    Engines of kinds this version cannot read are among them, with nothing known.
    """
    ground = ground_of(ctx, [name for name, spec in ctx.estate.engines.items() if _keeps(spec)])
    done = _done(ctx)
    found: list[Store] = []
    for spec in ctx.estate.engines.values():
        if spec.kind in DIALECTS:
            found += _lanes(ctx, spec, ground, done)
        elif spec.kind in SAMPLE_KINDS:
            found += _streams(ctx, spec)
        else:
            found.append(Store(spec.id, spec.kind, known=False))
    return tuple(_priced(ctx.estate, store) for store in found)


def assets_of(estate: Estate, engine: str) -> Iterator[str]:
    """Assets some policy sends to an engine, Phoenix's own state last."""
    for asset in estate.assets():
        if asset.has_data and policy_of(estate, engine, asset.id):
            yield asset.id
    # Only what Phoenix fills itself holds its state.
    if estate.engines[engine].kind == "restic" and policy_of(estate, engine, STATE_ASSET):
        yield STATE_ASSET


def _keeps(spec: EngineSpec) -> bool:
    return spec.kind in DIALECTS or spec.kind in SAMPLE_KINDS


# ---- Points -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Done:
    """Successful runs and removals per (engine, asset), oldest first."""

    taken: Mapping[tuple[str, str], list[tuple[datetime, int]]]
    removed: Mapping[tuple[str, str], tuple[str, datetime]]


def _done(ctx: Context) -> _Done:
    taken: dict[tuple[str, str], list[tuple[datetime, int]]] = {}
    removed: dict[tuple[str, str], tuple[str, datetime]] = {}
    for row in ctx.ledger.rows(kinds=(Kind.OUTCOME,)):
        outcome = row.read(Outcome)
        action = outcome.action
        if not outcome.ok:
            continue
        if isinstance(action, TakePoint) and outcome.added is not None:
            runs = taken.setdefault((action.engine, action.asset), [])
            runs.append((outcome.ended_at, outcome.added))
        elif isinstance(action, ForgetPoints) and action.rule:
            removed[action.engine, action.asset] = (action.rule, outcome.ended_at)
    return _Done(taken, removed)


def _lanes(ctx: Context, spec: EngineSpec, ground: Ground, done: _Done) -> Iterator[Store]:
    held = [asset for engine, asset in ground.points if engine == spec.id]
    for asset in dict.fromkeys((*assets_of(ctx.estate, spec.id), *held)):
        yield _lane(ctx, spec, asset, ground=ground, done=done)


def _lane(ctx: Context, spec: EngineSpec, asset: str, *, ground: Ground, done: _Done) -> Store:
    estate, dialect = ctx.estate, DIALECTS[spec.kind]
    policy = policy_of(estate, spec.id, asset)
    rule = policy.keep if policy else None
    points, _ = ours(estate, ground.points.get((spec.id, asset), ()))
    seen = spec.id not in ground.hidden or bool(points)
    made = Store(
        engine=spec.id,
        kind=spec.kind,
        subject=asset,
        policy=policy.name if policy else "",
        borrowed=policy is not None and asset == STATE_ASSET,
        wanted=rule,
        because=policy.because if policy else "",
        schedule=policy.schedule if policy else "",
        dialect=dialect,
        rpo=_objective(estate, asset),
        reach=reach_of(rule, expression=policy.schedule, dialect=dialect) if policy else None,
        oldest=min((point.taken_at for point in points), default=None),
        held=len(points) if seen else None,
        sizes=_sizes(done.taken.get((spec.id, asset), []), points),
    )
    if rule is None or not seen:
        return replace(made, status=Status.PREPARED if rule else Status.UNKNOWN)
    lane = lane_rule(estate, spec.id, asset)
    verdicts = judged(estate, lane, points, ground=ground) if lane else ()
    going = sum(not verdict.kept for verdict in verdicts)
    made = replace(made, going=going, crowd=_crowd(points, verdicts))
    return _carried_out(ctx, made, done.removed.get((spec.id, asset)))


def _crowd(points: Iterable[RecoveryPoint], verdicts: Iterable[Verdict]) -> int:
    """The most points within one hour that are kept for being recent and nothing else."""
    alone = {verdict.point for verdict in verdicts if verdict.reasons == ("last",)}
    times = sorted(point.taken_at.timestamp() for point in points if point.id in alone)
    most = first = 0
    for index, moment in enumerate(times):
        while moment - times[first] >= HOUR:
            first += 1
        most = max(most, index - first + 1)
    return most


def _carried_out(ctx: Context, store: Store, removed: tuple[str, datetime] | None) -> Store:
    """How far the rule is carried out: by a removal under this very rule, and a look after it."""
    rule = lane_rule(ctx.estate, store.engine, store.subject)
    state = ctx.ledger.engine_state(store.engine)
    looked = state.observed_at if state else None
    if rule is None:
        # Nothing is ever to be removed, so that nothing is left to be done.
        return replace(store, in_force=store.wanted, status=Status.APPLIED, looked_at=looked)
    if removed is None or removed[0] != rule.digest:
        return replace(store, status=Status.PREPARED, looked_at=looked)
    agrees = looked is not None and looked >= removed[1] and store.going == 0
    status = Status.VERIFIED if agrees else Status.APPLIED
    return replace(store, in_force=store.wanted, status=status, looked_at=looked)


def _sizes(runs: list[tuple[datetime, int]], points: Iterable[RecoveryPoint]) -> Sizes:
    newest = max(points, key=lambda point: point.taken_at, default=None)
    size = newest.size if newest else None
    if len(runs) < 2:
        return Sizes(newest=size)
    (first, _), *later = sorted(runs)
    period = later[-1][0] - first
    if period < MEASURED:
        return Sizes(runs=len(later), since=first, newest=size)
    growth = int(sum(added for _, added in later) / (period / DAY))
    return Sizes(growth, len(later), first, newest=size)


def _objective(estate: Estate, asset: str) -> timedelta:
    service = estate.services.get(asset.split("/", 1)[0])
    return service.objectives.rpo if service else Objectives().rpo


# ---- Samples ----------------------------------------------------------------------------------


def _streams(ctx: Context, spec: EngineSpec) -> Iterator[Store]:
    state = store_state(ctx, spec.id)
    seen = ctx.ledger.engine_state(spec.id)
    looked = seen.observed_at if seen else None
    spans = {span.stream: span for span in state.spans}
    rules = (*spec.spans, *(state.in_force or ()))
    for stream in dict.fromkeys(rule.stream for rule in rules):
        rule, sizes = rule_for(spec.spans, stream), _span_sizes(spans.get(stream))
        store = Store(
            engine=spec.id,
            kind=spec.kind,
            subject=stream,
            wanted=rule,
            in_force=rule_for(state.in_force, stream),
            written=rule_for(state.written, stream),
            because=rule.because if rule else "",
            reach=span_reach(rule, sizes.growth) if rule else None,
            oldest=spans[stream].since if stream in spans else None,
            sizes=sizes,
            looked_at=looked,
        )
        yield replace(store, status=_status(store, now=ctx.now()))


def _status(store: Store, *, now: datetime) -> Status:
    wanted, found = store.wanted, store.in_force
    if not isinstance(wanted, SpanRule):
        return Status.UNKNOWN
    if not isinstance(found, SpanRule) or not same(found, wanted):
        return Status.PREPARED
    if store.oldest is None or store.looked_at is None:
        return Status.APPLIED
    late = wanted.within is not None and now - store.oldest > wanted.within * 1.1 + LATE
    return Status.APPLIED if late else Status.VERIFIED


def _span_sizes(span: Span | None) -> Sizes:
    if span is None or span.size is None:
        return Sizes()
    period = span.until - span.since
    growth = int(span.size / (period / DAY)) if period >= MEASURED else None
    return Sizes(growth, since=span.since, held=span.size)


def _priced(estate: Estate, store: Store) -> Store:
    """The store with what it will take, and what that costs where its location has a price."""
    total = projected(store)
    place = estate.locations.get(estate.engines[store.engine].location)
    price = place.price if place else None
    cost = total / GIGABYTE * price if total is not None and price is not None else None
    return replace(store, sizes=replace(store.sizes, projected=total, cost=cost))
