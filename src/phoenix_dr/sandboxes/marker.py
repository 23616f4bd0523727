"""How a folder says that it is a drill's, and that the drill is alive.

The marker carries our tag and the drill's id; the process that runs the drill holds a lock on
it, which the kernel lets go when that process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets

PREFIX = "phx-"
MARKER = ".phoenix-drill"
TAG = "phoenix-drill"
_LIMIT = 4096
"""Bytes of a marker; a hostile one is not read further."""


def try_lock(descriptor: int) -> bool:
    """Take the lock of an open file unless someone holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def put(folder: int, drill: str) -> int:
    """Mark an open folder as this drill's; the marker appears locked, or not at all.

    Returns the descriptor that holds the lock.
    """
    part = f"{MARKER}.{secrets.token_hex(4)}"
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(part, flags, 0o600, dir_fd=folder)
    try_lock(descriptor)
    os.write(descriptor, json.dumps({"tag": TAG, "drill": drill}).encode())
    os.fsync(descriptor)
    os.rename(part, MARKER, src_dir_fd=folder, dst_dir_fd=folder)
    os.fsync(folder)
    return descriptor


def open_marker(folder: int) -> int | None:
    """Descriptor of a folder's marker; None when it has none of ours."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(MARKER, flags, dir_fd=folder)
    except OSError:
        return None


def drill_of(descriptor: int) -> str | None:
    """Id of the drill that put this marker; None when it is not one of ours."""
    try:
        found = json.loads(os.pread(descriptor, _LIMIT, 0))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or found.get("tag") != TAG:
        return None
    drill = found.get("drill")
    return drill if isinstance(drill, str) else None


def is_bare(folder: int) -> bool:
    """True when a folder holds nothing but beginnings of a marker: made, then interrupted."""
    with os.scandir(folder) as entries:
        return all(entry.name.startswith(MARKER) for entry in entries)
