"""RecurringJobs of Longhorn from a policy: name, cron, how many to keep, which group.

Longhorn only counts, so days become a count; its cron runs in the cluster's zone, normally UTC.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from phoenix_dr.core.kubernetes_schedule import parse_k8s, runs_after
from phoenix_dr.core.longhorn import RecurringJob
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.retention_dialects import COUNTS
from phoenix_dr.errors import UsageError

PREFIX = "phoenix-"
"""Names that begin so belong to Phoenix."""
LONGEST_NAME = 40
MOST_RETAINED = 250
"""Longhorn's default for `recurring-job-max-retention`; snapshots of a volume end there too."""
_YEARS = timedelta(days=5 * 366)
_EPOCH = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a policy asks of one task: `snapshot` (never a copy) or `backup`."""

    policy: str
    task: str
    cron: str
    keep: RetentionRule


def recurring_job(wanted: Wanted, *, group: str) -> RecurringJob:
    """The job of one task. Raises UsageError for a rule or schedule Longhorn cannot have."""
    suffix = "-snapshots" if wanted.task == "snapshot" else ""
    return RecurringJob(
        name=named(wanted.policy, suffix),
        task=wanted.task,
        cron=" ".join(wanted.cron.split()),
        retain=retain(wanted.keep, wanted.cron),
        groups=(group,),
    )


def named(policy: str, suffix: str = "") -> str:
    """The name of a policy's job, in letters Kubernetes takes and no longer than Longhorn takes."""
    plain = re.sub(r"[^a-z0-9]+", "-", policy.lower()).strip("-") or "policy"
    room = LONGEST_NAME - len(PREFIX) - len(suffix)
    return f"{PREFIX}{plain[:room].rstrip('-')}{suffix}"


def retain(keep: RetentionRule, cron: str) -> int:
    """How many to keep: as many as the schedule makes in any period as long as `within`.

    Raises UsageError for counts by day, week or month, which Longhorn has not, for a rule that
    keeps everything, and for more than Longhorn keeps.
    """
    for name in COUNTS:
        if name != "last" and getattr(keep, name):
            raise UsageError("retention-unsupported", rule=name, engine="Longhorn")
    if keep.last and keep.within:
        raise UsageError("longhorn-keep-both")
    count = keep.last or (most_runs(cron, keep.within) if keep.within else 0)
    if not count or count < 0:
        raise UsageError("longhorn-keep-all")
    if count > MOST_RETAINED:
        raise UsageError("longhorn-keep-many", count=count, most=MOST_RETAINED)
    return count


def most_runs(cron: str, within: timedelta) -> int:
    """The most runs any half-open period of this length holds, over five years."""
    parsed = parse_k8s(cron, "UTC")
    held: deque[datetime] = deque()
    most = 0
    for run in runs_after(parsed, _EPOCH):
        held.append(run)
        while run - held[0] >= within:
            held.popleft()
        most = max(most, len(held))
        if run - _EPOCH > _YEARS + within or most > MOST_RETAINED:
            break
    return max(most, 1)
