"""What of a virtual machine's configuration its drill takes over. Pure.

Whoever wrote qemu-server.conf could name host paths, devices and options of QEMU in it, so only
numbers in bounds and words of closed lists leave this module; no value is ever passed on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from phoenix_dr.errors import EngineError

MOST_CORES = 2
MOST_MEMORY = 2048
"""MiB a machine gets in a drill, whatever production gives it."""
USUAL_MEMORY = 512
LEAST_MEMORY = 64
CONTROLLERS = {
    "lsi": "lsi53c895a",
    "lsi53c810": "lsi53c810",
    "megasas": "megasas",
    "pvscsi": "pvscsi",
    "virtio-scsi-pci": "virtio-scsi-pci",
    "virtio-scsi-single": "virtio-scsi-pci",
}
"""QEMU's device of each `scsihw`; the first is what Proxmox takes when none is named."""
_UNITS = {"ide": 4, "scsi": 31, "virtio": 16, "sata": 6}
"""How many disks a bus may have, in the order Proxmox looks for one to start from."""
_DISK = re.compile(r"(ide|scsi|virtio|sata)([0-9]{1,2})")
_LINE = re.compile(r"([a-z][a-z0-9_-]*):\s*(.*)")
_CHIPSET = re.compile(r"(?:type=)?(?:(q35)|pc-(q35)-[\w.+-]+|pc|pc-i440fx-[\w.+-]+)")
_IGNORED = re.compile(r"args|hookscript|hostpci[0-9]+|usb[0-9]+|parallel[0-9]+|tpmstate0|vmstate")


class Bios(StrEnum):
    """The firmware a machine starts with."""

    SEABIOS = "seabios"
    OVMF = "ovmf"


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine in words of our own; `memory` in MiB, disks as `scsi0`.

    `disks` are those a backup holds, `left_out` those the configuration keeps out of it, `order`
    the disks it starts from. `serial`: the guest has a console we can hear. `small_efi` is the
    older, 2 MB kind of OVMF. `ignored` are settings no drill takes over, `unsupported` those
    (`key=value`) without which it would not be the same machine.
    """

    bios: Bios = Bios.SEABIOS
    chipset: str = "pc"
    controller: str = "lsi53c895a"
    disks: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    cores: int = 1
    memory: int = USUAL_MEMORY
    serial: bool = False
    small_efi: bool = False
    ignored: tuple[str, ...] = ()
    unsupported: tuple[str, ...] = ()


def parse_conf(raw: bytes) -> Machine:
    """The machine of a qemu-server.conf, as of now: no snapshot of it, nothing pending.

    Raises EngineError vm-conf-no-disk when nothing in it could be started from.
    """
    found = _settings(raw)
    disks = {key: value for key, value in found.items() if _is_disk(key, value)}
    kept = tuple(
        key for key in _sorted(disks) if not re.search(r",backup=(0|no|off)\b", disks[key])
    )
    if not disks:
        raise EngineError("vm-conf-no-disk")
    chipset = _CHIPSET.fullmatch(found.get("machine", "pc").split(",")[0] or "pc")
    bios, controller = found.get("bios", "seabios"), found.get("scsihw", "lsi")
    known = {
        "arch": found.get("arch", "x86_64") == "x86_64",
        "bios": bios in tuple(Bios),
        "machine": chipset is not None,
        "scsihw": controller in CONTROLLERS,
    }
    return Machine(
        bios=Bios(bios) if known["bios"] else Bios.SEABIOS,
        chipset="q35" if chipset and (chipset[1] or chipset[2]) else "pc",
        controller=CONTROLLERS.get(controller, CONTROLLERS["lsi"]),
        disks=kept,
        left_out=tuple(key for key in _sorted(disks) if key not in kept),
        order=_order(found, disks),
        cores=min(
            MOST_CORES, max(1, _number(found.get("cores"), 1) * _number(found.get("sockets"), 1))
        ),
        memory=min(MOST_MEMORY, max(LEAST_MEMORY, _number(found.get("memory"), USUAL_MEMORY))),
        serial=found.get("serial0") == "socket",
        small_efi="efidisk0" in found and "efitype=4m" not in found["efidisk0"],
        ignored=tuple(key for key in found if _IGNORED.fullmatch(key)),
        unsupported=tuple(
            f"{key}={found[key][:40]}" for key, is_known in known.items() if not is_known
        ),
    )


def _settings(raw: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in raw.decode("utf-8", "replace").splitlines():
        if line.startswith("["):
            break
        if match := _LINE.fullmatch(line.strip()):
            found[match[1]] = match[2].strip()
    return found


def _is_disk(key: str, value: str) -> bool:
    match = _DISK.fullmatch(key)
    if match is None or int(match[2]) >= _UNITS[match[1]]:
        return False
    return not re.search(r",media=cdrom\b", value) and value.split(",")[0] not in ("none", "cdrom")


def _sorted(disks: Mapping[str, str]) -> list[str]:
    return sorted(disks, key=lambda key: (list(_UNITS).index(bus_of(key)[0]), bus_of(key)[1]))


def bus_of(disk: str) -> tuple[str, int]:
    """`scsi0` as ("scsi", 0)."""
    match = _DISK.fullmatch(disk)
    if match is None:
        raise EngineError("vm-conf-no-disk")
    return match[1], int(match[2])


def _order(found: Mapping[str, str], disks: Mapping[str, str]) -> tuple[str, ...]:
    """The disks to start from; empty when the machine starts from something else."""
    named = re.fullmatch(r"order=([\w;]*)", found.get("boot", ""))
    if named is not None:
        return tuple(key for key in named[1].split(";") if key in disks)
    first = found.get("bootdisk", "")
    return (first,) if first in disks else tuple(_sorted(disks)[:1])


def _number(value: str | None, usual: int) -> int:
    match = re.fullmatch(r"(?:current=)?([0-9]{1,9})(?:,.*)?", value or "")
    return int(match[1]) if match else usual
