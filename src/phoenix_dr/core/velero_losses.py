"""What a changed schedule of Velero loses: by keeping its backups less long, or saving less.

Nothing goes at once: a backup keeps the lifetime it was made with. New ones are shorter, fewer, or
elsewhere, and that is a loss to come.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import islice

from phoenix_dr.core.cluster_actions import SetSchedule
from phoenix_dr.core.ground import Ground, Loss
from phoenix_dr.core.kubernetes_schedule import (
    KubernetesCron,
    longest_gap,
    parse_k8s,
    runs_after,
)
from phoenix_dr.core.velero import USUAL_TTL, Choice, Schedule
from phoenix_dr.errors import UsageError

RUNS = 400
"""Runs to come over which two schedules are compared."""
YEARS = timedelta(days=5 * 366)


def losses_of_schedule(action: SetSchedule, ground: Ground) -> tuple[Loss, ...]:
    """A loss to come for each claim whose data is saved no longer, elsewhere, or kept less long.

    A schedule that is paused, or never runs, loses nothing.
    """
    was = action.was
    if was is None or was.paused or _never_runs(was, ground.now):
        return ()
    return tuple(_lost(action, was, ground))


def reasons(action: SetSchedule, *, now: datetime) -> tuple[str, ...]:
    """Codes of what a changed schedule takes away; those of single claims are not among them."""
    was = action.was
    return () if was is None or was.paused else tuple(_whole(was, action.schedule, now))


def _lost(action: SetSchedule, was: Schedule, ground: Ground) -> Iterator[Loss]:
    every = bool(reasons(action, now=ground.now))
    for claim, asset in action.assets:
        space = claim.partition("/")[0]
        saved, later = (_saves(each.choice, space) for each in (was, action.schedule))
        if saved and (every or not later):
            subject = asset or f"{action.engine}/{claim}"
            yield _later(action.engine, subject, ground)


def _saves(choice: Choice, namespace: str) -> bool:
    """Whether the data of claims in a namespace is meant to be saved away from its disks."""
    return choice.takes(namespace) and choice.claims and bool(choice.moves or choice.to_files)


def _whole(was: Schedule, new: Schedule, now: datetime) -> Iterator[str]:
    one, other = was.choice, new.choice
    if new.paused or _never_runs(new, now):
        yield "stopped"
    elif _is_rarer(was.cron, new.cron, now):
        yield "rarer"
    if (other.ttl or USUAL_TTL) < (one.ttl or USUAL_TTL):
        yield "shorter"
    if one.location != other.location:
        yield "elsewhere"
    if (one.moves and not other.moves) or (one.to_files and not other.to_files):
        # Files need a pod that runs, snapshots a class: one way does not do for the other.
        yield "no-data"
    if (other.selective and not one.selective) or set(other.excluded) - set(one.excluded):
        yield "narrower"


def _cron(schedule: str) -> KubernetesCron | None:
    try:
        return parse_k8s(schedule)
    except UsageError:
        return None


def _never_runs(schedule: Schedule, now: datetime) -> bool:
    cron = _cron(schedule.cron)
    # What nobody here can read may well run.
    return cron is not None and next(runs_after(cron, now), None) is None


def _is_rarer(was: str, new: str, now: datetime) -> bool:
    """Whether a point is further from the next than before, or there are fewer of them."""
    if was == new:
        return False
    one, other = _cron(was), _cron(new)
    if one is None or other is None:
        return True
    today = datetime.combine(now.date(), time(), UTC)
    gaps = [longest_gap(each, after=today) or YEARS for each in (one, other)]
    if gaps[1] > gaps[0]:
        return True
    runs = list(islice(runs_after(one, today), RUNS))
    until = min(runs[-1], today + YEARS)
    # A run more or less at the edges is another time of day, not another number.
    before = sum(run <= until for run in runs)
    after = sum(run <= until for run in islice(runs_after(other, today), RUNS))
    return after < before - 1


def _later(engine: str, asset: str, ground: Ground) -> Loss:
    held = ground.points.get((engine, asset), ())
    # A whole day where nothing is held, so that asking twice on one day is asking for the same.
    today = datetime.combine(ground.now.date(), time(), UTC)
    taken = sorted(point.taken_at for point in held) or [today]
    reach = taken[0] if held else None
    return Loss(engine, asset, (), taken[0], taken[-1], None, len(held), reach, later=True)
