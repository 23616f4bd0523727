"""A look at the seed's Proxmox where all is well, and ways to break one thing of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from build_jobs import NAMES, NOW, SEED, left_out, seed
from phoenix_dr.core.capabilities import Node
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.model import EngineSpec, Estate, Location, RetentionRule
from phoenix_dr.core.proxmox import (
    Archive,
    Covered,
    Guest,
    GuestRun,
    Inventory,
    Storage,
    Volume,
)
from phoenix_dr.core.vzdump_job import VzdumpJob

HOUR = timedelta(hours=1)
GB = 1 << 30
WEEK = RetentionRule(daily=7)
EXTRA = {220: "k3s", 230: "mail"}
"""Guests no asset names: 220 is a container, 230 a VM."""
EVERYONE = {**NAMES, **EXTRA}
ROOT = Volume("rootfs", "local-lvm:vm-disk-0", included=True)
DISK = Volume("scsi0", "local-lvm:vm-disk-0", included=True)
TWICE = replace(SEED, schedule="0 3,15 * * *", to=("pve1/nas",))
NIGHTLY = VzdumpJob("nightly", "03,15:00", "nas", vmids=tuple(EVERYONE), keep=WEEK)
HEALTHY_HOST = left_out(0, "2027-06-01")


def house(**changes: Any) -> Estate:
    """The seed's estate with copies on another machine, and the host's files left out till then."""
    engine = EngineSpec(
        "pve1", "proxmox", locations={"local": "system", "nas": "nas", "pbs": "vault"}
    )
    made = seed(TWICE, engines={"pve1": engine})
    made = replace(
        made,
        locations={**made.locations, "vault": Location("vault", "worker1")},
        ignore=(replace(HEALTHY_HOST, found="pve1/host-config"),),
    )
    return replace(made, **changes)


def archive(vmid: int, hours: float, storage: str = "nas", **changes: Any) -> Archive:
    """An archive so many hours old."""
    taken = NOW - timedelta(hours=hours)
    name = f"{storage}:backup/vzdump-lxc-{vmid}-{taken:%Y_%m_%d-%H_%M_%S}.tar.zst"
    return replace(Archive(name, storage, "pve1", vmid, taken, 2 * GB), **changes)


def run(vmid: int, hours: float, *, ok: bool | None = True, **changes: Any) -> GuestRun:
    """A run that began so many hours ago, in one task with the others of then."""
    began = NOW - timedelta(hours=hours)
    ended = None if ok is None else began + timedelta(minutes=9)
    return replace(GuestRun(vmid, "pve1", f"UPID:pve1:{hours}:", began, ended, ok), **changes)


def healthy(**changes: Any) -> Inventory:
    """Two nodes, seven guests, two storages, one job twice a day; all saved four hours ago."""
    ages = (4, 16, 28, 40)
    made = Inventory(
        engine="pve1",
        observed_at=NOW,
        version="9.1.3",
        nodes=(Node("pve1", online=True), Node("pve2", online=True)),
        guests=tuple(
            Guest(
                vmid, "qemu" if vmid == 230 else "lxc", "pve1", name, running=True,
                volumes=(DISK if vmid == 230 else ROOT,),
            )
            for vmid, name in EVERYONE.items()
        ),
        storages=(
            Storage(
                "nas", "nfs", shared=True, active=("pve1", "pve2"), total=4000 * GB,
                available=900 * GB, location="nas", keep=WEEK, keep_known=True,
            ),
            Storage("local", "dir", shared=False, active=("pve1", "pve2"), location="system"),
        ),
        archives=tuple(archive(vmid, age) for vmid in EVERYONE for age in ages),
        jobs=(NIGHTLY,),
        covered=tuple(covered(vmid) for vmid in EVERYONE),
        runs=tuple(run(vmid, age) for vmid in EVERYONE for age in ages),
        assets={vmid: f"{name}/guest" for vmid, name in NAMES.items()},
    )  # fmt: skip
    return replace(made, **changes)


def covered(vmid: int, *more: Volume, job: str = "nightly") -> Covered:
    """What a job takes of a guest."""
    kind, first = ("qemu", DISK) if vmid == 230 else ("lxc", ROOT)
    return Covered(job, vmid, kind, (first, *more))


def with_guest(look: Inventory, vmid: int, **changes: Any) -> Inventory:
    """The look with one guest changed."""
    guests = [replace(each, **changes) if each.vmid == vmid else each for each in look.guests]
    return replace(look, guests=tuple(guests))


def with_volume(look: Inventory, vmid: int, volume: Volume) -> Inventory:
    """The look with one more volume of a guest, in its configuration and in what the job says."""
    (guest,) = (each for each in look.guests if each.vmid == vmid)
    look = with_guest(look, vmid, volumes=(*(guest.volumes or ()), volume))
    rest = [each for each in look.covered if each.vmid != vmid]
    return replace(look, covered=(*rest, covered(vmid, volume)))


def with_storage(look: Inventory, name: str, **changes: Any) -> Inventory:
    """The look with one storage changed."""
    found = [replace(each, **changes) if each.id == name else each for each in look.storages]
    return replace(look, storages=tuple(found))


def with_job(look: Inventory, **changes: Any) -> Inventory:
    """The look with its first job changed."""
    first, *rest = look.jobs or ()
    return replace(look, jobs=(replace(first, **changes), *rest))


def with_job_too(look: Inventory, job: VzdumpJob, *vmids: int) -> Inventory:
    """The look with one more job that takes these guests."""
    more = (covered(vmid, job=job.id) for vmid in vmids)
    return replace(look, jobs=(*(look.jobs or ()), job), covered=(*look.covered, *more))


def without_archives(look: Inventory, *vmids: int, since: float = 1e9) -> Inventory:
    """The look without the archives of some guests that are younger than so many hours."""
    limit = timedelta(hours=since)
    kept = (
        each for each in look.archives if each.vmid not in vmids or NOW - each.taken_at >= limit
    )
    return replace(look, archives=tuple(kept))


def without_runs(look: Inventory, *, since: float = 1e9) -> Inventory:
    """The look without the runs that began in the last hours."""
    limit = timedelta(hours=since)
    return replace(look, runs=tuple(r for r in look.runs if NOW - r.started_at >= limit))


def with_spot(look: Inventory, reason: str, detail: str = "") -> Inventory:
    """The look with one thing it could not see."""
    spot = BlindSpot(look.engine, reason, detail)
    return replace(look, blind_spots=(*look.blind_spots, spot))
