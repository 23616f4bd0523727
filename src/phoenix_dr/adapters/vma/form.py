"""The form of a VMA archive: its header and the headers of its extents. Pure.

Source: vma_spec.txt of pve-qemu. Numbers are big endian, but for the length of a blob. Only the
headers carry a checksum: VMA proves its structure, never its content.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from phoenix_dr.errors import EngineError

CLUSTER = 64 << 10
BLOCK = 4 << 10
WHOLE = 0xFFFF
"""Mask of a cluster all of whose 16 blocks are stored."""
FIXED = 12_288
"""Bytes of a header before its blobs."""
EXTENT_HEADER = 512
MOST_HEADER = 16 << 20
MOST_DISK = 64 << 40
"""Bytes a disk may claim to have: a claim costs memory for the list of its clusters."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_START = struct.Struct(">4sI16sq16sIII")
_EXTENT = struct.Struct(">4sHH16s16s59Q")
_DEVICE = struct.Struct(">IIQ")


@dataclass(frozen=True, slots=True)
class Config:
    """A file of the guest's configuration, as it was when the archive was made."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Device:
    """A disk (or saved memory, `vmstate`) of the guest; `size` in bytes."""

    id: int
    name: str
    size: int

    @property
    def clusters(self) -> int:
        """How many clusters hold it; the last may be used in part."""
        return -(-self.size // CLUSTER)


@dataclass(frozen=True, slots=True)
class Header:
    """What an archive says of itself; `made_at` is UTC, `size` the header's own bytes."""

    uuid: bytes
    made_at: datetime
    size: int
    configs: tuple[Config, ...]
    devices: tuple[Device, ...]


class Cluster(NamedTuple):
    """64 KiB of a device: bit i of `mask` tells that block i is stored."""

    device: int
    number: int
    mask: int


def header_size(start: bytes) -> int:
    """The length of a whole header, from its first bytes. EngineError vma-not-one, vma-header."""
    if len(start) < _START.size or start[:4] != b"VMA\0":
        raise EngineError("vma-not-one")
    _, version, _, _, _, _, _, size = _START.unpack_from(start)
    if version != 1 or size % EXTENT_HEADER or not FIXED <= size <= MOST_HEADER:
        raise EngineError("vma-header", detail=f"version {version}, {size} bytes")
    return int(size)


def header(raw: bytes) -> Header:
    """The header in `raw`, which must be exactly one. EngineError vma-header."""
    if len(raw) != header_size(raw):
        raise EngineError("vma-header", detail="cut short")
    _, _, uuid, created, digest, offset, size, _ = _START.unpack_from(raw)
    # The checksum is made with its own field empty.
    if hashlib.md5(raw[:32] + bytes(16) + raw[48:], usedforsecurity=False).digest() != digest:
        raise EngineError("vma-header", detail="checksum")
    if offset < FIXED or offset + size > len(raw):
        raise EngineError("vma-header", detail="blobs")
    blobs = raw[offset : offset + size]
    try:
        made_at = datetime.fromtimestamp(created, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise EngineError("vma-header", detail="time") from error
    return Header(uuid, made_at, len(raw), tuple(_configs(raw, blobs)), tuple(_devices(raw, blobs)))


def _configs(raw: bytes, blobs: bytes) -> Iterator[Config]:
    names = struct.unpack_from(">256I", raw, 2044)
    data = struct.unpack_from(">256I", raw, 3068)
    for name_at, data_at in zip(names, data, strict=True):
        if name_at and data_at:
            yield Config(_name(blobs, name_at), _blob(blobs, data_at))


def _devices(raw: bytes, blobs: bytes) -> Iterator[Device]:
    seen: set[str] = set()
    for number in range(1, 256):
        name_at, _, size = _DEVICE.unpack_from(raw, 4096 + 32 * number)
        if not name_at:
            continue
        name = _name(blobs, name_at)
        if name in seen or not 0 < size <= MOST_DISK:
            raise EngineError("vma-header", detail=f"device {number}")
        seen.add(name)
        yield Device(number, name, size)


def _name(blobs: bytes, at: int) -> str:
    """A name that is safe to make a file of; an archive can spell any."""
    text = _blob(blobs, at).split(b"\0", 1)[0].decode("ascii", "replace")
    if not _NAME.fullmatch(text):
        raise EngineError("vma-header", detail="name")
    return text


def _blob(blobs: bytes, at: int) -> bytes:
    if at + 2 > len(blobs):
        raise EngineError("vma-header", detail="blob")
    length = int.from_bytes(blobs[at : at + 2], "little")
    if at + 2 + length > len(blobs):
        raise EngineError("vma-header", detail="blob")
    return blobs[at + 2 : at + 2 + length]


def extent(raw: bytes, uuid: bytes) -> tuple[Cluster, ...]:
    """The clusters an extent's header announces, in the order their blocks follow.

    EngineError vma-extent: not an extent of this archive, damaged, or it contradicts itself.
    """
    if len(raw) != EXTENT_HEADER or raw[:4] != b"VMAE" or raw[8:24] != uuid:
        raise EngineError("vma-extent", detail="not an extent of this archive")
    _, _, blocks, _, digest, *infos = _EXTENT.unpack(raw)
    if hashlib.md5(raw[:24] + bytes(16) + raw[40:], usedforsecurity=False).digest() != digest:
        raise EngineError("vma-extent", detail="checksum")
    found = tuple(
        Cluster(info >> 32 & 0xFF, info & 0xFFFFFFFF, info >> 48)
        for info in infos
        if info >> 32 & 0xFF
    )
    if sum(cluster.mask.bit_count() for cluster in found) != blocks:
        raise EngineError("vma-extent", detail="number of blocks")
    return found
