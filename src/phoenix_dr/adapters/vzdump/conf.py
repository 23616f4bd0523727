"""The guest configuration inside an archive, `pct.conf`: only what a drill may use is read.

It comes from the archive and so from whoever could write into it: networks, hooks, devices and
raw lxc lines are never taken over, and every value is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

LARGEST = 1 << 16
"""Bytes of a configuration that are looked at."""
_HOSTNAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,62})")
_MOUNT = re.compile(r"rootfs|mp[0-9]{1,3}")
_DISK = re.compile(r"(?:vm|subvol|basevol|base)-([1-9][0-9]{1,8})-")
_SIZE = re.compile(r"([1-9][0-9]{0,11})([KMGT]?)")
_KEY = re.compile(r"([a-z][a-z0-9]*):\s*(.*)")


class Kind(StrEnum):
    """What stands behind a mount point; only volumes can be in an archive."""

    VOLUME = "volume"
    BIND = "bind"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Mount:
    """A mount point: its key (`mp0`), what stands behind it, where the guest sees it.

    `saved` tells whether vzdump puts it into an archive: the root, and volumes with backup=1.
    `size` in bytes, 0 when it is not said.
    """

    key: str
    kind: Kind
    source: str
    path: str
    saved: bool
    size: int = 0


@dataclass(frozen=True, slots=True)
class GuestConf:
    """What a drill uses of a configuration. `memory` in MiB, None when it is not said.

    `vmid` is the number in the name of its root volume, None when that name has none; `disk` the
    bytes of all its disks in the archive, 0 when one does not tell.
    """

    hostname: str | None
    unprivileged: bool
    memory: int | None
    mounts: tuple[Mount, ...]
    vmid: str | None
    disk: int = 0

    @property
    def not_in_archive(self) -> tuple[Mount, ...]:
        """Mount points whose data no archive of this guest holds."""
        return tuple(mount for mount in self.mounts if not mount.saved)


def parse(text: str) -> GuestConf:
    """A pct.conf as the guest runs it; sections of snapshots below are left out."""
    values = dict(_values(text[:LARGEST]))
    mounts = tuple(_mount(key, value) for key, value in values.items() if _MOUNT.fullmatch(key))
    root = next((mount.source for mount in mounts if mount.key == "rootfs"), "")
    # A linked clone names its parent first: base-100-disk-0/vm-210-disk-0.
    disk = _DISK.match(root.rpartition(":")[2].rpartition("/")[2])
    sizes = [mount.size for mount in mounts if mount.saved]
    hostname, memory = values.get("hostname", ""), values.get("memory", "")
    return GuestConf(
        hostname=hostname if _HOSTNAME.fullmatch(hostname) else None,
        unprivileged=values.get("unprivileged") == "1",
        memory=int(memory) if re.fullmatch(r"[1-9][0-9]{0,6}", memory) else None,
        mounts=mounts,
        vmid=disk[1] if disk else None,
        disk=sum(sizes) if all(sizes) else 0,
    )


def _values(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if line.startswith("["):
            return
        if found := _KEY.fullmatch(line.strip()):
            yield found[1], found[2].strip()


def _mount(key: str, value: str) -> Mount:
    source, *options = value.split(",")
    named = dict(option.partition("=")[::2] for option in options)
    source = source.removeprefix("volume=")
    kind = Kind.VOLUME
    if source.startswith("/"):
        kind = Kind.DEVICE if source.startswith("/dev/") else Kind.BIND
    is_root = key == "rootfs"
    saved = kind is Kind.VOLUME and (is_root or named.get("backup") == "1")
    path = "/" if is_root else named.get("mp", "")
    return Mount(key, kind, source, path, saved, bytes_of(named.get("size", "")))


def bytes_of(text: str) -> int:
    """A size as Proxmox writes it (`32G`, `528K`) in bytes; 0 when it is none."""
    found = _SIZE.fullmatch(text)
    return int(found[1]) << 10 * " KMGT".index(found[2] or " ") if found else 0
