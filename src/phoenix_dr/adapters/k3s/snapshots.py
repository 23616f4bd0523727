"""Snapshots of K3s' etcd as files: which are whole, and when they were taken.

etcd ends a snapshot with the SHA-256 of all before it, so that whoever reads it can tell: its
own `snapshot status` does not, and says nothing of a cut or changed file (etcd 3.4 to 3.5).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from phoenix_dr.errors import EngineDenied, EngineError

DIGEST = 32
PAGE = 512
"""etcd looks for the hash where the file's size is a multiple of this and 32 bytes more."""
CHUNK = 1 << 20
ZIP = ".zip"
_STAMPED = re.compile(r"-(\d{9,11})(?:\.zip)?$")
"""K3s ends the names of its snapshots with seconds since 1970."""
TRIED = 10
"""Newest files looked at before the folder counts as having no whole one."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot file and when the datastore was as it is in it; `broken` newer ones are cut."""

    path: Path
    taken_at: datetime
    broken: tuple[str, ...] = ()


def newest(folder: Path) -> Snapshot:
    """The newest whole snapshot of a folder.

    Raises EngineError `k3s-no-snapshot` (with how many are broken), EngineDenied
    `asset-unreadable`.
    """
    try:
        files = [each for each in folder.iterdir() if stat.S_ISREG(each.lstat().st_mode)]
    except PermissionError:
        raise EngineDenied("asset-unreadable", path=str(folder)) from None
    except OSError:
        files = []
    broken: list[str] = []
    for path in sorted(files, key=taken_at, reverse=True)[:TRIED]:
        if is_whole(path):
            return Snapshot(path, taken_at(path), tuple(broken))
        broken.append(path.name)
    raise EngineError("k3s-no-snapshot", path=str(folder), broken=len(broken))


def taken_at(path: Path) -> datetime:
    """The moment in its name when that is not after the file's own, else the file's."""
    written = path.lstat().st_mtime
    named = _STAMPED.search(path.name)
    if named and 0 < int(named[1]) <= written:
        return datetime.fromtimestamp(int(named[1]), UTC)
    return datetime.fromtimestamp(written, UTC)


def is_whole(path: Path) -> bool:
    """Whether the hash at its end is that of what it holds, also inside a compressed one."""
    try:
        with opened(path) as file:
            return has_own_hash(file)
    except (OSError, EngineError, zipfile.BadZipFile, EOFError):
        return False


def unpacked(snapshot: Path, into: Path, *, cancel: threading.Event) -> Path:
    """A private copy of a snapshot, decompressed: what etcd's own tools read.

    Raises OSError, EngineError `cancelled`.
    """
    name = snapshot.name.removesuffix(ZIP)
    made = into / name
    with opened(snapshot) as file, closing(_fresh(made)) as copy:
        while piece := file.read(CHUNK):
            if cancel.is_set():
                raise EngineError("cancelled", program="k3s")
            copy.write(piece)
        copy.flush()
        os.fsync(copy.fileno())
    shutil.copystat(snapshot, made, follow_symlinks=False)
    made.chmod(0o600)
    return made


def opened(path: Path) -> IO[bytes]:
    """The snapshot's bytes. K3s compresses one as the only member of a zip."""
    if not path.name.endswith(ZIP):
        return path.open("rb")
    packed = zipfile.ZipFile(path)
    members = packed.infolist()
    if len(members) != 1:
        raise EngineError("k3s-no-snapshot", path=str(path), broken=1)
    return packed.open(members[0])


def has_own_hash(file: IO[bytes]) -> bool:
    """Whether bytes end with the SHA-256 of those before; an empty file does not."""
    made, held, size = hashlib.sha256(), b"", 0
    for piece in _pieces(file):
        size += len(piece)
        held += piece
        made.update(held[:-DIGEST])
        held = held[-DIGEST:]
    return size % PAGE == DIGEST and size > DIGEST and made.digest() == held


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(CHUNK):
        yield piece


def _fresh(path: Path) -> IO[bytes]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    return os.fdopen(os.open(path, flags, 0o600), "wb")
