"""What families of findings about the jobs of one Proxmox look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from phoenix_dr.core.coverage import is_excused, local_day
from phoenix_dr.core.model import Asset, Estate, Objectives
from phoenix_dr.core.proxmox import Inventory
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.core.vzdump import covered, guests_of
from phoenix_dr.core.vzdump_job import VzdumpJob

UNKNOWN_GUEST = "unknown"
"""Kind of a number in a job whose guest is gone."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a Proxmox showed: its jobs, guests by number with their names, storages by id.

    `nodes` says on which host of the estate a guest runs; a guest that is not in it runs nobody
    knows where. `inventory` is the whole look, None when only the rest was handed over.
    """

    jobs: tuple[VzdumpJob, ...] = ()
    guests: Mapping[int, str] = field(default_factory=dict)
    storages: frozenset[str] = frozenset()
    nodes: Mapping[int, str] = field(default_factory=dict)
    inventory: Inventory | None = None


@dataclass(frozen=True, slots=True)
class JobView:
    """Everything a family may look at; `seen` is None when the Proxmox was not read.

    `takes` is the server's own word on which guests a job takes, `homes` the node and `pools`
    the pool of each guest.
    """

    estate: Estate
    engine: str
    wanted: tuple[VzdumpJob, ...]
    seen: Seen | None
    now: datetime
    takes: Mapping[str, frozenset[int]] = field(default_factory=dict)
    homes: Mapping[int, str] = field(default_factory=dict)
    pools: Mapping[int, str | None] = field(default_factory=dict)

    @property
    def inventory(self) -> Inventory | None:
        """The whole look, when there was one."""
        return self.seen.inventory if self.seen else None

    @property
    def after(self) -> tuple[VzdumpJob, ...]:
        """The jobs there will be: those wanted, and those left alone."""
        ids = {job.id for job in self.wanted}
        rest = self.seen.jobs if self.seen else ()
        return (*self.wanted, *(job for job in rest if job.id not in ids))

    @property
    def guests(self) -> dict[int, str]:
        """Number → name of every guest known, seen or only described; those of drills left out."""
        described = guests_of(self.estate, None, self.engine)
        known = {**described, **(self.seen.guests if self.seen else {})}
        place = self.estate.engines[self.engine].drills
        return {
            vmid: known[vmid] for vmid in sorted(known) if place is None or not place.holds(vmid)
        }

    @property
    def knows_jobs(self) -> bool:
        """Whether the jobs that are there are known; a Proxmox nobody read has none but ours."""
        return self.inventory is None or self.inventory.jobs is not None

    @property
    def knows_every_job(self) -> bool:
        """False when a job was left out because nobody understood it."""
        spots = self.inventory.blind_spots if self.inventory else ()
        return not any(spot.reason == "proxmox-job-odd" for spot in spots)

    @property
    def knows_storages(self) -> bool:
        """Whether every storage would have been listed: every node told its own, and all of them.

        With a look that says less than that, a storage that is not there may only be hidden.
        """
        look = self.inventory
        if look is None:
            return True
        told = {node for each in look.storages for node in (*each.active, *each.inactive)}
        hidden = any(spot.reason == "proxmox-storages-hidden" for spot in look.blind_spots)
        return not hidden and all(each.online and each.name in told for each in look.nodes)

    def shows(self, vmid: int) -> bool:
        """Whether what is said of a guest is the whole of it: it was seen, or all guests were."""
        look = self.inventory
        return look is None or vmid in self.homes or not _hides_guests(look)

    def members(self, job: VzdumpJob) -> frozenset[int]:
        """Guests a job takes: by the server's word where it gave one for the job as it is."""
        guests = self.guests
        found = set(covered(job, guests))
        if job.pool is not None:
            found |= {vmid for vmid, pool in self.pools.items() if pool == job.pool}
            found -= {*job.exclude}
        if self.is_told(job):
            # A guest hidden from us is in no list of the server's, and in the job all the same.
            found = {*self.takes[job.id], *(vmid for vmid in found if vmid not in self.homes)}
        if job.node is not None:
            found = {vmid for vmid in found if self.homes.get(vmid, job.node) == job.node}
        return frozenset(found)

    def is_told(self, job: VzdumpJob) -> bool:
        """Whether the server said whom this very job takes."""
        return job.id in self.takes and self.seen is not None and job in self.seen.jobs


def view_of_jobs(
    estate: Estate,
    engine: str,
    wanted: tuple[VzdumpJob, ...],
    *,
    seen: Seen | None,
    now: datetime,
) -> JobView:
    """The view of one Proxmox with these jobs wanted."""
    look = seen.inventory if seen else None
    if look is None:
        return JobView(estate, engine, wanted, seen, now)
    return JobView(
        estate,
        engine,
        wanted,
        seen,
        now,
        takes=dict(_takes(look)),
        homes={each.vmid: each.node for each in look.guests},
        pools={each.vmid: each.pool for each in look.guests},
    )


def _takes(look: Inventory) -> Iterator[tuple[str, frozenset[int]]]:
    told: dict[str, set[int]] = {}
    for each in look.covered:
        members = told.setdefault(each.job, set())
        if each.kind != UNKNOWN_GUEST:
            members.add(each.vmid)
    for job in look.jobs or ():
        # An answer without guests is one too; a question that failed left a blind spot.
        if job.id in told or not is_dark(look, job.id):
            yield job.id, frozenset(told.get(job.id, ()))


def _hides_guests(look: Inventory) -> bool:
    return any(spot.reason == "proxmox-guests-hidden" for spot in look.blind_spots)


def is_dark(look: Inventory, subject: str, *, reasons: tuple[str, ...] = ()) -> bool:
    """Whether a blind spot is about this subject (a node, a storage, a job)."""
    return any(
        (not reasons or spot.reason in reasons)
        and (spot.detail == subject or spot.detail.startswith(f"{subject}: "))
        for spot in look.blind_spots
    )


# ---- What a person left out -------------------------------------------------------------------


def is_ignored(view: JobView, name: str) -> bool:
    """Whether a person left this out, until a date that has not passed."""
    today = local_day(view.estate, view.now)
    return any(each.found == name and today <= each.until for each in view.estate.ignore)


def is_left_out(view: JobView, vmid: int, asset_id: str | None) -> bool:
    """Whether a person said, until a date that has not passed, that it needs no copy."""
    if is_ignored(view, f"{view.engine}/{vmid}"):
        return True
    if asset_id is None:
        return False
    today, asset = local_day(view.estate, view.now), view.estate.asset(asset_id)
    return is_excused(asset.accepted_loss, today) or is_excused(asset.regenerable, today)


# ---- Small things the families share ----------------------------------------------------------


def objectives_of(view: JobView, asset: Asset) -> Objectives:
    """The objectives of the service an asset belongs to."""
    service = view.estate.services.get(asset.service)
    return service.objectives if service else Objectives()


def finding(
    code: str, severity: Severity, subject: str, owner: str, **parameters: str | int
) -> Finding:
    """A finding with its facts in the order given."""
    return Finding(code, severity, subject, owner, tuple(parameters.items()))


def seconds(span: timedelta) -> int:
    """A span in whole seconds."""
    return int(span.total_seconds())
