"""One run at a time per name: a lock the kernel drops with the process that held it."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from phoenix_dr.errors import LedgerError


@contextmanager
def lease(directory: Path, name: str) -> Iterator[None]:
    """Hold `name` until left. LedgerError `busy` names who holds it now."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    own = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    # The file stays: removing it would let two runs hold two files of one name.
    handle = os.open(
        directory / f"{own}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
    )
    try:
        _take(handle, name)
        yield
    finally:
        os.close(handle)


def _take(handle: int, name: str) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(handle, 20, 0)
        pid = int(holder) if holder.isdigit() else 0
        raise LedgerError("busy", what=name, pid=pid) from None
    os.ftruncate(handle, 0)
    os.pwrite(handle, str(os.getpid()).encode(), 0)
