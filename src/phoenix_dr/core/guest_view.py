"""One look at a Proxmox, indexed for the families of findings about its guests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from phoenix_dr.core import calendar_events
from phoenix_dr.core.job_view import UNKNOWN_GUEST, JobView, is_dark
from phoenix_dr.core.model import Estate
from phoenix_dr.core.proxmox import Archive, Covered, Guest, GuestRun, Inventory, Storage
from phoenix_dr.core.vzdump import guests_of
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.errors import UsageError

GRACE = timedelta(hours=3)
"""How late a run may come: vzdump waits so long (`lockwait`) for another one on its node."""
CLOCKS = timedelta(hours=2)
"""How far the clock of a node may be off the estate's time zone."""
SERVER = "pbs"
"""Kind of storage that verifies, and whose sizes are those of the data, not of the copy."""


@dataclass(frozen=True, slots=True)
class GuestView:
    """A look and its indexes. `archives` and `runs` are by guest, the oldest first.

    `jobs` are those switched on that take a guest, `described` its asset.
    """

    view: JobView
    inventory: Inventory
    guests: Mapping[int, Guest]
    described: Mapping[int, str]
    jobs: Mapping[int, tuple[VzdumpJob, ...]]
    members: Mapping[str, frozenset[int]]
    archives: Mapping[int, tuple[Archive, ...]]
    runs: Mapping[int, tuple[GuestRun, ...]]
    storages: Mapping[str, Storage]
    told: Mapping[tuple[str, int], Covered]

    @property
    def estate(self) -> Estate:
        """What is described."""
        return self.view.estate

    @property
    def engine(self) -> str:
        """Id of the Proxmox."""
        return self.inventory.engine

    @property
    def at(self) -> datetime:
        """When it was looked at; what came later nobody knows."""
        return self.inventory.observed_at

    @property
    def running(self) -> tuple[VzdumpJob, ...]:
        """Jobs that are switched on."""
        return tuple(job for job in self.view.after if job.enabled)

    def subject(self, vmid: int) -> str:
        """What a finding about a guest is about: its asset, or ENGINE/NUMBER."""
        return self.described.get(vmid) or f"{self.engine}/{vmid}"

    def named(self, vmid: int) -> dict[str, str]:
        """Number and name of a guest, for its sentences."""
        guest = self.guests.get(vmid)
        return {"guest": str(vmid), "name": guest.name if guest and guest.name else "?"}

    def node(self, vmid: int) -> str:
        """The node a guest is on, "" when nobody knows."""
        return self.guests[vmid].node if vmid in self.guests else ""

    def online(self, node: str) -> bool:
        """Whether a node is there."""
        return any(each.online for each in self.inventory.nodes if each.name == node)

    def sees_runs(self, node: str) -> bool:
        """Whether a run on this node would have been seen."""
        return self.online(node) and not is_dark(self.inventory, node)

    def sees_archives(self, storage: str, node: str) -> bool:
        """Whether an archive of a guest on this node would have been seen.

        Of a storage nobody described nothing is claimed: failing to read it leaves no trace.
        """
        found = self.storages.get(storage)
        if found is None or not found.location:
            return False
        reached = bool(found.active) if found.shared else node in found.active
        dark = is_dark(self.inventory, storage, reasons=("proxmox-rows-unseen",))
        places = found.active if found.shared else (node,)
        failed = any(is_dark(self.inventory, f"{each}: {storage}") for each in places)
        return reached and not dark and not failed

    def due(self, job: VzdumpJob) -> datetime | None:
        """When a job should have begun last, with time to come late; None when it never should.

        Raises UsageError for a schedule that cannot be read.
        """
        event = calendar_events.parse(job.schedule, self.estate.timezone)
        return calendar_events.previous_before(event, self.at - GRACE)

    def made_since(self, job: VzdumpJob, vmid: int, moment: datetime) -> bool:
        """Whether the storage of a job holds an archive of a guest from then on."""
        return any(
            each.storage == job.storage and each.taken_at >= moment
            for each in self.archives.get(vmid, ())
        )


def guest_view(view: JobView, inventory: Inventory) -> GuestView:
    """Index a look once; a thousand guests and fifty thousand archives are usual."""
    members = {job.id: view.members(job) for job in view.after}
    jobs: defaultdict[int, list[VzdumpJob]] = defaultdict(list)
    for job in view.after:
        for vmid in members[job.id] if job.enabled else ():
            jobs[vmid].append(job)
    place = view.estate.engines[view.engine].drills
    archives: defaultdict[int, list[Archive]] = defaultdict(list)
    for each in sorted(inventory.archives, key=lambda one: (one.taken_at, one.id)):
        if each.vmid is not None:
            archives[each.vmid].append(each)
    runs: defaultdict[int, list[GuestRun]] = defaultdict(list)
    for run in sorted(inventory.runs, key=lambda one: one.started_at):
        runs[run.vmid].append(run)
    return GuestView(
        view=view,
        inventory=inventory,
        guests={
            each.vmid: each
            for each in inventory.guests
            if place is None or not place.holds(each.vmid)
        },
        described=guests_of(view.estate, None, view.engine),
        jobs={vmid: tuple(found) for vmid, found in jobs.items()},
        members=members,
        archives={vmid: tuple(found) for vmid, found in archives.items()},
        runs={vmid: tuple(found) for vmid, found in runs.items()},
        storages={each.id: each for each in inventory.storages},
        told={
            (each.job, each.vmid): each for each in inventory.covered if each.kind != UNKNOWN_GUEST
        },
    )


def lanes(view: GuestView, vmid: int) -> dict[str, GuestRun]:
    """The last ended run of a guest by the job it belongs to, "" where no job takes it.

    PVE does not tell the job of a task: it is the one that was due last before it began.
    """
    jobs = view.jobs.get(vmid, ())
    found: dict[str, GuestRun] = {}
    for run in reversed(view.runs.get(vmid, ())):
        if run.ok is None:
            continue
        name = jobs[0].id if len(jobs) == 1 else _job_of(view, jobs, run.started_at)
        found.setdefault(name, run)
        if len(found) >= max(len(jobs), 1):
            break
    return found


def _job_of(view: GuestView, jobs: tuple[VzdumpJob, ...], began: datetime) -> str:
    zone, moment = view.estate.timezone, began + timedelta(minutes=1)
    due = {job.id: _previous(job.schedule, zone, moment) for job in jobs}
    known = {name: at for name, at in due.items() if at is not None}
    return max(known, key=lambda name: known[name], default="")


@lru_cache(maxsize=4096)
def _previous(schedule: str, zone: str, moment: datetime) -> datetime | None:
    try:
        return calendar_events.previous_before(calendar_events.parse(schedule, zone), moment)
    except UsageError:
        return None


def host_of(estate: Estate, inventory: Inventory, node: str) -> str | None:
    """The host of the estate a node is: the one of its name; a lone node, that of its engine."""
    if node in estate.hosts:
        return node
    alone = len(inventory.nodes) == 1 and inventory.engine in estate.hosts
    return inventory.engine if alone else None
