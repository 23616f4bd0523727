"""What one run of a backup job of a Proxmox removes, point by point.

PVE prunes after each archive: the guest's own archives of one kind on one storage of one node,
whoever made them (proxmox.md 9). Files it did not name itself are never pruned (proxmox.md 8).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from phoenix_dr.core import calendar_events
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.model import DAY
from phoenix_dr.core.retention import Held, kept_by_tool, newest_first
from phoenix_dr.core.retention_dialects import Dialect
from phoenix_dr.core.retention_effect import RUN
from phoenix_dr.core.vzdump_job import VzdumpJob

SOONER = DAY
"""A point that goes by so much sooner than it would have anyway is not counted as lost."""
_ID = re.compile(
    r"(?:(?P<node>[^/:]+)/)?(?P<storage>[^/:]+):backup/(?:"
    r"vzdump-(?P<file>lxc|qemu|openvz)-\d+-\d{4}_\d\d_\d\d-\d\d_\d\d_\d\d"
    r"\.(?:tar|vma|tgz)(?:\.(?:gz|lzo|zst|bz2))?"
    r"|(?P<served>vm|ct)/\d+/[^/]+)"
)
_STORAGE = re.compile(r"(?:[^/:]+/)?(?P<storage>[^/:]+):")


def storage_of(point: str) -> str:
    """The storage an archive lies on, by the id of its point; "" for an id of another form."""
    found = _STORAGE.match(point)
    return found["storage"] if found else ""


def next_run(job: VzdumpJob, *, zone: str, now: datetime) -> datetime | None:
    """When a job runs next, in the node's time zone; None when it is off or never runs again."""
    if not job.enabled:
        return None
    return calendar_events.next_after(calendar_events.parse(job.schedule, zone), now)


def means(job: VzdumpJob, vmid: int) -> bool:
    """Whether a job names a guest or may mean it; the members of a pool are not known here."""
    named = vmid in job.vmids or job.every or job.pool is not None
    return named and vmid not in job.exclude


def removed(
    points: Iterable[RecoveryPoint], job: VzdumpJob, run: datetime, *, zone: str
) -> frozenset[str]:
    """Ids of a guest's points that a run at this time removes from the job's storage.

    The run's own archive takes part, since pruning follows it. Empty for a job that prunes
    nothing, and for one that keeps by the storage's rule, which is not known here.
    """
    if not job.prunes or job.keep is None:
        return frozenset()
    groups: defaultdict[tuple[str, str], list[Held]] = defaultdict(list)
    for point in points:
        found = _ID.fullmatch(point.id)
        if found is not None and found["storage"] == job.storage:
            kind = found["file"] or found["served"]
            held = Held(point.id, int(point.taken_at.timestamp()), point.protected)
            groups[found["node"] or "", kind].append(held)
    gone: set[str] = set()
    at = int(run.timestamp())
    for group in groups.values():
        kept = kept_by_tool(
            newest_first([Held(f"{RUN}{at}", at), *group]),
            job.keep,
            zone=ZoneInfo(zone),
            dialect=Dialect.PVE,
            now=at,
        )
        gone |= set() if kept is None else {point.id for point in group} - kept.keys()
    return frozenset(gone)


def removed_anyway(
    points: Iterable[RecoveryPoint], was: VzdumpJob | None, vmid: int, *, zone: str,
    run: datetime, now: datetime,
) -> frozenset[str]:  # fmt: skip
    """Ids that the job as it is now removes by itself, at most a day after `run`."""
    if was is None or not means(was, vmid):
        return frozenset()
    own = next_run(was, zone=zone, now=now)
    if own is None or own - run > SOONER:
        return frozenset()
    return removed(points, was, own, zone=zone)
