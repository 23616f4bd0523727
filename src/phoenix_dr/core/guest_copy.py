"""A guest restored beside production by a drill: what it is given, and whether it may be started.

Never production's number, name, address or network, nothing of the host, and a mark that nothing
else carries (proxmox.md 7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil

from phoenix_dr.core.guest_settings import GuestPlace

TAG = "phoenix-drill"
LONGEST_CONFIG = 64 << 10
"""Characters of a configuration that are looked at."""
FALLBACK_GB = 8
"""Size of a disk whose configuration names none."""
_KEY = re.compile(r"([a-z][a-z0-9_.-]*): ?(.*)")
_NET = re.compile(r"net\d+")
_MOUNT = re.compile(r"(rootfs|mp\d+)")
_DISK = re.compile(r"(ide|sata|scsi|virtio)\d+")
_FROM_HOST = re.compile(r"(hostpci|usb|dev|parallel|serial)\d+")
_MAC = re.compile(r"\b[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}\b")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)([KMGT]?)")
_UNITS = {"": 1 / (1 << 30), "K": 1 / (1 << 20), "M": 1 / 1024, "G": 1.0, "T": 1024.0}
_MODELS = {"virtio", "e1000", "e1000e", "rtl8139", "vmxnet3"}


@dataclass(frozen=True, slots=True)
class Mount:
    """A mount point of a container: `kind` is `volume`, `bind` or `device`.

    `included` says whether its data is in the archive, `gigabytes` what its volume needs.
    """

    key: str
    kind: str
    path: str
    included: bool
    gigabytes: int


@dataclass(frozen=True, slots=True)
class Archived:
    """A guest as its archive describes it: `kind` is `lxc` or `qemu`."""

    kind: str
    values: Mapping[str, str]

    @property
    def networks(self) -> tuple[str, ...]:
        """Keys of its network cards."""
        return tuple(sorted(key for key in self.values if _NET.fullmatch(key)))

    @property
    def macs(self) -> frozenset[str]:
        """Hardware addresses that are production's."""
        found = (_MAC.findall(self.values[key]) for key in self.networks)
        return frozenset(mac.upper() for each in found for mac in each)

    @property
    def mounts(self) -> tuple[Mount, ...]:
        """The mount points of a container; none for a machine."""
        keys = sorted(key for key in self.values if _MOUNT.fullmatch(key))
        return tuple(_mount(key, self.values[key]) for key in keys) if self.kind == "lxc" else ()

    @property
    def disks(self) -> tuple[str, ...]:
        """Disks of a machine whose data is in the archive."""
        return tuple(
            key
            for key, value in sorted(self.values.items())
            if self.kind == "qemu" and _DISK.fullmatch(key) and _is_saved_disk(value)
        )

    @property
    def absent(self) -> tuple[Mount, ...]:
        """What lies on the host, and is in no archive."""
        return tuple(each for each in self.mounts if each.kind != "volume")

    @property
    def emptied(self) -> tuple[str, ...]:
        """Volumes that a restore makes anew, empty: the service would start on nothing."""
        lost = [each.key for each in self.mounts if each.kind == "volume" and not each.included]
        if self.kind == "qemu":
            lost += [
                key
                for key, value in sorted(self.values.items())
                if _DISK.fullmatch(key) and _is_disk(value) and not _is_saved_disk(value)
            ]
        return tuple(lost)

    @property
    def has_agent(self) -> bool:
        """Whether commands can be run inside: a machine whose guest agent is switched on."""
        given = self.values.get("agent", "0")
        on = _parts(given).get("enabled", given.partition(",")[0])
        return self.kind == "qemu" and on == "1"

    @property
    def bridges(self) -> frozenset[str]:
        """Bridges its cards are on at home."""
        found = (_parts(self.values[key]).get("bridge", "") for key in self.networks)
        return frozenset(found) - {""}

    @property
    def privileged(self) -> bool:
        """A container whose root is the host's."""
        return self.kind == "lxc" and self.values.get("unprivileged") != "1"


def archived(text: str, kind: str) -> Archived:
    """The present configuration in an archive; snapshots and what is pending are left out."""
    values: dict[str, str] = {}
    for line in text[:LONGEST_CONFIG].splitlines():
        if line.startswith("["):
            break
        if (found := _KEY.fullmatch(line.strip())) and not line.startswith("#"):
            values[found[1]] = found[2].strip()
    return Archived(kind, values)


