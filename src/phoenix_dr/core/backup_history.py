"""What two looks at a Longhorn tell together: what moved, what failed and went, what vanished.

A failed Backup is removed after a day, an unfinished one says nothing of when it last got on, and
after a target came back empty all of them are simply gone (kubernetes.md 1.3 and 4).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from phoenix_dr.core.longhorn import (
    COMPLETED,
    FAILED,
    UNDER_WAY,
    BackupTally,
    LonghornBackup,
    LonghornState,
)


def tallied(state: LonghornState) -> tuple[BackupTally, ...]:
    """The finished backups, counted by volume and job."""
    done = (each for each in state.backups or () if each.state == COMPLETED)
    counted = Counter((each.volume, each.job) for each in done)
    return tuple(
        BackupTally(volume, job, count) for (volume, job), count in sorted(counted.items())
    )


def remembered(before: LonghornState | None, state: LonghornState) -> LonghornState:
    """A look with what the one before it adds.

    Unfinished backups know since when they stand still; failed ones that are gone since stay
    until a later one of their volume is finished.
    """
    if state.backups is None:
        return state
    known = {each.name: each for each in (before.backups if before else None) or ()}
    seen = [
        _moved(each, known.get(each.name), state.observed_at) if each.state in UNDER_WAY else each
        for each in state.backups
    ]
    names = {each.name for each in seen}
    gone = [each for each in known.values() if each.state == FAILED and each.name not in names]
    return replace(state, backups=(*seen, *_not_made_up_for(gone, state)))


def missed(before: LonghornState, state: LonghornState) -> dict[str, int] | None:
    """How many finished backups of each volume are gone that no job would have removed.

    A run removes what its own job made beyond its `retain` newest, and nothing else; a job that
    is gone removes nothing. None when one of the lists was not read.
    """
    if state.backups is None or state.jobs is None:
        return None
    keeps = {job.name: job.retain for job in state.jobs if job.backs_up}
    left = {(each.volume, each.job): each.count for each in tallied(state)}
    found: defaultdict[str, int] = defaultdict(int)
    for each in before.tallies:
        floor = min(each.count, keeps.get(each.job, each.count))
        found[each.volume] += max(0, floor - left.get((each.volume, each.job), 0))
    return dict(found)


def _moved(backup: LonghornBackup, before: LonghornBackup | None, now: datetime) -> LonghornBackup:
    if before is None or before.state not in UNDER_WAY or before.still_since is None:
        return replace(backup, still_since=now)
    if backup.progress != before.progress:
        return replace(backup, still_since=now, moving=True)
    return replace(backup, still_since=before.still_since, moving=before.moving)


def _not_made_up_for(gone: list[LonghornBackup], state: LonghornState) -> Iterator[LonghornBackup]:
    if not gone:
        return
    volumes = {each.volume for each in gone}
    done: dict[str, float] = {}
    for each in state.backups or ():
        if each.volume in volumes and each.state == COMPLETED and each.taken_at is not None:
            taken = each.taken_at.timestamp()
            done[each.volume] = max(taken, done.get(each.volume, taken))
    for each in gone:
        begun = each.started_at or each.taken_at
        if begun is not None and begun.timestamp() > done.get(each.volume, 0.0):
            yield each
