"""The disks inside an archive: checked cluster by cluster, written out as sparse files."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.adapters.vma import form
from phoenix_dr.adapters.vma.form import BLOCK, CLUSTER, WHOLE, Cluster, Device, Header
from phoenix_dr.adapters.vma.source import Source
from phoenix_dr.errors import EngineError, Refused

_NOTHING = bytes(CLUSTER)
Take = Callable[[Cluster, memoryview], None]


@dataclass(frozen=True, slots=True)
class Extracted:
    """What came out of an archive: files by device, and how many bytes really were in it."""

    header: Header
    files: tuple[Path, ...]
    stored: int


def read_header(source: Source) -> Header:
    """The header a stream begins with. EngineError vma-not-one, vma-header."""
    start = bytes(source.read(form.FIXED))
    size = form.header_size(start)
    return form.header(start + bytes(source.read(size - len(start))))


def verify(source: Source, *, cancel: threading.Event) -> Extracted:
    """Read an archive to its end: every cluster of every disk is there once.

    EngineError: vma-extent, vma-cluster, vma-incomplete. Says nothing about the content.
    """
    header = read_header(source)
    stored = _walk(source, header, lambda cluster, data: None, cancel=cancel)
    return Extracted(header, (), stored)


def extract(
    source: Source,
    into: Path,
    *,
    only: frozenset[str] = frozenset(),
    most: int | None = None,
    cancel: threading.Event,
) -> Extracted:
    """Write configuration and disks (all, or `only` those named) as new files below `into`.

    Disks become `NAME.raw`, sparse where the archive has nothing or zeros. `most` bounds the sum
    of the sizes of what is written. Raises as `verify` does, and Refused (vma-too-big).
    """
    header = read_header(source)
    chosen = [device for device in header.devices if not only or device.name in only]
    if unknown := sorted(only - {device.name for device in header.devices}):
        raise EngineError("vma-no-device", name=unknown[0])
    if most is not None and sum(device.size for device in chosen) > most:
        raise Refused("vma-too-big", size=sum(device.size for device in chosen), most=most)
    with ExitStack() as held:
        files = {device.id: _begin(into, device, held) for device in chosen}
        stored = _walk(source, header, _writer(chosen, files), cancel=cancel)
    for config in header.configs:
        _new(into / config.name, config.data)
    return Extracted(header, tuple(into / f"{device.name}.raw" for device in chosen), stored)


def _begin(into: Path, device: Device, held: ExitStack) -> int:
    descriptor = _create(into / f"{device.name}.raw")
    held.callback(os.close, descriptor)
    os.ftruncate(descriptor, device.size)
    return descriptor


def _create(path: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o600)
    except FileExistsError as error:
        raise Refused("vma-file-exists", path=str(path)) from error


def _new(path: Path, data: bytes) -> None:
    with os.fdopen(_create(path), "wb") as file:
        file.write(data)


def _writer(chosen: list[Device], files: dict[int, int]) -> Take:
    sizes = {device.id: device.size for device in chosen}

    def take(cluster: Cluster, data: memoryview) -> None:
        descriptor = files.get(cluster.device)
        if descriptor is None:
            return
        start = cluster.number * CLUSTER
        for offset, piece in _runs(cluster.mask, data):
            # A disk need not end where a block does.
            room = sizes[cluster.device] - start - offset
            if room > 0 and piece != _NOTHING[: len(piece)]:
                _write(descriptor, piece[:room], start + offset)

    return take


def _write(descriptor: int, data: memoryview, at: int) -> None:
    while data:
        written = os.pwrite(descriptor, data, at)
        data, at = data[written:], at + written


def _runs(mask: int, data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The stored pieces of a cluster with their offset in it, neighbours together."""
    if mask == WHOLE:
        yield 0, data
        return
    block = taken = 0
    while mask >> block:
        length = _ones(mask >> block)
        if length:
            size = length * BLOCK
            yield block * BLOCK, data[taken : taken + size]
            taken += size
        block += length or 1


def _ones(mask: int) -> int:
    """How many bits from the lowest on are set in a row."""
    return ((mask + 1) & ~mask).bit_length() - 1


def _walk(source: Source, header: Header, take: Take, *, cancel: threading.Event) -> int:
    """Hand every stored cluster to `take`; the bytes that were stored."""
    devices = {device.id: device for device in header.devices}
    seen = {device.id: bytearray(-(-device.clusters // 8)) for device in header.devices}
    stored = 0
    while raw := bytes(source.read(form.EXTENT_HEADER)):
        if cancel.is_set():
            raise EngineError("cancelled", program="vma")
        clusters = form.extent(raw, header.uuid)
        size = sum(cluster.mask.bit_count() for cluster in clusters) * BLOCK
        data = memoryview(source.read(size))
        if len(data) != size:
            raise EngineError("vma-extent", detail="cut short")
        stored += size
        at = 0
        for cluster in clusters:
            _mark(devices, seen, cluster)
            length = cluster.mask.bit_count() * BLOCK
            take(cluster, data[at : at + length])
            at += length
    for device in header.devices:
        _require_whole(device, seen[device.id])
    return stored


def _mark(devices: dict[int, Device], seen: dict[int, bytearray], cluster: Cluster) -> None:
    device = devices.get(cluster.device)
    if device is None or cluster.number >= device.clusters:
        raise EngineError("vma-cluster", device=cluster.device, number=cluster.number)
    place, bit = divmod(cluster.number, 8)
    if seen[cluster.device][place] >> bit & 1:
        raise EngineError("vma-cluster", device=cluster.device, number=cluster.number)
    seen[cluster.device][place] |= 1 << bit


def _require_whole(device: Device, seen: bytearray) -> None:
    found = int.from_bytes(seen, "little").bit_count()
    if found != device.clusters:
        raise EngineError("vma-incomplete", name=device.name, missing=device.clusters - found)