def parameters(guest: Archived, place: GuestPlace, *, vmid: int, drill: str) -> dict[str, str]:
    """What a restore is asked for, but for the archive itself.

    A container with mount points of the host gets its disks named one by one: Proxmox then brings
    back nothing else, and no folder of the host is mounted into a drill.
    """
    made = {
        "vmid": str(vmid),
        "storage": place.storage,
        "unique": "1",
        "pool": place.pool,
        "onboot": "0",
        "tags": f"{TAG};{drill}",
        ("hostname" if guest.kind == "lxc" else "name"): name_of(vmid),
    }
    for key in guest.networks:
        made[key] = _network(guest, key, place)
    if guest.absent:
        for each in guest.mounts:
            if each.kind == "volume" and each.included:
                where = "" if each.key == "rootfs" else f",mp={each.path}"
                made[each.key] = f"{place.storage}:{each.gigabytes}{where}"
    return made


def name_of(vmid: int) -> str:
    """The name of a drill's guest."""
    return f"phoenix-drill-{vmid}"


def to_delete(config: Mapping[str, str]) -> tuple[str, ...]:
    """What of a restored configuration reaches into the host, and has to go before a start."""
    return tuple(sorted(key for key in config if _FROM_HOST.fullmatch(key) or key == "hookscript"))


def is_ours(config: Mapping[str, str], drill: str) -> bool:
    """Whether a guest carries the mark of this very drill."""
    tags = re.split(r"[;, ]+", config.get("tags", ""))
    return TAG in tags and drill in tags


def unfit(
    config: Mapping[str, str], guest: Archived, place: GuestPlace, *, vmid: int, drill: str
) -> tuple[str, ...]:
    """Why a restored guest must not be started; empty when it is shut in as it should be."""
    return tuple(dict.fromkeys(_unfit(config, guest, place, (vmid, drill))))


def _unfit(
    config: Mapping[str, str], guest: Archived, place: GuestPlace, of: tuple[int, str]
) -> Iterator[str]:
    vmid, drill = of
    if not is_ours(config, drill):
        yield "tags"
    if config.get("onboot", "0") != "0":
        yield "onboot"
    if config.get("hostname" if guest.kind == "lxc" else "name") != name_of(vmid):
        yield "name"
    yield from to_delete(config)
    for key, value in config.items():
        if _NET.fullmatch(key) and not _is_shut(value, guest, place):
            yield key
        if guest.kind == "lxc" and _MOUNT.fullmatch(key) and _mount(key, value).kind != "volume":
            yield key
        if key == "lxc" or key.startswith("lxc.") or key == "args":
            yield key


def _is_shut(value: str, guest: Archived, place: GuestPlace) -> bool:
    """Whether a card leads nowhere, and is not one of production's."""
    parts = _parts(value)
    macs = {mac.upper() for mac in _MAC.findall(value)}
    led = parts.get("link_down") == "1" or (
        place.bridge is not None and parts.get("bridge") == place.bridge
    )
    free = parts.get("ip", "manual") in {"manual", "dhcp"}
    return led and free and not macs & guest.macs


def _network(guest: Archived, key: str, place: GuestPlace) -> str:
    """A card like the archived one, without its address, on a cut line or the closed bridge."""
    old = _parts(guest.values[key])
    bridge = place.bridge or old.get("bridge") or "vmbr0"
    cut = "" if place.bridge else ",link_down=1"
    if guest.kind == "lxc":
        name = old.get("name") or f"eth{key[3:]}"
        return f"name={name},bridge={bridge},ip=manual,type=veth{cut}"
    first = guest.values[key].partition(",")[0].partition("=")[0]
    model = first if first in _MODELS else "virtio"
    return f"{model},bridge={bridge}{cut}"


def _mount(key: str, value: str) -> Mount:
    source, parts = value.partition(",")[0], _parts(value)
    kind = "device" if source.startswith("/dev/") else "bind" if source[:1] == "/" else "volume"
    included = kind == "volume" and (key == "rootfs" or parts.get("backup") == "1")
    path = "/" if key == "rootfs" else parts.get("mp", "")
    return Mount(key, kind, path, included, _gigabytes(parts.get("size", "")))


def _gigabytes(size: str) -> int:
    found = _SIZE.fullmatch(size)
    return max(1, ceil(float(found[1]) * _UNITS[found[2]])) if found else FALLBACK_GB


def _is_disk(value: str) -> bool:
    return "media=cdrom" not in value and value.partition(",")[0] not in {"none", "cdrom"}


def _is_saved_disk(value: str) -> bool:
    return _is_disk(value) and _parts(value).get("backup", "1") != "0"


def _parts(value: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in value.split(","))
    return {key: end for key, equals, end in pairs if equals}
