"""The chain from a claim to a copy of it: each link holds, breaks, or nobody knows.

A volume is covered only when every link holds: jobs take it, one of them backs up, nothing skips
it, its target is there, and the newest finished backup is young enough (kubernetes.md 1.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from phoenix_dr.core.cluster import Claim
from phoenix_dr.core.longhorn import (
    COMPLETED,
    DRIVER,
    FAILED,
    UNDER_WAY,
    BackupTarget,
    LonghornBackup,
    LonghornState,
    LonghornVolume,
)
from phoenix_dr.core.volume_labels import Attachment, attachment

STUCK = timedelta(hours=6)
"""A backup that stands still for longer blocks the ones after it (longhorn #9417, #10797)."""
DETACHED_TOO = "allow-recurring-job-while-volume-detached"
Fact = tuple[str, str | int]


@dataclass(frozen=True, slots=True)
class Link:
    """One thing about a claim: `ok` False breaks the chain, None leaves it unknown.

    `code` is that of its finding, where it has one.
    """

    code: str
    ok: bool | None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """What is known about the way from one claim to its newest backup."""

    claim: Claim
    links: tuple[Link, ...]
    newest: LonghornBackup | None = None

    @property
    def ok(self) -> bool | None:
        """True when every link holds, None when one is unknown and none is known to break."""
        states = {link.ok for link in self.links}
        return False if False in states else None if None in states else True

    @property
    def broken(self) -> tuple[Link, ...]:
        """Links that do not hold, or that nobody knows about."""
        return tuple(link for link in self.links if link.ok is not True)


def chain(claim: Claim, state: LonghornState, *, objective: timedelta, now: datetime) -> Chain:
    """Follow one claim; `objective` is the RPO of its service."""
    volume, links = _volume(claim, state)
    if volume is None:
        return Chain(claim, links)
    newest = _newest(volume, state)
    found = [
        *links,
        *_of_jobs(volume, claim, state),
        *_of_skipping(volume, state),
        _of_target(volume, state),
        *_of_runs(volume, state, now=now),
        _of_age(volume, newest, state, objective=objective, now=now),
    ]
    return Chain(claim, tuple(found), newest)


def _volume(claim: Claim, state: LonghornState) -> tuple[LonghornVolume | None, tuple[Link, ...]]:
    if claim.phase != "Bound":
        return None, (Link("claim-not-bound", False, (("phase", claim.phase),)),)
    held = state.cluster.volume_of(claim)
    if held is None:
        return None, (Link("volume-unseen", None),)
    if held.driver != DRIVER:
        facts = (("driver", held.driver), ("path", held.path))
        return None, (Link("claim-not-longhorn", False, facts),)
    named = (each for each in state.volumes or () if each.name == held.handle)
    found = next(named, None)
    # A handle nobody lists: hidden from us, or gone with its data.
    return found, (Link("volume-seen", True),) if found else (Link("volume-unseen", None),)


def _of_jobs(volume: LonghornVolume, claim: Claim, state: LonghornState) -> Iterator[Link]:
    if state.jobs is None:
        yield Link("jobs-unreadable", None)
        return
    hangs = attachment(volume, claim, state.jobs)
    for label in hangs.dangling:
        yield Link("volume-label-dangling", False, (("label", label),))
    for label in hangs.without_effect:
        yield Link("volume-label-idle", False, (("label", label),))
    yield _of_backup_job(hangs, state)


def _of_backup_job(hangs: Attachment, state: LonghornState) -> Link:
    if hangs.backups:
        names = ", ".join(sorted(job.name for job in hangs.backups))
        return Link("volume-in-backup-job", True, (("jobs", names),))
    if not hangs.jobs:
        return Link("volume-in-no-job", False)
    names = ", ".join(sorted(job.name for job in hangs.jobs))
    default = any(job.backs_up and "default" in job.groups for job in state.jobs or ())
    if default and not hangs.by_default:
        # One label of its own took it out of the group that backs up.
        return Link("volume-left-default", False, (("jobs", names),))
    return Link("volume-only-snapshots", False, (("jobs", names),))


def _of_skipping(volume: LonghornVolume, state: LonghornState) -> Iterator[Link]:
    """Volumes a run passes over without a word (kubernetes.md 1.2, rule 6)."""
    if volume.restoring:
        yield Link("volume-restoring", False)
    if volume.robustness == "faulted":
        yield Link("volume-faulted", False)
    if volume.state == "attached":
        return
    allowed = state.settings.get(DETACHED_TOO)
    if allowed != "true":
        ok = None if allowed is None else False
        yield Link("volume-skipped-detached", ok, (("state", volume.state),))


def _of_target(volume: LonghornVolume, state: LonghornState) -> Link:
    if state.targets is None:
        return Link("target-unreadable", None)
    found = next((each for each in state.targets if each.name == volume.target), None)
    if found is None:
        return Link("target-missing", False, (("target", volume.target),))
    return _of_found(found)


def _of_found(target: BackupTarget) -> Link:
    facts = (("target", target.name), ("detail", target.message))
    if not target.url:
        return Link("target-empty", False, facts)
    if target.available is False:
        return Link("target-unavailable", False, facts)
    if target.available is None:
        return Link("target-unreadable", None, facts)
    # Without polling, what is listed may long be gone.
    return Link(
        "target-seen" if target.polled else "target-not-polled", target.polled or None, facts
    )


def _of_runs(volume: LonghornVolume, state: LonghornState, *, now: datetime) -> Iterator[Link]:
    mine = [each for each in state.backups or () if each.volume == volume.name]
    for each in mine:
        stuck = _is_stuck(each, state, now=now) if each.state in UNDER_WAY else False
        if stuck is not False:
            facts = (("backup", each.name), ("progress", each.progress))
            yield Link("backup-stuck", False if stuck else None, facts)
    ended = [each for each in mine if each.state in {FAILED, COMPLETED}]
    last = max(ended, key=_begun, default=None)
    if last is not None and last.state == FAILED:
        yield Link("backup-failed", False, (("backup", last.name), ("detail", last.error)))


def _is_stuck(backup: LonghornBackup, state: LonghornState, *, now: datetime) -> bool | None:
    """Whether it stands still: a large upload may take a day, one that gets on is none.

    Looks are compared by when they were made: nothing stands still for want of a look.
    """
    still = backup.still_since
    if still is not None and state.observed_at - still > STUCK:
        return True
    begun = backup.started_at or backup.taken_at
    if begun is not None and now - begun <= STUCK:
        return False
    if backup.moving:
        return False
    # Seen for the first time, long after its start: only one that never began is surely stuck.
    return True if begun is not None and backup.progress == 0 else None


def _begun(backup: LonghornBackup) -> float:
    moment = backup.started_at or backup.taken_at
    return moment.timestamp() if moment else 0.0


def _newest(volume: LonghornVolume, state: LonghornState) -> LonghornBackup | None:
    done = (
        each
        for each in state.backups or ()
        if each.volume == volume.name and each.state == COMPLETED and each.taken_at is not None
    )
    return max(
        done, key=lambda each: each.taken_at.timestamp() if each.taken_at else 0.0, default=None
    )


def _of_age(
    volume: LonghornVolume,
    newest: LonghornBackup | None,
    state: LonghornState,
    *,
    objective: timedelta,
    now: datetime,
) -> Link:
    if state.backups is None:
        return Link("backups-unreadable", None)
    if newest is None or newest.taken_at is None:
        return Link("volume-never-backed-up", False)
    age = now - newest.taken_at
    facts = (("age", int(age.total_seconds())), ("objective", int(objective.total_seconds())))
    if age < timedelta(0):
        return Link("backup-in-the-future", None, facts)
    if age < objective:
        return Link("backup-young", True, facts)
    unchanged = is_unchanged(volume, newest, state)
    if unchanged:
        return Link("backup-unchanged", True, facts)
    # Longhorn makes no new backup of a volume nobody wrote to: old is then no failure in itself.
    return Link("backup-too-old", False if unchanged is False else None, facts)


def is_unchanged(
    volume: LonghornVolume, newest: LonghornBackup, state: LonghornState
) -> bool | None:
    """Whether nothing was written since a backup; None when sizes do not tell.

    What the snapshots up to the backup's hold is compared with what the volume really uses: the
    rest was written afterwards.
    """
    if state.snapshots is None or volume.actual_size is None or newest.taken_at is None:
        return None
    mine = [each for each in state.snapshots if each.volume == volume.name]
    if any(each.size is None or each.created_at is None for each in mine):
        return None
    later = [each for each in mine if each.created_at and each.created_at > newest.taken_at]
    if any(each.size for each in later):
        return False
    known = sum(each.size or 0 for each in mine)
    if not mine or known == 0:
        return None
    return volume.actual_size <= known or None
