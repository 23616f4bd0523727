"""What is wrong with jobs as the policies want them, before any of them runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from phoenix_dr.core.cluster_view import finding as _finding
from phoenix_dr.core.kubernetes_schedule import longest_gap, parse_k8s
from phoenix_dr.core.model import Estate, Objectives
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.core.volume_wishes import Wish

UTC_NAMES = frozenset({"UTC", "Etc/UTC"})


def find_in_wishes(
    estate: Estate, engine: str, wishes: Iterable[Wish], *, now: datetime
) -> tuple[Finding, ...]:
    """Every finding about the jobs of these wishes."""
    wished = tuple(wishes)
    paces = (each for wish in wished for each in _of_pace(estate, engine, wish, now))
    return (*paces, *_of_zone(estate, engine, wished))


def _of_pace(estate: Estate, engine: str, wish: Wish, now: datetime) -> Iterator[Finding]:
    """A backup job too rare for an objective: snapshots die with the cluster and do not count."""
    objective = _objective(estate, wish)
    for job in wish.jobs:
        cron = parse_k8s(job.cron, "UTC")
        gap = longest_gap(cron, after=now) if job.backs_up else None
        if gap is not None and gap >= objective:
            yield _finding(
                "volume-rpo-on-cluster-loss",
                Severity.WARNING,
                f"{engine}/{job.name}",
                "helm",
                job=job.name,
                gap=int(gap.total_seconds()),
                objective=int(objective.total_seconds()),
            )


def _of_zone(estate: Estate, engine: str, wishes: Iterable[Wish]) -> Iterator[Finding]:
    """Longhorn counts in the zone of its cluster, normally UTC; phoenix.yaml in another."""
    jobs = [job.name for wish in wishes for job in wish.jobs]
    if jobs and estate.timezone not in UTC_NAMES:
        yield _finding(
            "volume-job-zone",
            Severity.INFO,
            engine,
            "helm",
            jobs=", ".join(jobs),
            zone=estate.timezone,
        )


def _objective(estate: Estate, wish: Wish) -> timedelta:
    """The strictest RPO of the services whose volumes follow the policy."""
    asked = (
        estate.services[asset.service].objectives.rpo
        for asset in estate.assets()
        if asset.policy == wish.policy
    )
    return min(asked, default=Objectives().rpo)
