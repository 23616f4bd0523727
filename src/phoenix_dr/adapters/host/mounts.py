"""Mounted file systems, from the kernel's own table."""

from __future__ import annotations

import os
import re
from pathlib import Path

from phoenix_dr.adapters.host._root import below, read
from phoenix_dr.core.discovery import Mount

NETWORK = re.compile(r"nfs4?|cifs|smb3|9p|ceph|glusterfs|fuse\.(sshfs|rclone|s3fs|glusterfs)|afs")
AUTOMATIC = "autofs"
ON_DISKS = re.compile(r"ext[234]|xfs|btrfs|zfs|bcachefs|f2fs|jfs|vfat|exfat|ntfs3?|fuseblk")
OCTAL = re.compile(rb"\\([0-7]{3})")
A_LARGE_TABLE = 4_000_000


def find(root: Path) -> tuple[Mount, ...]:
    """Mounts that can hold data (disks and network shares), in the kernel's order."""
    return parse(read(below(root, "proc/self/mountinfo"), A_LARGE_TABLE) or b"")


def parse(table: bytes) -> tuple[Mount, ...]:
    """Lines of /proc/self/mountinfo (proc(5)): `… mount-point options… - type source …`."""
    found: dict[str, Mount] = {}
    for line in table.splitlines():
        before, _, after = line.partition(b" - ")
        fields, tail = before.split(), after.split()
        if len(fields) < 5 or len(tail) < 2:
            continue
        system, path = os.fsdecode(tail[0]), _plain(fields[4])
        network = bool(NETWORK.fullmatch(system))
        whole = fields[3] == b"/" or system == "btrfs"  # else a bind of a folder, seen elsewhere
        if network or (ON_DISKS.fullmatch(system) and whole):
            found[path] = Mount(path, _plain(tail[1]), system, network)
    return tuple(found.values())


def slow(root: Path) -> frozenset[str]:
    """Mount points whose listing may hang while their server is away: shares and automounts."""
    table = read(below(root, "proc/self/mountinfo"), A_LARGE_TABLE) or b""
    shares = {mount.path for mount in parse(table) if mount.network}
    for line in table.splitlines():
        if f" - {AUTOMATIC} ".encode() in line:
            shares.add(_plain(line.split()[4]))
    return frozenset(shares)


def _plain(escaped: bytes) -> str:
    return os.fsdecode(OCTAL.sub(lambda match: bytes([int(match[1], 8) & 255]), escaped))
