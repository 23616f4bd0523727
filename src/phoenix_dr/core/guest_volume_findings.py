"""Disks and mount points of guests that no backup of them holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from phoenix_dr.core.guest_view import GuestView, host_of
from phoenix_dr.core.job_view import finding as _finding
from phoenix_dr.core.job_view import is_ignored
from phoenix_dr.core.model import Asset, AssetKind
from phoenix_dr.core.proxmox import Volume
from phoenix_dr.core.report import Finding, Severity

PASSED = ("hostpci", "usb")
"""How keys of what is handed through to a VM begin; what is on it no backup sees."""


def of_volumes(view: GuestView) -> Iterator[Finding]:
    """Volumes in no archive, however green the task, unless another asset saves them."""
    for vmid in view.guests:
        for volume in left_out(view, vmid):
            name = f"{view.engine}/{vmid}/{volume.key}"
            if not is_ignored(view.view, name) and not _saved_as_files(view, vmid, volume):
                yield _finding_of(view, vmid, volume)


def left_out(view: GuestView, vmid: int) -> tuple[Volume, ...]:
    """Volumes of a guest that none of its jobs takes; in no job, what a job would not take."""
    guest = view.guests.get(vmid)
    own = (guest.volumes if guest else None) or ()
    told = [
        view.told[job.id, vmid].volumes
        for job in view.jobs.get(vmid, ())
        if (job.id, vmid) in view.told and view.view.is_told(job)
    ]
    # A job changed by a plan takes what a backup of all of it would.
    untold = len(told) < len(view.jobs.get(vmid, ()))
    sources: list[Sequence[Volume]] = [*told, *([own] if untold or not told else [])]
    taken = {each.key for volumes in sources for each in volumes if each.included}
    known = {each.key: each for each in own if not each.included}
    for volumes in sources:
        known |= {each.key: each for each in volumes if not each.included}
    # An EFI disk without OVMF is not in use.
    return tuple(
        each for key, each in known.items() if key not in taken and each.reason != "efidisk"
    )


def _finding_of(view: GuestView, vmid: int, volume: Volume) -> Finding:
    subject, kind = view.subject(vmid), view.guests[vmid].kind
    facts = {
        **view.named(vmid), "engine": view.engine, "volume": volume.key, "place": volume.name,
    }  # fmt: skip
    passed = volume.key.startswith(PASSED)
    if passed or volume.name.startswith("/dev/"):
        return _finding(
            "device-not-saved",
            Severity.INFO if passed else Severity.WARNING,
            subject,
            "you",
            **facts,
        )
    if volume.reason == "bind":
        return _finding("bind-mount-not-saved", Severity.WARNING, subject, "you", **facts)
    if kind == "qemu":
        return _finding("disk-not-saved", Severity.WARNING, subject, "forge", **facts)
    return _finding("mount-not-saved", Severity.WARNING, subject, "forge", **facts)


def _saved_as_files(view: GuestView, vmid: int, volume: Volume) -> bool:
    """Whether an asset of kind files saves a folder of the host that a guest only borrows."""
    if not volume.name.startswith("/") or volume.name.startswith("/dev/"):
        return False
    host = host_of(view.estate, view.inventory, view.node(vmid))
    return host is not None and saves_files(view, host, volume.name)


def saves_files(view: GuestView, host: str, path: str) -> bool:
    """Whether an asset with a policy saves this folder of a host; files are those of `here`."""
    if host != view.estate.here:
        return False
    return any(
        asset.kind is AssetKind.FILES and view.estate.destinations(asset) and _holds(asset, path)
        for asset in view.estate.assets()
    )


def _holds(asset: Asset, path: str) -> bool:
    inside, root = PurePosixPath(path), PurePosixPath(asset.source)
    if ".." in inside.parts or not inside.is_relative_to(root):
        return False
    parts = [inside, *(each for each in inside.parents if each.is_relative_to(root))]
    return not any(
        fnmatchcase(str(part), pattern) or fnmatchcase(part.name, pattern)
        for part in parts
        for pattern in (each.rstrip("/") for each in asset.exclude)
    )
