"""Archives of guests no asset names, and what a backup server found in any of them.

Points of assets are judged by the audit itself: age, size and date of theirs are not said twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from phoenix_dr.core.guest_job_findings import did_not_run
from phoenix_dr.core.guest_view import CLOCKS, SERVER, GuestView, lanes
from phoenix_dr.core.job_view import finding as _finding
from phoenix_dr.core.job_view import seconds
from phoenix_dr.core.points import CLOCK_SKEW, COMPARED
from phoenix_dr.core.proxmox import Archive
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.errors import UsageError

VERIFIED = timedelta(days=30)
"""How long a verification vouches for the copies of a guest."""
SHARP = 2
"""So many times smaller than before is a sharp drop."""


def of_ages(view: GuestView) -> Iterator[Finding]:
    """Guests a job takes, that ran, and that yet have no archive of its last run."""
    ran = {job.id: due for job in view.running if (due := _ran(view, job))}
    for vmid in _foreign(view):
        late = [
            job
            for job in view.jobs.get(vmid, ())
            if job.id in ran and _is_late(view, job, vmid, since=ran[job.id] - CLOCKS)
        ]
        if not late or len(late) < len(view.jobs[vmid]):
            continue
        held = [each.taken_at for each in _past(view, vmid)]
        if held:
            yield _finding(
                "guest-too-old",
                Severity.WARNING,
                view.subject(vmid),
                "forge",
                **view.named(vmid),
                job=late[0].id,
                age=seconds(view.at - max(held)),
            )
        else:
            yield _finding(
                "guest-no-archive",
                Severity.WARNING,
                view.subject(vmid),
                "forge",
                **view.named(vmid),
                job=late[0].id,
                storage=late[0].storage,
            )


def of_archives(view: GuestView) -> Iterator[Finding]:
    """The newest archive of a guest in each storage: empty, shrunk, or from the future."""
    unsized: dict[str, int] = {}
    for vmid in _foreign(view):
        yield from _future(view, vmid)
        by_storage: dict[str, list[Archive]] = {}
        for each in _past(view, vmid):
            by_storage.setdefault(each.storage, []).append(each)
        for storage, held in sorted(by_storage.items()):
            if held[-1].size is None:
                unsized[storage] = unsized.get(storage, 0) + 1
            yield from _size(view, vmid, held)
    for storage, count in sorted(unsized.items()):
        yield _finding(
            "archive-sizes-hidden",
            Severity.UNKNOWN,
            view.engine,
            "phoenix",
            storage=storage,
            guests=count,
        )


def of_verification(view: GuestView) -> Iterator[Finding]:
    """What a backup server found broken, and what nobody had it look at."""
    for vmid in view.guests:
        by_storage: dict[str, list[Archive]] = {}
        for each in view.archives.get(vmid, ()):
            if (found := view.storages.get(each.storage)) and found.kind == SERVER:
                by_storage.setdefault(each.storage, []).append(each)
        for storage, held in sorted(by_storage.items()):
            if bad := sum(each.verified is False for each in held):
                yield _finding(
                    "verification-failed",
                    Severity.CRITICAL,
                    view.subject(vmid),
                    "forge",
                    **view.named(vmid),
                    storage=storage,
                    archives=bad,
                )
            good = [each.taken_at for each in held if each.verified]
            if bad or (good and view.at - max(good) <= VERIFIED):
                continue
            yield _finding(
                "verification-missing",
                # The dry run that shows hidden archives does not tell.
                Severity.UNKNOWN if _is_hidden(held) else Severity.WARNING,
                view.subject(vmid),
                "forge",
                **view.named(vmid),
                storage=storage,
                archives=len(held),
            )


def _foreign(view: GuestView) -> list[int]:
    return [vmid for vmid in view.guests if vmid not in view.described]


def _past(view: GuestView, vmid: int) -> list[Archive]:
    limit = view.at + CLOCK_SKEW
    return [each for each in view.archives.get(vmid, ()) if each.taken_at <= limit]


def _is_hidden(held: Sequence[Archive]) -> bool:
    return all(each.size is None and each.verified is None for each in held)


def _ran(view: GuestView, job: VzdumpJob) -> datetime | None:
    """When a job was due last, if it did run then; one that did not is said for all its guests."""
    try:
        due = view.due(job)
    except UsageError:
        return None
    if due is None or did_not_run(view, job, {*view.members[job.id]}, due=due):
        return None
    return due


def _is_late(view: GuestView, job: VzdumpJob, vmid: int, *, since: datetime) -> bool:
    """Whether a guest lacks the archive of a run that took place, for a reason nobody gave."""
    node = view.node(vmid)
    return (
        view.online(node)
        and view.sees_archives(job.storage, node)
        and not view.made_since(job, vmid, since)
        and not _is_explained(view, job, vmid, since)
    )


def _is_explained(view: GuestView, job: VzdumpJob, vmid: int, since: datetime) -> bool:
    under_way = any(run.ok is None and run.started_at >= since for run in view.runs.get(vmid, ()))
    last = lanes(view, vmid).get(job.id)
    return under_way or (last is not None and last.ok is False)


def _future(view: GuestView, vmid: int) -> Iterator[Finding]:
    ahead = [each.taken_at for each in view.archives.get(vmid, ())]
    if ahead and max(ahead) > view.at + CLOCK_SKEW:
        yield _finding(
            "guest-archive-in-future",
            Severity.UNKNOWN,
            view.subject(vmid),
            "forge",
            **view.named(vmid),
            age=seconds(max(ahead) - view.at),
        )


def _size(view: GuestView, vmid: int, held: Sequence[Archive]) -> Iterator[Finding]:
    newest = held[-1]
    earlier = sorted(each.size for each in held[-COMPARED - 1 : -1] if each.size)
    if newest.size == 0:
        yield _finding(
            "guest-archive-empty",
            Severity.WARNING if earlier else Severity.CRITICAL,
            view.subject(vmid),
            "forge",
            **view.named(vmid),
            storage=newest.storage,
        )
    elif newest.size is not None and earlier:
        middle = len(earlier) // 2
        median = (earlier[middle] + earlier[-middle - 1]) // 2
        if newest.size * SHARP < median:
            yield _finding(
                "guest-archive-shrunk",
                Severity.WARNING,
                view.subject(vmid),
                "phoenix",
                **view.named(vmid),
                storage=newest.storage,
                factor=median // newest.size,
                size=newest.size,
                before=median,
            )
