"""Snapshots of K3s' etcd from a policy: K3s knows a cron and a number, per server."""

from __future__ import annotations

from datetime import timedelta

from phoenix_dr.core.kubernetes_schedule import parse_k8s
from phoenix_dr.core.model import Policy, RetentionRule
from phoenix_dr.core.recurring_jobs import most_runs
from phoenix_dr.errors import UsageError

WEEK = timedelta(days=7)


def snapshots_of(policy: Policy) -> tuple[str, int]:
    """(cron, how many to keep) on the server's own disk.

    What the policy says of snapshots when it does, else its schedule and the finest part of its
    rule: what is older lies in the repositories. Raises UsageError `k3s-keep-all` for a rule
    that keeps everything, `bad-schedule` and its like for a cron K3s does not read.
    """
    wish = policy.snapshots
    schedule, keep = (wish.schedule, wish.keep) if wish else (policy.schedule, policy.keep)
    cron = " ".join(schedule.split())
    parse_k8s(cron, "UTC")
    if keep.is_empty:
        raise UsageError("k3s-keep-all", policy=policy.name)
    return cron, keep.last or max(most_runs(cron, finest(keep)), 1)


def finest(keep: RetentionRule) -> timedelta:
    """How far back the finest part of a rule reaches; a week for weeks, months and years."""
    if keep.within:
        return keep.within
    if keep.hourly:
        return timedelta(hours=keep.hourly)
    return timedelta(days=keep.daily) if keep.daily else WEEK
