"""What is wrong with the backup jobs of a Proxmox, as findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import combinations

from phoenix_dr.core import calendar_events, schedule
from phoenix_dr.core.coverage import local_day
from phoenix_dr.core.guest_findings import find_in_look
from phoenix_dr.core.guest_view import host_of
from phoenix_dr.core.job_view import (
    JobView,
    Seen,
    is_left_out,
    objectives_of,
    seconds,
    view_of_jobs,
)
from phoenix_dr.core.job_view import finding as _finding
from phoenix_dr.core.model import Asset, Estate, RetentionRule
from phoenix_dr.core.proxmox import Inventory
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.core.retention_dialects import COUNTS
from phoenix_dr.core.vzdump import guests_of, jobs_of
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.core.vzdump_schedule import clock_change

__all__ = ["FAMILIES", "JobView", "Seen", "find_in_guests", "find_in_jobs", "seen_of", "view_of"]


def find_in_jobs(view: JobView) -> tuple[Finding, ...]:
    """Every finding about one Proxmox, most urgent first.

    With a whole look at it (`Seen.inventory`) that is all there is about its guests, runs,
    archives and storages, under the jobs there will be.
    """
    found = [finding for family in FAMILIES for finding in family(view)]
    if view.inventory is not None:
        found += find_in_look(view, view.inventory)
    order = tuple(Severity)
    return tuple(
        sorted(set(found), key=lambda each: (order.index(each.severity), each.code, each.subject))
    )


def find_in_guests(estate: Estate, inventory: Inventory, *, now: datetime) -> tuple[Finding, ...]:
    """Every finding about one Proxmox as it was looked at, under the jobs that are there."""
    seen = seen_of(estate, inventory)
    return find_in_jobs(view_of_jobs(estate, inventory.engine, (), seen=seen, now=now))


def seen_of(estate: Estate, inventory: Inventory) -> Seen:
    """What `find_in_jobs` and a plan take, out of a whole look; jobs not read are none here."""
    hosts = {node.name: host_of(estate, inventory, node.name) for node in inventory.nodes}
    return Seen(
        jobs=inventory.jobs or (),
        guests={each.vmid: each.name for each in inventory.guests},
        storages=frozenset(each.id for each in inventory.storages),
        nodes={each.vmid: host for each in inventory.guests if (host := hosts.get(each.node))},
        inventory=inventory,
    )


def view_of(estate: Estate, engine: str, seen: Seen | None, *, now: datetime) -> JobView:
    """The view of one Proxmox, with the jobs its policies want. Raises as `jobs_of` does."""
    return view_of_jobs(estate, engine, jobs_of(estate, engine), seen=seen, now=now)


def of_sight(view: JobView) -> Iterator[Finding]:
    """A Proxmox nobody read, or whose jobs were not: what else is there is unknown."""
    if view.seen is None or not view.knows_jobs:
        yield _finding("jobs-unseen", Severity.UNKNOWN, view.engine, "phoenix")


def of_guests(view: JobView) -> Iterator[Finding]:
    """Guests no job that is switched on takes."""
    if not view.knows_jobs:
        return
    running = [job for job in view.after if job.enabled]
    members = {job.id: view.members(job) for job in running}
    named = {vmid for each in members.values() for vmid in each}
    # Whom a pool or a job that was not read takes nobody knows.
    sure = view.knows_every_job and all(job.pool is None or view.is_told(job) for job in running)
    described = guests_of(view.estate, None, view.engine)
    for vmid, name in view.guests.items():
        asset = described.get(vmid)
        if vmid in named or is_left_out(view, vmid, asset):
            continue
        misses = next((job for job in running if _is_missed(view, job, vmid)), None)
        subject = asset or f"{view.engine}/{vmid}"
        if misses is not None:
            yield _finding(
                "job-node-misses",
                Severity.WARNING,
                subject,
                "forge",
                job=misses.id,
                node=misses.node or "",
                guest=str(vmid),
                name=name or "?",
                home=view.homes.get(vmid, ""),
            )
            continue
        yield _finding(
            "guest-in-no-job",
            Severity.WARNING if sure and view.shows(vmid) else Severity.UNKNOWN,
            subject,
            "forge",
            engine=view.engine,
            guest=str(vmid),
            name=name or "?",
        )


def of_jobs(view: JobView) -> Iterator[Finding]:
    """Jobs switched off, and others whose storage is not there."""
    for job in view.after:
        if not job.enabled:
            yield _finding("job-disabled", Severity.WARNING, view.engine, "forge", job=job.id)
        elif view.seen is not None and job.storage not in view.seen.storages:
            yield _finding(
                "job-storage-missing",
                # One the token may not see, or of a node that is off, is not listed either.
                Severity.CRITICAL if view.knows_storages else Severity.UNKNOWN,
                view.engine,
                "forge",
                job=job.id,
                storage=job.storage,
            )


def of_pruning(view: JobView) -> Iterator[Finding]:
    """Pairs of jobs that remove each other's archives: PVE counts per guest and storage."""
    pruning = [(job, _rule(view, job)) for job in view.after if _prunes(view, job)]
    for (one, rule), (other, other_rule) in combinations(pruning, 2):
        if one.storage != other.storage:
            continue
        both = view.members(one) & view.members(other)
        if both and (rule != other_rule or (rule is not None and rule.last)):
            yield _finding(
                "jobs-prune-each-other",
                Severity.WARNING,
                view.engine,
                "forge",
                job=one.id,
                other=other.id,
                storage=one.storage,
                guests=", ".join(map(str, sorted(both))),
            )


