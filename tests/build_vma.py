"""A writer of VMA archives, after vma_spec.txt; knows how to make each kind of broken one."""

from __future__ import annotations

import hashlib
import random
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

CLUSTER, BLOCK = 64 << 10, 4 << 10
UUID = bytes(range(16))
MADE = 1_795_000_000
CONFIG = b"name: tiny\nscsi0: local:vm-100-disk-0,size=1M\n"


@dataclass
class Vma:
    """What to write: disks by name, configuration files, and in which order clusters come."""

    disks: dict[str, bytes] = field(default_factory=dict)
    configs: dict[str, bytes] = field(default_factory=lambda: {"qemu-server.conf": CONFIG})
    seed: int | None = None

    def archive(self) -> bytes:
        """The archive."""
        return self.head() + b"".join(self.extents())

    def head(self) -> bytes:
        """The header."""
        blobs = bytearray(b"\0")

        def blob(data: bytes) -> int:
            at = len(blobs)
            blobs.extend(len(data).to_bytes(2, "little") + data)
            return at

        names, data = [0] * 256, [0] * 256
        for index, (name, text) in enumerate(self.configs.items()):
            names[index], data[index] = blob(name.encode() + b"\0"), blob(text)
        devices = [b"\0" * 32] * 256
        for number, (name, content) in enumerate(self.disks.items(), 1):
            at = blob(name.encode() + b"\0")
            devices[number] = struct.pack(">IIQ", at, 0, len(content)).ljust(32, b"\0")
        size = -(-(12_288 + len(blobs)) // 512) * 512
        raw = bytearray(size)
        struct.pack_into(">4sI16sq16sIII", raw, 0, b"VMA\0", 1, UUID, MADE, b"", 12_288,
                         len(blobs), size)  # fmt: skip
        struct.pack_into(">256I", raw, 2044, *names)
        struct.pack_into(">256I", raw, 3068, *data)
        raw[4096:12_288] = b"".join(devices)
        raw[12_288 : 12_288 + len(blobs)] = blobs
        return sealed(raw, 32)

    def clusters(self) -> list[tuple[int, int, int, bytes]]:
        """(device, number, mask, stored blocks) of every cluster; zeros are not stored."""
        found = []
        for device, content in enumerate(self.disks.values(), 1):
            for number in range(-(-len(content) // CLUSTER)):
                piece = content[number * CLUSTER : (number + 1) * CLUSTER].ljust(CLUSTER, b"\0")
                blocks = [piece[at : at + BLOCK] for at in range(0, CLUSTER, BLOCK)]
                kept = [(i, block) for i, block in enumerate(blocks) if any(block)]
                mask = sum(1 << i for i, _ in kept)
                found.append((device, number, mask, b"".join(block for _, block in kept)))
        if self.seed is not None:
            random.Random(self.seed).shuffle(found)
        return found

    def extents(self) -> list[bytes]:
        """The extents, up to 59 clusters each."""
        every = self.clusters()
        return [extent(every[at : at + 59]) for at in range(0, len(every), 59)]


def extent(clusters: Sequence[tuple[int, int, int, bytes]], *, uuid: bytes = UUID) -> bytes:
    """One extent of these clusters."""
    infos = [mask << 48 | device << 32 | number for device, number, mask, _ in clusters]
    blocks = sum(mask.bit_count() for _, _, mask, _ in clusters)
    raw = bytearray(512)
    struct.pack_into(">4sHH16s16s59Q", raw, 0, b"VMAE", 0, blocks, uuid, b"",
                     *infos, *[0] * (59 - len(infos)))  # fmt: skip
    return sealed(raw, 24) + b"".join(data for *_, data in clusters)


def sealed(raw: bytearray, at: int) -> bytes:
    """With the checksum at `at`, made while its field is empty."""
    raw[at : at + 16] = bytes(16)
    raw[at : at + 16] = hashlib.md5(raw, usedforsecurity=False).digest()
    return bytes(raw)


def claiming(size: int, vma: Vma) -> bytes:
    """An archive whose first disk claims to be so large, and is mostly not there."""
    raw = bytearray(vma.archive())
    raw[4096 + 32 + 8 : 4096 + 32 + 16] = size.to_bytes(8, "big")
    head = int.from_bytes(raw[56:60], "big")
    return sealed(raw[:head], 32) + raw[head:]
