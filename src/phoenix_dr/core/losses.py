"""What an action destroys, computed from what is held and never taken from the caller.

A new verb does not type-check until `losses_of` says what it loses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import assert_never

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
from phoenix_dr.core.evidence import RecoveryPoint, Span
from phoenix_dr.core.ground import Ground, Loss, PointKeys, Points
from phoenix_dr.core.job_losses import losses_of_job
from phoenix_dr.core.model import DAY, SpanRule
from phoenix_dr.core.velero_losses import losses_of_schedule
from phoenix_dr.core.volume_losses import losses_of_labels, losses_of_recurring_job
from phoenix_dr.errors import Refused

__all__ = ["Ground", "Loss", "PointKeys", "Points", "is_restorable", "left_by", "losses_of"]


def losses_of(action: Action, ground: Ground) -> tuple[Loss, ...]:
    """Everything recoverable that is lost by `action`.

    Raises Refused for what no approval allows: an object without evidence, a protected, pinned or
    drilled-good point, the last restorable one, an engine that hides rows.
    """
    match action:
        case TakePoint() | ReadData() | SaveGuest() | SaveVolume() | SaveNamespaces():
            return ()
        case (
            RestorePoint() | RestoreGuest() | StartGuest() | ProbeGuest() | DestroyGuest()
            | RestoreClaim() | ProbeClaim() | RemoveClaim()
        ):  # fmt: skip
            # Only what drills make, which holds nothing that is not elsewhere.
            return ()
        case SetJob() | SetRecurringJob() | LabelVolume() | SetSchedule():
            _require_visible(action.engine, ground)
            return _from_now_on(action, ground)
        case ForgetPoints():
            return (_forgetting(action, ground),)
        case CompactData():
            return _compacting(action, ground)
        case SetRetention():
            return tuple(_shortening(action, ground))
        case ReleasePoint():
            return (_releasing(action, ground),)
        case _:
            assert_never(action)


def _from_now_on(
    action: SetJob | SetRecurringJob | LabelVolume | SetSchedule, ground: Ground
) -> tuple[Loss, ...]:
    """What is lost by what runs afterwards."""
    match action:
        case SetJob():
            return losses_of_job(action, ground)
        case SetRecurringJob():
            return losses_of_recurring_job(action, ground)
        case LabelVolume():
            return losses_of_labels(action, ground)
        case SetSchedule():
            return losses_of_schedule(action, ground)


def left_by(action: Action, ground: Ground) -> Ground:
    """The ground as `action` leaves it, for what comes after it in one plan."""
    match action:
        case ForgetPoints():
            lane = (action.engine, action.asset)
            going = set(action.points)
            held = ground.points.get(lane, ())
            gone = tuple(point for point in held if point.id in going)
            stay = tuple(point for point in held if point.id not in going)
            forgotten = (*ground.forgotten.get(action.engine, ()), *gone)
            return replace(
                ground,
                points={**ground.points, lane: stay},
                forgotten={**ground.forgotten, action.engine: forgotten},
            )
        case ReleasePoint():
            return replace(ground, pinned=ground.pinned - {(action.engine, action.point)})
        case _:
            return ground


def is_restorable(point: RecoveryPoint, ground: Ground) -> bool:
    """Whether a point counts as one to come back from: complete, not empty, not known broken."""
    known_bad = (point.engine, point.id) in ground.unusable
    return point.complete is not False and point.size != 0 and not known_bad


def _forgetting(action: ForgetPoints, ground: Ground) -> Loss:
    _require_visible(action.engine, ground)
    held = {point.id: point for point in ground.points.get((action.engine, action.asset), ())}
    if unknown := set(action.points) - held.keys():
        raise Refused("point-unknown", point=sorted(unknown)[0], engine=action.engine)
    going = [held[point_id] for point_id in dict.fromkeys(action.points)]
    if not going:
        raise Refused("nothing-named", engine=action.engine)
    for point in going:
        _require_free(point, ground)
    gone = {point.id for point in going}
    staying = [point for point in held.values() if point.id not in gone]
    if not any(is_restorable(point, ground) for point in staying):
        raise Refused("last-point", asset=action.asset, engine=action.engine)
    return _loss(action.engine, action.asset, going, staying)


def _require_visible(engine: str, ground: Ground) -> None:
    if engine in ground.hidden:
        raise Refused("hidden-rows", engine=engine)


def _require_free(point: RecoveryPoint, ground: Ground) -> None:
    key = (point.engine, point.id)
    for code, kept in (
        ("point-protected", point.protected),
        ("point-pinned", key in ground.pinned),
        ("point-proven", key in ground.proven),
    ):
        if kept:
            raise Refused(code, point=point.id, engine=point.engine)


def _loss(
    engine: str, asset: str, going: Iterable[RecoveryPoint], staying: Iterable[RecoveryPoint]
) -> Loss:
    lost, left = tuple(going), tuple(staying)
    sizes = [point.size for point in lost]
    known = [size for size in sizes if size is not None]
    return Loss(
        engine=engine,
        asset=asset,
        points=tuple(sorted(point.id for point in lost)),
        since=min(point.taken_at for point in lost),
        until=max(point.taken_at for point in lost),
        size=sum(known) if len(known) == len(sizes) else None,
        remaining=len(left),
        reach=min((point.taken_at for point in left), default=None),
    )


def _compacting(action: CompactData, ground: Ground) -> tuple[Loss, ...]:
    _require_visible(action.engine, ground)
    by_asset: dict[str, list[RecoveryPoint]] = {}
    for point in ground.forgotten.get(action.engine, ()):
        by_asset.setdefault(point.asset, []).append(point)
    return tuple(
        _loss(action.engine, asset, points, ground.points.get((action.engine, asset), ()))
        for asset, points in sorted(by_asset.items())
    )


def _releasing(action: ReleasePoint, ground: Ground) -> Loss:
    held = ground.points.get((action.engine, action.asset), ())
    found = [point for point in held if point.id == action.point]
    if not found or (action.engine, action.point) not in ground.pinned:
        raise Refused("point-not-pinned", point=action.point, engine=action.engine)
    others = [point for point in held if point.id != action.point]
    return _loss(action.engine, action.asset, found, others)


def _shortening(action: SetRetention, ground: Ground) -> Iterable[Loss]:
    _require_visible(action.engine, ground)
    spans = {span.stream: span for span in ground.spans.get(action.engine, ())}
    if "" not in spans or action.engine not in ground.in_force:
        raise Refused("spans-unknown", engine=action.engine)
    before = {rule.stream: rule for rule in ground.in_force[action.engine]}
    after = {rule.stream: rule for rule in action.rules}
    for stream in dict.fromkeys(("", *before, *after)):
        span = spans.get(stream, spans[""])
        old, new = (rules.get(stream) or rules.get("") for rules in (before, after))
        loss = _of_span(span, stream, (old, new), now=ground.now)
        if loss is not None:
            yield loss


def _of_span(
    span: Span, stream: str, rules: tuple[SpanRule | None, SpanRule | None], *, now: datetime
) -> Loss | None:
    if _is_unknowable(span, *rules):
        raise Refused("spans-unknown", engine=span.engine)
    old, new = (_horizon(span, rule, now) for rule in rules)
    if new is None or (old is not None and old >= new):
        return None
    # Whole days, so that asking twice on one day is asking for the same.
    until = datetime.combine(new.date(), time(), UTC) + DAY
    if span.since < new:
        share = (min(new, span.until) - span.since) / max(span.until - span.since, DAY / 24)
        size = None if span.size is None else int(span.size * min(1.0, share))
        return Loss(span.engine, stream, (), span.since, until, size, 0, until)
    return Loss(span.engine, stream, (), span.since, span.until, 0, 0, span.since, later=True)


def _is_unknowable(span: Span, old: SpanRule | None, new: SpanRule | None) -> bool:
    """Whether a limit in bytes gets tighter on a store that does not tell how many it holds."""
    before, after = (rule.size if rule else None for rule in (old, new))
    return not span.size and after is not None and (before is None or after < before)


def _horizon(span: Span, rule: SpanRule | None, now: datetime) -> datetime | None:
    """The oldest moment a rule lets the store keep; None when it keeps everything.

    For a limit in bytes the samples are taken as evenly spread over the span.
    """
    found: list[datetime] = []
    if rule is not None and rule.within is not None:
        found.append(now - rule.within)
    if rule is not None and rule.size is not None and span.size:
        found.append(span.until - (span.until - span.since) * min(1e3, rule.size / span.size))
    return max(found, default=None)
