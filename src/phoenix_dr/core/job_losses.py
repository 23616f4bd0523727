"""What a changed backup job of a Proxmox loses: at its first run, and by saving less.

A job that is set loses nothing by itself; its runs do, unasked, and so it is judged by them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import islice, pairwise, takewhile
from types import MappingProxyType
from zoneinfo import ZoneInfo

from phoenix_dr.core import calendar_events
from phoenix_dr.core.actions import SetJob
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.ground import Ground, Loss
from phoenix_dr.core.model import DAY, RetentionRule
from phoenix_dr.core.retention_dialects import COUNTS, Dialect
from phoenix_dr.core.retention_effect import Regime, compare
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.core.vzdump_plan import is_same_time, loss_at
from phoenix_dr.core.vzdump_prune import means, next_run, removed, removed_anyway, storage_of
from phoenix_dr.errors import Refused

MOST_RUNS = 800
"""Runs to come over which two rules are compared; of longer ones the numbers are, too."""
PERIODS = MappingProxyType({
    "hourly": DAY / 24, "daily": DAY, "weekly": 7 * DAY, "monthly": 31 * DAY, "yearly": 366 * DAY,
})  # fmt: skip


def losses_of_job(action: SetJob, ground: Ground) -> tuple[Loss, ...]:
    """Everything the first run afterwards removes, and what is saved no longer, or for less long.

    Raises Refused where a run would remove a pinned, a drilled-good or the last restorable point,
    archives of guests no asset describes, or by a rule that is not known.
    """
    if action.job.prunes and action.job.keep is None:
        raise Refused("vzdump-keep-unknown", job=action.job.id)
    return (*_first_run(action, ground), *_from_now_on(action, ground))


def _first_run(action: SetJob, ground: Ground) -> Iterator[Loss]:
    job, was = action.job, action.was
    run = next_run(job, zone=action.zone, now=ground.now)
    if run is None or not job.prunes:
        return
    _require_described(action)
    for vmid, asset in action.assets:
        if not asset or not means(job, vmid):
            continue
        held = ground.points.get((action.engine, asset), ())
        every = removed(held, job, run, zone=action.zone)
        going = every - removed_anyway(
            held, was, vmid, zone=action.zone, run=run, now=ground.now
        )  # fmt: skip
        if going:
            _require_free(held, going, ground)
            _require_left(held, every, ground)
            yield loss_at(held, going, run)


def _from_now_on(action: SetJob, ground: Ground) -> Iterator[Loss]:
    """A loss to come for each guest that is saved no longer, elsewhere, or kept less long."""
    was = action.was
    if was is None or next_run(was, zone=action.zone, now=ground.now) is None:
        return
    runs = next_run(action.job, zone=action.zone, now=ground.now) is not None
    moved = was.storage != action.job.storage
    shorter = runs and not moved and _keeps_less(action, was, ground.now)
    known = dict(action.assets)
    for vmid in sorted({*was.vmids, *known}.difference(action.gone)):
        if not means(was, vmid):
            continue
        if moved or shorter or not runs or not _still_saves(action.job, was, vmid):
            subject = known.get(vmid) or f"{action.engine}/{vmid}"
            held = ground.points.get((action.engine, subject), ())
            yield _later(action.engine, subject, _on(held, was.storage), ground.now)


def _still_saves(job: VzdumpJob, was: VzdumpJob, vmid: int) -> bool:
    """Whether a guest `was` saves is surely in `job`: who is in a pool, or on a node, is not told.

    So a pool or a node that was not asked for before may leave anybody out.
    """
    named = job.pool == was.pool if job.pool is not None else (vmid in job.vmids or job.every)
    return named and vmid not in job.exclude and job.node in (None, was.node)


def _keeps_less(action: SetJob, was: VzdumpJob, now: datetime) -> bool:
    """Whether the runs to come keep less than those of the job as it is now, by effect."""
    job = action.job
    before, after = _rule(was), _rule(job)
    if after == RetentionRule() or (before == after and is_same_time(was.schedule, job.schedule)):
        return False
    if before is None or after is None or before == RetentionRule():
        return True
    runs = [_runs(each, action.zone, now) for each in (was, job)]
    # Until both rules are full; twice, since the periods of a rule follow each other.
    need = 2 * max(_reach(before, runs[0]), _reach(after, runs[1]))
    until = min(now + need, *(each[-1] for each in runs))
    one, other = (
        Regime(rule, Dialect.PVE, ZoneInfo(action.zone), _until(each, until))
        for rule, each in zip((before, after), runs, strict=True)
    )
    if compare((), one, other, now=now).lost_later.points:
        return True
    return until < now + need and any(
        (getattr(after, name) or 0) < (getattr(before, name) or 0) for name in COUNTS
    )


def _rule(job: VzdumpJob) -> RetentionRule | None:
    """The rule a job prunes by: an empty one when it prunes nothing, None when it is unknown."""
    return job.keep if job.prunes else RetentionRule()


def _runs(job: VzdumpJob, zone: str, now: datetime) -> list[datetime]:
    event = calendar_events.parse(job.schedule, zone)
    return list(islice(calendar_events.runs_after(event, now), MOST_RUNS))


def _until(runs: Sequence[datetime], until: datetime) -> tuple[int, ...]:
    return tuple(int(run.timestamp()) for run in takewhile(lambda run: run <= until, runs))


def _reach(rule: RetentionRule, runs: Sequence[datetime]) -> timedelta:
    """How far back a rule reaches under these runs, at the most."""
    gap = max((later - run for run, later in pairwise(runs)), default=DAY)
    spans = ((getattr(rule, name) or 0) * max(span, gap) for name, span in PERIODS.items())
    return sum(spans, (rule.last or 0) * gap) + DAY


def _later(engine: str, asset: str, held: Sequence[RecoveryPoint], now: datetime) -> Loss:
    """What is held of a guest goes, or grows old, sooner than it would have."""
    # A whole day where nothing is held, so that asking twice on one day is asking for the same.
    today = datetime.combine(now.date(), time(), UTC)
    taken = sorted(point.taken_at for point in held) or [today]
    reach = taken[0] if held else None
    return Loss(engine, asset, (), taken[0], taken[-1], None, len(held), reach, later=True)


def _on(held: Sequence[RecoveryPoint], storage: str) -> list[RecoveryPoint]:
    return [point for point in held if storage_of(point.id) == storage]


# ---- What no approval allows ------------------------------------------------------------------


def _require_described(action: SetJob) -> None:
    """Raise Refused when the job prunes archives of guests without an asset: nobody counts them."""
    job, was = action.job, action.was
    same = was is not None and was.prunes and (was.storage, was.keep, was.schedule) == (
        job.storage, job.keep, job.schedule,
    )  # fmt: skip
    new = [
        vmid
        for vmid, asset in action.assets
        if not asset and means(job, vmid) and not (same and was is not None and means(was, vmid))
    ]
    if new:
        guests = ", ".join(map(str, sorted(new)))
        raise Refused("job-guests-undescribed", job=job.id, guests=guests)


def _require_free(held: Iterable[RecoveryPoint], going: Collection[str], ground: Ground) -> None:
    for point in held:
        for code, kept in (("point-pinned", ground.pinned), ("point-proven", ground.proven)):
            if point.id in going and (point.engine, point.id) in kept:
                raise Refused(code, point=point.id, engine=point.engine)


def _require_left(held: Sequence[RecoveryPoint], gone: Collection[str], ground: Ground) -> None:
    """Raise Refused when nothing stays to come back from but an archive nobody has seen yet."""
    from phoenix_dr.core.losses import is_restorable

    if not any(point.id not in gone and is_restorable(point, ground) for point in held):
        raise Refused("last-point", asset=held[0].asset, engine=held[0].engine)
