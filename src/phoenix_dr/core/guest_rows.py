"""A look at a Proxmox as people read it: each guest with what saves it and what it leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from phoenix_dr.core.capabilities import Node
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.guest_view import GuestView, guest_view
from phoenix_dr.core.guest_volume_findings import left_out
from phoenix_dr.core.job_view import view_of_jobs
from phoenix_dr.core.model import Estate
from phoenix_dr.core.proxmox import Guest, Inventory, Storage, Volume
from phoenix_dr.core.vzdump_findings import seen_of
from phoenix_dr.core.vzdump_job import VzdumpJob

HIDES_NO_ARCHIVE = frozenset(
    {
        "proxmox-configs-unread",
        "proxmox-disks-unseen",
        "proxmox-guests-hidden",
        "proxmox-job-odd",
        "proxmox-logs-many",
        "proxmox-tasks-away",
        "proxmox-tasks-hidden",
    }
)
"""Blind spots behind which no archive can be; behind any other one there may be some."""


@dataclass(frozen=True, slots=True)
class GuestRow:
    """A guest: its asset (None: nobody described it), the jobs switched on that take it.

    `jobs` None: not known. `newest` None: no archive was seen, and `sure` says that there is none.
    `left_out` are its volumes that no archive gets, None where neither its configuration nor a job
    told.
    """

    vmid: int
    kind: str
    name: str
    node: str
    running: bool | None
    lock: str
    asset: str | None
    jobs: tuple[str, ...] | None
    newest: datetime | None
    archives: int
    sure: bool
    left_out: tuple[Volume, ...] | None


@dataclass(frozen=True, slots=True)
class GuestRows:
    """What one look showed. `members` are the guests each job takes, `foreign` archives of guests
    that no asset names. `jobs` None: they could not be read.
    """

    engine: str
    observed_at: datetime
    version: str
    nodes: tuple[Node, ...]
    guests: tuple[GuestRow, ...]
    storages: tuple[Storage, ...]
    jobs: tuple[VzdumpJob, ...] | None
    members: dict[str, int]
    foreign: int
    blind_spots: tuple[BlindSpot, ...]


def rows_of(estate: Estate, inventory: Inventory, *, now: datetime) -> GuestRows:
    """A look as rows, guests by number. Raises UsageError for assets whose guest is no number."""
    seen = seen_of(estate, inventory)
    view = guest_view(view_of_jobs(estate, inventory.engine, (), seen=seen, now=now), inventory)
    return GuestRows(
        engine=inventory.engine,
        observed_at=inventory.observed_at,
        version=inventory.version,
        nodes=inventory.nodes,
        guests=tuple(_rows(view, inventory)),
        storages=tuple(sorted(inventory.storages, key=lambda each: each.id)),
        jobs=inventory.jobs,
        members={job.id: len(view.members[job.id]) for job in inventory.jobs or ()},
        foreign=len(inventory.foreign),
        blind_spots=inventory.blind_spots,
    )


def _rows(view: GuestView, inventory: Inventory) -> Iterator[GuestRow]:
    sure = _sees_all_archives(inventory)
    for guest in inventory.guests:
        held = view.archives.get(guest.vmid, ())
        yield GuestRow(
            vmid=guest.vmid,
            kind=guest.kind,
            name=guest.name,
            node=guest.node,
            running=guest.running,
            lock=guest.lock,
            asset=view.described.get(guest.vmid),
            jobs=_jobs(view, inventory, guest.vmid),
            newest=held[-1].taken_at if held else None,
            archives=len(held),
            sure=bool(held) or sure,
            left_out=_left_out(view, guest),
        )


def _sees_all_archives(inventory: Inventory) -> bool:
    """Whether an archive that was not seen is not there: every storage was reached and read.

    A storage nobody described that shows nothing may have refused to.
    """
    if any(spot.reason not in HIDES_NO_ARCHIVE for spot in inventory.blind_spots):
        return False
    shown = {each.storage for each in inventory.archives}
    return all(
        each.active and not each.inactive and (each.location or each.id in shown)
        for each in inventory.storages
    )


def _jobs(view: GuestView, inventory: Inventory, vmid: int) -> tuple[str, ...] | None:
    if inventory.jobs is None:
        return None
    return tuple(job.id for job in view.jobs.get(vmid, ()))


def _left_out(view: GuestView, guest: Guest) -> tuple[Volume, ...] | None:
    told = any((job.id, guest.vmid) in view.told for job in view.jobs.get(guest.vmid, ()))
    if guest.volumes is None and not told:
        return None
    return left_out(view, guest.vmid)
