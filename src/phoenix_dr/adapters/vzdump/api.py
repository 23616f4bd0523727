"""The vzdump engine: what lies in a folder of archives, and how one is unpacked."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from phoenix_dr.adapters._shut_in import has_checksum, packing
from phoenix_dr.adapters.base import Done, Entry, Places, ProgressSink
from phoenix_dr.adapters.vzdump import listing, names
from phoenix_dr.adapters.vzdump.conf import GuestConf
from phoenix_dr.adapters.vzdump.folder import Facts, Held, folder_of
from phoenix_dr.adapters.vzdump.machine import Machine, checked_byte
from phoenix_dr.adapters.vzdump.tar import Patience, Tar
from phoenix_dr.core.evidence import Evidence, Phase, RecoveryPoint
from phoenix_dr.core.guard import Permit
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.core.plan import Action, RestorePoint
from phoenix_dr.errors import EngineError, EngineUnreachable, Refused

LOGS = 50
"""Newest archives of a guest whose logs are read; older ones were judged when they were new."""
TIMES_DISK = 4
"""How many times the size of its disks a guest may take unpacked: theirs may be compressed."""
PATIENT = Patience()


@dataclass(frozen=True, slots=True)
class Twin:
    """A corrupted copy: a folder with one archive, in which one bit differs."""

    repository: Path
    offset: int


@dataclass(frozen=True, slots=True)
class _Found:
    archive: names.Archive
    facts: Facts

    @property
    def log(self) -> str:
        return f"{self.archive.stem}.log"


class Vzdump:
    """A folder that vzdump writes archives into. Safe from several threads; keeps nothing."""

    def __init__(self, spec: EngineSpec, places: Places, *, patience: Patience = PATIENT) -> None:
        """Start nothing and read nothing yet."""
        self.spec = spec
        self._places = places
        self._folder = folder_of(spec, places)
        self._zone = ZoneInfo(spec.settings.get("timezone", "UTC"))
        self._patience = patience

    def observe(self, *, now: datetime) -> Evidence:
        """The archives of guests that assets name, without opening one; others are left out."""
        files = self._files()
        found = sorted(self._archives(files), key=lambda each: each.archive.written, reverse=True)
        logs = self._folder.tails(_logs(found, files))
        points = [self._point(each, files, logs.get(each.log)) for each in found]
        return Evidence(self.spec.id, now, tuple(points), fingerprint=_hash(files))

    def foreign(self) -> int:
        """How many archives belong to guests that no asset names."""
        held = [found for name in self._files() if (found := names.parsed(name))]
        return sum(each.vmid not in self.spec.archives for each in held)

    def fingerprint(self) -> str | None:
        """Hash of names, sizes and times in the folder. Raises EngineUnreachable, EngineDenied."""
        return _hash(self._files())

    def contents(self, point: str, *, cancel: threading.Event) -> Iterator[Entry]:
        """Every entry of an archive but device nodes, read to its end; of a machine its disks.

        Sizes of hard links are not told (-1).
        """
        if self.is_machine(point):
            yield from self._machine(point).entries(cancel)
            return
        for line in self._tar(point).lines(cancel):
            if (entry := listing.entry(line)) is not None:
                yield entry

    def guest(self, point: str, *, cancel: threading.Event) -> GuestConf:
        """The configuration in an archive. Raises EngineError `archive-no-conf`, -damaged."""
        return self._tar(point).conf(cancel)

    def is_machine(self, point: str) -> bool:
        """Whether an archive is of a virtual machine. Raises EngineError `point-missing`."""
        return self._archive(point).kind == "qemu"

    def has_checksum(self, point: str) -> bool:
        """Whether unpacking an archive finds a flipped bit in what it holds."""
        return has_checksum(self._held(point).start())

    def perform(
        self, action: Action, permit: Permit, *, progress: ProgressSink, cancel: threading.Event
    ) -> Done:
        """Unpack an archive into an empty folder; see `tar` for whose its files become."""
        permit.require(action)
        if action.engine != self.spec.id:
            raise Refused("wrong-engine", engine=self.spec.id, asked=action.engine)
        if not isinstance(action, RestorePoint) or action.paths:
            raise EngineError("not-yet", engine=self.spec.id, verb=type(action).__name__)
        into = Path(action.into)
        if into.is_symlink() or not into.is_dir() or os.listdir(into):
            raise Refused("restore-not-empty", path=action.into)
        seconds = self._unpack(action.point, into, cancel)
        return Done(phases=(Phase("engine", seconds),))

    def _unpack(self, point: str, into: Path, cancel: threading.Event) -> float:
        named = self._archive(point).vmid
        if self.is_machine(point):
            return self._machine(point).unpack(into, vmid=named, cancel=cancel)
        tar = self._tar(point)
        conf = tar.conf(cancel)
        if conf.vmid not in {None, named}:
            raise EngineError(
                "archive-other-guest", path=tar.archive.shown, named=named, found=str(conf.vmid)
            )
        limit = TIMES_DISK * conf.disk if conf.disk else None
        return tar.unpack(into, limit=limit, cancel=cancel).seconds

    def mutate(
        self, point: str, paths: Sequence[str], *, into: Path, cancel: threading.Event
    ) -> Twin:
        """Copy one archive into a new folder and flip one bit of it."""
        into.mkdir(mode=0o700)
        copy = into / point
        held = self._held(point)
        held.copy(copy, cancel=cancel)
        # In the middle of what is packed; unpacked, only headers have a checksum.
        offset = copy.stat().st_size // 2
        if packing(held.start()) is None:
            offset = checked_byte(copy) if self.is_machine(point) else 0
        with copy.open("r+b") as file:
            file.seek(offset)
            byte = file.read(1)
            if not byte:
                raise EngineError("twin-no-data", engine=self.spec.id, point=point)
            file.seek(offset)
            file.write(bytes([byte[0] ^ 1]))
        return Twin(into, offset)

    def _tar(self, point: str) -> Tar:
        return Tar(self._held(point), self._places.environ, self._patience)

    def _machine(self, point: str) -> Machine:
        return Machine(self._held(point), self._places.environ, self._patience)

    def _held(self, point: str) -> Held:
        archive = self._archive(point)
        self._require_mounted()
        return self._folder.held(archive.name)

    def _archive(self, point: str) -> names.Archive:
        archive = names.parsed(point)
        if archive is None:
            raise EngineError("point-missing", engine=self.spec.id, detail=point)
        return archive

    def _require_mounted(self) -> None:
        location = self._places.locations.get(self.spec.location)
        mount = location.mount if location else None
        if mount and not os.path.ismount(mount):
            raise EngineUnreachable("not-mounted", engine=self.spec.id, mount=mount)

    def _files(self) -> Mapping[str, Facts]:
        self._require_mounted()
        return self._folder.files()

    def _archives(self, files: Mapping[str, Facts]) -> Iterator[_Found]:
        for name, facts in files.items():
            archive = names.parsed(name)
            if archive is not None and archive.vmid in self.spec.archives:
                yield _Found(archive, facts)

    def _point(self, found: _Found, files: Mapping[str, Facts], log: bytes | None) -> RecoveryPoint:
        archive = found.archive
        return RecoveryPoint(
            id=archive.name,
            asset=self.spec.archives[archive.vmid],
            engine=self.spec.id,
            location=self.spec.location,
            taken_at=archive.began(self._zone, found.facts.modified),
            size=found.facts.size,
            complete=None if log is None else _ended(log, archive.vmid),
            protected=f"{archive.name}.protected" in files,
        )


def _logs(found: Sequence[_Found], files: Mapping[str, Facts]) -> dict[str, int]:
    """Sizes of the logs beside the newest archives of each guest; `found` has the newest first."""
    seen: Counter[str] = Counter()
    logs: dict[str, int] = {}
    for each in found:
        seen[each.archive.vmid] += 1
        if seen[each.archive.vmid] <= LOGS and each.log in files:
            logs[each.log] = files[each.log].size
    return logs


def _ended(log: bytes, vmid: str) -> bool | None:
    """What the end of the log beside an archive says; None when nothing of this guest's end."""
    lines = log.decode("utf-8", "replace").splitlines()
    if any("ERROR: " in line for line in lines):
        return False
    return any(f"Finished Backup of VM {vmid} " in line for line in lines) or None


def _hash(files: Mapping[str, Facts]) -> str:
    rows = (
        f"{name}\0{facts.size}\0{facts.modified_ns}"
        for name, facts in sorted(files.items())
        if name.startswith("vzdump-")
    )
    return hashlib.sha256("\n".join(rows).encode("utf-8", "surrogateescape")).hexdigest()
