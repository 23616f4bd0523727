"""Pure: the disks and mount points in a guest's configuration, as a backup takes them.

A backup of all of a guest takes `rootfs` and mount points with `backup=1` of a container, and
every disk of a VM without `backup=0` (proxmox.md 4). CD drives and unused disks are no volumes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from phoenix_dr.core.proxmox import Volume

Config = Mapping[str, Any]
_MOUNT = re.compile(r"mp\d+", re.ASCII)
_DISK = re.compile(r"(?:ide|sata|scsi|virtio|efidisk|tpmstate)\d+", re.ASCII)
_HANDED = re.compile(r"(?:hostpci|usb)\d+", re.ASCII)
_FOLDER = re.compile(r"virtiofs\d+", re.ASCII)
_RAW = "lxc.mount.entry"
_ARGS = re.compile(r"(?:^|\s)--?(?:drive|blockdev|hd[a-d]|sd|mtdblock|fsdev|virtfs)\b")
_SYSTEM = re.compile(r"/(?:dev|proc|sys|run)(?:/|$)")
MOST = 512
"""Volumes of one guest; PVE itself knows fewer than 300."""


def of_container(config: Config) -> tuple[Volume, ...]:
    """What is in an LXC, its root first.

    A raw `lxc.mount.entry` borrows a folder of the host as a bind mount does; devices and the
    kernel's own folders are no data.
    """
    keys = sorted((key for key in config if _MOUNT.fullmatch(key)), key=_order)
    found = [_mount(key, config[key]) for key in ("rootfs", *keys) if key in config]
    return (*found, *_raw(config.get("lxc")))[:MOST]


def of_machine(config: Config) -> tuple[Volume, ...]:
    """What is in a VM: disks, then what is handed through to it, which no backup sees."""
    found = [_disk(key, config) for key in sorted(config, key=_order) if _is_disk(key, config)]
    return (*found, *_handed(config))[:MOST]


def has_disks_in_args(config: Config) -> bool:
    """Whether raw arguments give a VM disks that neither its configuration nor a backup knows."""
    return bool(_ARGS.search(str(config.get("args") or "")))


def _mount(key: str, value: object) -> Volume:
    source, options = _parts(value)
    if source.startswith("/"):
        return Volume(key, source, False, "device" if source.startswith("/dev/") else "bind")
    # Absent means no for a mount point, and the root is always in.
    included = key == "rootfs" or options.get("backup") == "1"
    return Volume(key, source, included, "" if included else "disabled")


def _raw(lines: object) -> Iterator[Volume]:
    number = 0
    for line in lines if isinstance(lines, list) else ():
        if not isinstance(line, list) or len(line) != 2 or line[0] != _RAW:
            continue
        source = str(line[1]).split(maxsplit=1)[:1]
        if source and source[0].startswith("/") and not _SYSTEM.match(source[0]):
            yield Volume(f"{_RAW}.{number}", source[0], False, "bind")
            number += 1


def _is_disk(key: str, config: Config) -> bool:
    return bool(_DISK.fullmatch(key)) and _parts(config[key])[1].get("media") != "cdrom"


def _disk(key: str, config: Config) -> Volume:
    source, options = _parts(config[key])
    if key.startswith("efidisk") and config.get("bios") != "ovmf":
        return Volume(key, source, False, "efidisk")
    # Absent means yes for a disk.
    included = options.get("backup", "1") != "0"
    return Volume(key, source, included, "" if included else "disabled")


def _handed(config: Config) -> Iterator[Volume]:
    for key in sorted(config, key=_order):
        source, options = _parts(config[key])
        name = source or options.get("host") or options.get("mapping") or options.get("dirid", "")
        if _FOLDER.fullmatch(key):
            yield Volume(key, name, False, "bind")
        elif _HANDED.fullmatch(key) and name != "spice":
            yield Volume(key, name, False, "passthrough")


def _parts(value: object) -> tuple[str, dict[str, str]]:
    """The source in front, and the options behind it; the source may be spelled as one."""
    source, options = "", {}
    for part in str(value).split(","):
        name, equals, end = part.partition("=")
        if not equals and not source:
            source = name
        elif equals:
            options[name] = end
    return source or options.get("volume") or options.get("file", ""), options


def _order(key: str) -> tuple[str, int]:
    found = re.fullmatch(r"(.*?)(\d{1,6})", key, re.ASCII)
    return (found[1], int(found[2])) if found else (key, -1)