def of_times(view: JobView) -> Iterator[Finding]:
    """Schedules too thin for the objective, and runs lost when clocks change."""
    zone = view.estate.timezone
    for job in view.wanted:
        event = calendar_events.parse(job.schedule, zone)
        worst = calendar_events.longest_gap(event, after=view.now)
        for asset in _assets(view, job):
            objective = objectives_of(view, asset).rpo
            if worst is not None and worst >= objective:
                yield _finding(
                    "schedule-too-thin",
                    Severity.WARNING,
                    asset.id,
                    "flow",
                    service=asset.service,
                    worst=seconds(worst),
                    objective=seconds(objective),
                    schedule=job.schedule,
                )
        yield from _of_clocks(view, job)


def of_places(view: JobView) -> Iterator[Finding]:
    """Copies that die with the machine the guest runs on."""
    if view.inventory is not None:
        # The look itself says where each guest runs and what its storages are.
        return
    spec = view.estate.engines[view.engine]
    for job in view.wanted:
        location = view.estate.locations.get(spec.locations.get(job.storage, ""))
        for asset in _assets(view, job) if location else ():
            home = _home(view, asset)
            if location and home == location.host:
                yield _finding(
                    "copies-on-own-host",
                    Severity.WARNING,
                    asset.id,
                    "you",
                    service=asset.service,
                    storage=job.storage,
                    host=home,
                )


Family = Callable[[JobView], Iterator[Finding]]
FAMILIES: tuple[Family, ...] = (of_sight, of_guests, of_jobs, of_pruning, of_times, of_places)


def _of_clocks(view: JobView, job: VzdumpJob) -> Iterator[Finding]:
    name = next((asset.policy for asset in _assets(view, job)), None)
    policy = view.estate.policies.get(name or "")
    if policy is None:
        return
    cron = schedule.parse(policy.schedule, view.estate.timezone)
    missed = clock_change(cron, job.schedule, after=view.now).missed
    if missed:
        yield _finding(
            "job-skips-clock-change",
            Severity.INFO,
            view.engine,
            "you",
            job=job.id,
            schedule=job.schedule,
            day=local_day(view.estate, missed[0]).isoformat(),
        )


def _assets(view: JobView, job: VzdumpJob) -> Iterator[Asset]:
    described = guests_of(view.estate, None, view.engine)
    members = sorted(view.members(job))
    yield from (view.estate.asset(described[vmid]) for vmid in members if vmid in described)


def _home(view: JobView, asset: Asset) -> str | None:
    """The host a guest runs on; of a Proxmox nobody read, the host of its own name."""
    if view.seen is not None:
        return view.seen.nodes.get(int(asset.source.rpartition("/")[2]))
    return view.engine if view.engine in view.estate.hosts else None


def _is_missed(view: JobView, job: VzdumpJob, vmid: int) -> bool:
    """Whether a job means a guest, and its node filter keeps it from it."""
    meant = vmid in job.vmids or (job.pool is not None and view.pools.get(vmid) == job.pool)
    return meant and job.node is not None and view.homes.get(vmid, job.node) != job.node


def _rule(view: JobView, job: VzdumpJob) -> RetentionRule | None:
    """The rule a job prunes by: its own, else its storage's; None when that was not read."""
    if job.keep is not None or view.inventory is None:
        return job.keep
    found = next((each for each in view.inventory.storages if each.id == job.storage), None)
    if found is None or not found.keep_known:
        return None
    return found.keep or RetentionRule()


def _prunes(view: JobView, job: VzdumpJob) -> bool:
    rule = _rule(view, job)
    bounded = rule is None or any(getattr(rule, name) for name in COUNTS)
    return job.enabled and job.remove and bounded
