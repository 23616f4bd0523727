"""What a changed recurring job, or a label, of Longhorn loses: by keeping or saving less.

After a run of its own a job removes, of each volume, all but the `retain` newest backups that
carry its name; it never looks at those of others (longhorn-manager, listBackupsForCleanup). A job
made anew counts what one of the same name made before it. Where nobody knows who made what, each
backup may be its own: more may be told than goes, never less.
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
    """What goes at the next run of a job, and what is saved or kept less.

    Raises Refused where that run would remove a pinned, a drilled-good or the last point.
    """
    was = action.was
    worse = was is not None and bool(reasons(was, action.job, now=ground.now))
    return (
        *_of_claims(action, action.assets, was, ground, worse=worse),
        *_of_claims(action, action.joining, None, ground, worse=False),
    )


def losses_of_labels(action: LabelVolume, ground: Ground) -> tuple[Loss, ...]:
    """What goes at the next run of a job a label adds, and what is saved less without another.

    Raises as `losses_of_recurring_job`.
    """
    lost = [job for job in action.before if job not in action.after]
    others = [job for job in action.after if job not in action.before]
    held = ground.points.get((action.engine, action.asset), ())
    gone = [
        _removed(action.engine, action.asset, going, ground)
        for job in others
        if (going := _going(action.engine, action.asset, None, job, ground))
    ]
    if any(all(_less(job, other, ground.now) for other in action.after) for job in lost):
        gone.append(_later(action.engine, action.asset, held, ground.now))
    return tuple(gone)


def reasons(was: RecurringJob, job: RecurringJob, *, now: datetime) -> tuple[str, ...]:
    """Codes of what one job does less than another in its place; none when it does as much."""
    return tuple(_reasons(was, job, now))


def _reasons(was: RecurringJob, job: RecurringJob, now: datetime) -> Iterator[str]:
    if set(was.groups) - set(job.groups):
        yield "out-of-group"
    yield from _less(was, job, now)


def _less(was: RecurringJob, job: RecurringJob, now: datetime) -> tuple[str, ...]:
    """What a job does less for a volume that both take."""
    return tuple(_by_effect(was, job, now))


def _by_effect(was: RecurringJob, job: RecurringJob, now: datetime) -> Iterator[str]:
    if was.backs_up and not job.backs_up:
        yield "no-backup"
    elif was.task != job.task and was.backs_up != job.backs_up:
        yield "no-snapshot"
    before, after = _cron(was.cron), _cron(job.cron)
    if was.cron != job.cron and (before is None or after is None or _is_rarer(before, after, now)):
        yield "rarer"
    if _reach(job, after, now) < _reach(was, before, now):
        yield "shorter"


def _of_claims(
    action: SetRecurringJob,
    claims: Sequence[tuple[str, str]],
    was: RecurringJob | None,
    ground: Ground,
    *,
    worse: bool,
) -> Iterator[Loss]:
    engine = action.engine
    for claim, described in claims:
        asset = described or f"{engine}/{claim}"
        going = _going(engine, asset, was, action.job, ground)
        if going:
            yield _removed(engine, asset, going, ground)
        if worse:
            yield _later(engine, asset, ground.points.get((engine, asset), ()), ground.now)


def _going(
    engine: str, asset: str, was: RecurringJob | None, job: RecurringJob, ground: Ground
) -> tuple[RecoveryPoint, ...]:
    """What the next run removes that would have stayed without the change; it makes one first."""
    if not job.backs_up:
        return ()
    # A job of snapshots counts no backup; those of its name are from before.
    counted = was if was is not None and was.backs_up else None
    if counted is not None and counted.retain <= job.retain:
        return ()
    held = ground.points.get((engine, asset), ())
    newest = sorted(held, key=lambda point: point.taken_at, reverse=True)
    keeps = max(job.retain - 1, 0)
    known = ground.made.get(engine)
    if known is None:
        return tuple(newest[keeps:])
    until = None if counted is None else max(counted.retain - 1, 0)
    mine = (
        [point for point in newest if point.id in volume]
        for volume in known.get((job.name, asset), ())
    )
    return tuple(point for own in mine for point in own[keeps:until])


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


def _removed(engine: str, asset: str, going: Sequence[RecoveryPoint], ground: Ground) -> Loss:
    held = ground.points.get((engine, asset), ())
    _require_free(going, ground)
    _require_left(held, going, ground)
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
