"""The archive of a virtual machine (VMA): its disks and configuration, taken out into a folder.

Only sizes and the machine's number are read of `qemu-server.conf` here: an archive is written by
whoever could write into it, so what it claims is held against itself before a byte is unpacked.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.adapters import vma
from phoenix_dr.adapters._room import Room
from phoenix_dr.adapters.base import Entry
from phoenix_dr.adapters.vzdump.conf import LARGEST, bytes_of
from phoenix_dr.adapters.vzdump.folder import Held
from phoenix_dr.adapters.vzdump.tar import Patience
from phoenix_dr.errors import EngineError, Refused

CONF = "qemu-server.conf"
MOST = 8 << 40
"""Bytes the disks of an archive may claim; what they really take is watched while they come."""
TIMES_DISK = 4
"""How many times what its configuration says a disk may be: it may have grown since."""
SPARE = 1 << 30
"""Bytes a disk may be larger in any case: LVM and ZFS round the smallest ones up a lot."""
BLOCKS_AT = 40
"""Where the header of an extent says which blocks follow."""
_DRIVE = re.compile(r"((?:ide|scsi|virtio|sata|efidisk)[0-9]{1,2}):\s*(.*)")
_OWNER = re.compile(r"(?:vm|subvol)-([1-9][0-9]{1,8})-")


@dataclass(frozen=True, slots=True)
class Machine:
    """One archive, the environment of its tools, and how much room must stay."""

    archive: Held
    environ: Mapping[str, str]
    patience: Patience

    def entries(self, cancel: threading.Event) -> Iterator[Entry]:
        """The files it becomes: the disks as long as the machine sees them, its configuration.

        Raises EngineError (vma-not-one, vma-header) and as reading it does.
        """
        found = self._header(cancel)
        for config in found.configs:
            yield Entry(f"/{config.name}", "file", len(config.data))
        for device in found.devices:
            yield Entry(f"/{device.name}.raw", "file", device.size)

    def unpack(self, into: Path, *, vmid: str, cancel: threading.Event) -> float:
        """Take everything out into an empty folder; the seconds that took.

        Raises EngineError: vma-…, archive-damaged, vm-conf-missing, archive-other-guest,
        archive-too-large, no-space.
        """
        began = time.monotonic()
        self._require_sane(self._header(cancel), vmid)
        room = Room(into, cancel, least=self.patience.least)
        try:
            with self._source(room) as source:
                vma.extract(source, into, most=MOST, cancel=room)
        except Refused as error:
            if error.code != "vma-too-big":
                raise EngineError(error.code, **error.parameters) from error
            raise EngineError("no-space", detail=f"{error.parameters['size']} B") from error
        except OSError as error:
            raise EngineError("no-space", detail=str(error)) from error
        except EngineError as error:
            if room.why:
                raise EngineError("no-space", detail=str(into)) from error
            raise
        return time.monotonic() - began

    @contextmanager
    def _source(self, cancel: threading.Event) -> Iterator[vma.Source]:
        start, shown = self.archive.start(), self.archive.shown
        with (
            self.archive.opened(cancel) as path,
            vma.stream(path, start, shown=shown, environ=self.environ, cancel=cancel) as source,
        ):
            yield source

    def _header(self, cancel: threading.Event) -> vma.Header:
        with self._source(cancel) as source:
            return vma.read_header(source)

    def _require_sane(self, header: vma.Header, vmid: str) -> None:
        """Raise EngineError unless it is this machine's, and no larger than it says itself."""
        shown = self.archive.shown
        text = next((each.data for each in header.configs if each.name == CONF), None)
        if text is None:
            raise EngineError("vm-conf-missing", path=shown)
        drives = dict(_drives(text))
        sizes = {key: _size(value) for key, value in drives.items()}
        owners = {found[1] for each in drives.values() if (found := _OWNER.search(each))}
        if owners and vmid not in owners:
            other = ", ".join(sorted(owners))
            raise EngineError("archive-other-guest", path=shown, named=vmid, found=other)
        for device in header.devices:
            told = sizes.get(device.name.removeprefix("drive-"), 0)
            if told and device.size > TIMES_DISK * told + SPARE:
                raise EngineError("archive-too-large", path=shown)


def checked_byte(archive: Path) -> int:
    """Where a flipped bit of an archive that is not packed must be found: in its first extent.

    Raises EngineError vma-not-one, vma-header.
    """
    with archive.open("rb") as file:
        return vma.header_size(file.read(512)) + BLOCKS_AT


def _drives(conf: bytes) -> Iterator[tuple[str, str]]:
    """Disks of a configuration as the machine runs: sections of snapshots below are left out."""
    for line in conf[:LARGEST].decode("utf-8", "replace").splitlines():
        if line.startswith("["):
            return
        if found := _DRIVE.fullmatch(line.strip()):
            yield found[1], found[2]


def _size(value: str) -> int:
    """The `size=` of a disk in bytes; 0 when it is not told."""
    options = dict(option.partition("=")[::2] for option in value.split(","))
    return bytes_of(options.get("size", ""))
