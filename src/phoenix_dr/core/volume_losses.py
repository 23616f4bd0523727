"""What a changed recurring job, or a label, of Longhorn loses: by keeping or saving less.

A job removes, after its own run, all but its `retain` newest of what it made itself. Which backup
a job made is not among the facts of a point, so each may be its own: never less is told than goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import islice

from phoenix_dr.core.cluster_actions import LabelVolume, SetRecurringJob
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.ground import Ground, Loss
from phoenix_dr.core.kubernetes_schedule import KubernetesCron, longest_gap, parse_k8s, runs_after
from phoenix_dr.core.longhorn import RecurringJob
from phoenix_dr.errors import Refused, UsageError

RUNS = 600
"""Runs to come over which two jobs are compared: more than Longhorn ever keeps, twice."""
YEARS = timedelta(days=5 * 366)


def losses_of_recurring_job(action: SetRecurringJob, ground: Ground) -> tuple[Loss, ...]:
    """What goes at the next run of a job that keeps fewer, and what is saved or kept less.

    Raises Refused where that run would remove a pinned, a drilled-good or the last point.
    """
    was = action.was
    if was is None:
        return ()
    worse = bool(reasons(was, action.job, now=ground.now))
    return tuple(
        loss
        for claim, asset in action.assets
        for loss in _of_claim(action, was, asset or f"{action.engine}/{claim}", ground, worse=worse)
    )


def losses_of_labels(action: LabelVolume, ground: Ground) -> tuple[Loss, ...]:
    """What is saved or kept less because a label takes a volume out of a job."""
    lost = [job for job in action.before if job not in action.after]
    others = [job for job in action.after if job not in action.before]
    for job in lost:
        if all(reasons(job, other, now=ground.now) for other in others):
            held = ground.points.get((action.engine, action.asset), ())
            return (_later(action.engine, action.asset, held, ground.now),)
    return ()


def reasons(was: RecurringJob, job: RecurringJob, *, now: datetime) -> tuple[str, ...]:
    """Codes of what one job does less than another in its place; none when it does as much."""
    return tuple(_reasons(was, job, now))


def _reasons(was: RecurringJob, job: RecurringJob, now: datetime) -> Iterator[str]:
    if was.backs_up and not job.backs_up:
        yield "no-backup"
    elif was.task != job.task and was.backs_up != job.backs_up:
        yield "no-snapshot"
    if set(was.groups) - set(job.groups):
        yield "out-of-group"
    before, after = _cron(was.cron), _cron(job.cron)
    if was.cron != job.cron and (before is None or after is None or _is_rarer(before, after, now)):
        yield "rarer"
    if _reach(job, after, now) < _reach(was, before, now):
        yield "shorter"


def _of_claim(
    action: SetRecurringJob, was: RecurringJob, asset: str, ground: Ground, *, worse: bool
) -> Iterator[Loss]:
    held = ground.points.get((action.engine, asset), ())
    going = _going(held, was, action.job)
    if going:
        _require_free(going, ground)
        _require_left(held, going, ground)
        yield _gone(action.engine, asset, going, held)
    if worse:
        yield _later(action.engine, asset, held, ground.now)


def _going(
    held: Sequence[RecoveryPoint], was: RecurringJob, job: RecurringJob
) -> tuple[RecoveryPoint, ...]:
    """What the next run removes that the job as it was would have kept; one is made by it first."""
    if not (was.backs_up and job.backs_up):
        return ()
    newest = sorted(held, key=lambda point: point.taken_at, reverse=True)
    return tuple(newest[max(job.retain - 1, 0) : max(was.retain - 1, 0)])


def _reach(job: RecurringJob, cron: KubernetesCron | None, now: datetime) -> timedelta:
    """How far back what it keeps goes at the least, right after a run."""
    if cron is None:
        return timedelta(0)
    runs = list(islice(runs_after(cron, _today(now)), RUNS))
    span = job.retain - 1
    if len(runs) <= span:
        return YEARS
    return min(later - run for run, later in zip(runs, runs[span:], strict=False))


def _is_rarer(was: KubernetesCron, new: KubernetesCron, now: datetime) -> bool:
    gaps = [longest_gap(each, after=_today(now)) or YEARS for each in (was, new)]
    return gaps[1] > gaps[0]


def _cron(schedule: str) -> KubernetesCron | None:
    try:
        return parse_k8s(schedule, "UTC")
    except UsageError:
        return None


def _today(now: datetime) -> datetime:
    """A whole day, so that asking twice on one day is asking for the same."""
    return datetime.combine(now.date(), time(), UTC)


def _gone(
    engine: str, asset: str, going: Sequence[RecoveryPoint], held: Sequence[RecoveryPoint]
) -> Loss:
    lost = {point.id for point in going}
    stay = [point.taken_at for point in held if point.id not in lost]
    sizes = [point.size for point in going if point.size is not None]
    return Loss(
        engine=engine,
        asset=asset,
        points=tuple(sorted(lost)),
        since=min(point.taken_at for point in going),
        until=max(point.taken_at for point in going),
        size=sum(sizes) if len(sizes) == len(going) else None,
        remaining=len(stay),
        reach=min(stay, default=None),
    )


def _later(engine: str, asset: str, held: Sequence[RecoveryPoint], now: datetime) -> Loss:
    """What is held grows old, or goes, sooner than it would have."""
    taken = sorted(point.taken_at for point in held) or [_today(now)]
    reach = taken[0] if held else None
    return Loss(engine, asset, (), taken[0], taken[-1], None, len(held), reach, later=True)


# ---- What no approval allows ------------------------------------------------------------------


def _require_free(going: Sequence[RecoveryPoint], ground: Ground) -> None:
    for point in going:
        for code, kept in (("point-pinned", ground.pinned), ("point-proven", ground.proven)):
            if (point.engine, point.id) in kept:
                raise Refused(code, point=point.id, engine=point.engine)


def _require_left(
    held: Sequence[RecoveryPoint], going: Sequence[RecoveryPoint], ground: Ground
) -> None:
    """Raise Refused when nothing stays to come back from but what the run itself makes."""
    from phoenix_dr.core.losses import is_restorable

    gone = {point.id for point in going}
    if not any(point.id not in gone and is_restorable(point, ground) for point in held):
        raise Refused("last-point", asset=held[0].asset, engine=held[0].engine)
