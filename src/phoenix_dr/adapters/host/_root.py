"""Reading below a root directory, so that a test can build a machine in a folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

AS_MUCH_AS_A_UNIT = 65_536


def below(root: Path, path: str) -> str:
    """The real path of `path` as seen from `root`."""
    return os.path.join(root, path.lstrip("/"))


def read(real: str, limit: int = AS_MUCH_AS_A_UNIT) -> bytes | None:
    """The first `limit` bytes of a regular file, None when it is none or cannot be read.

    A link as last part is not followed, and a FIFO cannot block.
    """
    try:
        descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return os.read(descriptor, limit) if regular else None
    except OSError:
        return None
    finally:
        os.close(descriptor)


def text(real: str, limit: int = AS_MUCH_AS_A_UNIT) -> str:
    """The start of a text file, empty when it cannot be read."""
    return os.fsdecode(read(real, limit) or b"")


def names(real: str) -> list[str]:
    """Names in a directory, sorted; none when it cannot be read."""
    try:
        return sorted(os.listdir(real))
    except OSError:
        return []


def is_file(real: str) -> bool:
    """Whether something that is a file, or a link to one, has this path."""
    try:
        return os.path.isfile(real)
    except ValueError:
        return False


def homes(root: Path, slow: frozenset[str]) -> Iterator[str]:
    """Home directories as seen from `root`; links and `slow` mounts are left out."""
    users = () if "/home" in slow else names(below(root, "home"))
    for path in ("/root", *(f"/home/{name}" for name in users)):
        real = below(root, path)
        if path not in slow and os.path.isdir(real) and not os.path.islink(real):
            yield path
