"""Where the copies that were found lie: hosts, disks, locations and engines of a first estate."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from phoenix_dr.core.discovery import Discovered, Mount, Repository
from phoenix_dr.render.yaml_text import is_writable, slug, unused

TODO = "TODO"
PARTITION = re.compile(r"/dev/((?:nvme\d+n\d+|mmcblk\d+|nbd\d+|loop\d+)(?=p\d+$|$)|[shv]d[a-z]+)")
SHARE = re.compile(r"(?://|\\\\)?(?:[^@/]+@)?\[?([A-Za-z0-9_.-]+)\]?[:/\\].*")


@dataclass(frozen=True, slots=True)
class FoundLocation:
    """A location: the host that dies with it, its disk and mount when they are known."""

    name: str
    host: str
    disk: str | None = None
    mount: str | None = None


@dataclass(frozen=True, slots=True)
class FoundEngine:
    """A restic repository in a location; the address is TODO when none was found."""

    name: str
    repository: str
    location: str


@dataclass(slots=True)
class Places:
    """Everything the sections of the file name; `shares` maps a host to what it serves here."""

    here: str
    disks: list[str] = field(default_factory=list)
    shares: dict[str, str] = field(default_factory=dict)
    locations: list[FoundLocation] = field(default_factory=list)
    engines: list[FoundEngine] = field(default_factory=list)
    other_mounts: list[Mount] = field(default_factory=list)


def places(found: Discovered) -> Places:
    """Locations of the restic repositories found, or one to fill in; and always one off-site."""
    made = Places(slug(found.host, "this-machine"))
    for mount in found.mounts:
        disk = None if mount.network else disk_of(mount.source)
        made.disks += [disk] if disk and disk not in made.disks else []
    taken = {"offsite"}
    names = {"restic-offsite"}
    for repository in found.repositories:
        if repository.kind == "restic" and is_writable(repository.path):
            location = _location(made, _mount_of(found, repository), taken)
            engine = unused(f"restic-{location.name}", names)
            made.engines.append(FoundEngine(engine, repository.path, location.name))
    if not made.engines:
        made.locations.append(FoundLocation("local", made.here, TODO))
        made.engines.append(FoundEngine("restic-local", TODO, "local"))
        made.disks.append(TODO)
    used = {location.mount for location in made.locations}
    made.other_mounts = [each for each in found.mounts if each.path not in used | {"/"}]
    made.locations.append(FoundLocation("offsite", "elsewhere"))
    made.engines.append(FoundEngine("restic-offsite", TODO, "offsite"))
    return made


def _mount_of(found: Discovered, repository: Repository) -> Mount:
    around = [each for each in found.mounts if _holds(each.path, repository.path)]
    return max(around, key=lambda each: len(each.path), default=Mount("/", "", ""))


def _holds(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _location(made: Places, mount: Mount, taken: set[str]) -> FoundLocation:
    own = mount.path if mount.path != "/" and is_writable(mount.path) else None
    for location in made.locations:
        if location.mount == own:
            return location
    if mount.network:
        host = slug(_server(mount.source), "share")
        host = f"{host}-share" if host == made.here else host
        made.shares.setdefault(host, mount.path)
        disk = None
    else:
        host, disk = made.here, disk_of(mount.source)
    name = unused(slug(own.rsplit("/", 1)[1]) if own else "local", taken)
    made.locations.append(FoundLocation(name, host, disk, own))
    return made.locations[-1]


def _server(source: str) -> str:
    match = SHARE.fullmatch(source)
    return match[1].split(".", 1)[0] if match else ""


def disk_of(source: str) -> str | None:
    """The disk that holds a partition; None where several devices may share one disk."""
    match = PARTITION.match(source)
    return match[1] if match else None
