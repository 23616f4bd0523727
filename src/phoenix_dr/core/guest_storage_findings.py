"""Storages that are not there for the next run, copies that die with their guest, host files."""

from __future__ import annotations

from collections.abc import Iterator

from phoenix_dr.core.guest_view import SERVER, GuestView, host_of
from phoenix_dr.core.guest_volume_findings import saves_files
from phoenix_dr.core.job_view import finding as _finding
from phoenix_dr.core.job_view import is_ignored
from phoenix_dr.core.proxmox import Storage
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.core.vzdump_job import VzdumpJob

HOST_FILES = ("/etc", "/etc/pve")
"""What of a host no vzdump holds, and without which its guests do not come back."""


def of_storages(view: GuestView) -> Iterator[Finding]:
    """Storages that nodes with guests to save do not reach."""
    listed = {node for each in view.storages.values() for node in (*each.active, *each.inactive)}
    for job in view.running:
        found = view.storages.get(job.storage)
        needed = {view.node(vmid) for vmid in view.members[job.id]} & listed
        if found is None or not (lacking := needed - {*found.active}):
            continue
        yield _finding(
            "storage-inactive",
            Severity.WARNING,
            view.engine,
            "forge",
            storage=job.storage,
            job=job.id,
            nodes=", ".join(sorted(lacking)),
        )


def of_room(view: GuestView) -> Iterator[Finding]:
    """Storages with less room than the newest archives of a job's guests take.

    A backup server stores a fraction of what it says, so nothing is said of one.
    """
    for job in view.running:
        found = view.storages.get(job.storage)
        if found is None or found.available is None or found.kind == SERVER:
            continue
        needed = sum(_newest_size(view, job, vmid) for vmid in view.members[job.id])
        if needed > found.available:
            yield _finding(
                "storage-too-small",
                Severity.WARNING,
                view.engine,
                "you",
                storage=job.storage,
                job=job.id,
                needed=needed,
                available=found.available,
            )


def of_own_host(view: GuestView) -> Iterator[Finding]:
    """Guests whose jobs all write to the machine they run on."""
    for vmid in view.guests:
        jobs = view.jobs.get(vmid, ())
        if not jobs or not all(_is_own(view, job.storage, vmid) for job in jobs):
            continue
        yield _finding(
            "copies-on-own-host",
            Severity.WARNING,
            view.subject(vmid),
            "you",
            service=view.subject(vmid).partition("/")[0],
            storage=jobs[0].storage,
            host=host_of(view.estate, view.inventory, view.node(vmid)) or view.node(vmid),
        )


def of_hosts(view: GuestView) -> Iterator[Finding]:
    """Hosts whose configuration no asset saves: no vzdump holds anything of the host itself."""
    for node in view.inventory.nodes:
        host = host_of(view.estate, view.inventory, node.name)
        if host is None or is_ignored(view.view, f"{host}/host-config"):
            continue
        missing = [path for path in HOST_FILES if not saves_files(view, host, path)]
        if missing:
            yield _finding(
                "host-config-not-saved",
                Severity.WARNING,
                f"{host}/host-config",
                "you",
                host=host,
                paths=", ".join(missing),
            )


def _is_own(view: GuestView, storage: str, vmid: int) -> bool:
    """Whether what a storage holds of a guest is lost with the machine the guest runs on."""
    found, node = view.storages.get(storage), view.node(vmid)
    if found is None or not node:
        return False
    place = view.estate.locations.get(_location(view, found))
    if place is not None and place.host in view.estate.hosts:
        return place.host == host_of(view.estate, view.inventory, node)
    return not found.shared


def _location(view: GuestView, storage: Storage) -> str:
    return storage.location or view.estate.engines[view.engine].locations.get(storage.id, "")


def _newest_size(view: GuestView, job: VzdumpJob, vmid: int) -> int:
    """Bytes of the newest archive of a guest, of the same storage when there is one; else 0."""
    held = [
        each
        for each in reversed(view.archives.get(vmid, ()))
        if each.size and (at := view.storages.get(each.storage)) and at.kind != SERVER
    ]
    here = next((each for each in held if each.storage == job.storage), None)
    newest = here or next(iter(held), None)
    return newest.size or 0 if newest else 0
