"""A whole copy of a live database, made by SQLite's online backup, never by copying files.

A copied file without its -wal is stale and still passes integrity_check (docs/drills.md).
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from phoenix_dr.core.evidence import FileHash
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

MAGIC = b"SQLite format 3\0"
_WAL_VERSION = 2
_PATIENCE_MS = 250
"""How long one try for the database's lock lasts; between tries the caller may cancel."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A copy of a database in one file: size in bytes, seconds it took to make and hash."""

    path: Path
    size: int
    sha256: str
    mtime_ns: int
    seconds: float

    @property
    def file_hash(self) -> FileHash:
        """The copy as a whole sample of itself, under its own path."""
        return FileHash(str(self.path), self.size, self.mtime_ns, self.sha256)


def stage(source: Path, into: Path, *, cancel: threading.Event, timeout: float = 60.0) -> Staged:
    """Copy the database at `source` to `into/<its name>`, as one transaction saw it.

    A symlink is followed on purpose: the database is where it leads. `into` must be a folder
    of ours. `timeout` is the seconds to wait for a writer's lock; the copying itself is one
    step that holds a read lock and cannot be cancelled. Raises EngineError `not-sqlite`,
    `sqlite-busy`, `sqlite-failed`, `cancelled`; EngineUnreachable `asset-missing`;
    EngineDenied `asset-unreadable`.
    """
    began = time.monotonic()
    real = _resolve(source)
    final = into / source.name
    part = into / f".{source.name}.part"
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    _discard(part)
    try:
        _create(part)
        with _explained(source):
            _copy(real, part, _Patience(cancel, began + timeout))
        _give_to_owner(part, real)
        _synced(part)
        part.replace(final)
        _sync_folder(into)
    finally:
        _discard(part)
    return _described(final, began)


def header_is_sqlite(path: Path) -> bool:
    """Whether the file begins as a database does; an empty file does not. Raises OSError."""
    return _header(path)[: len(MAGIC)] == MAGIC


def _resolve(source: Path) -> Path:
    try:
        real = source.resolve(strict=True)
        if not stat.S_ISREG(real.stat().st_mode) or not header_is_sqlite(real):
            raise EngineError("not-sqlite", path=str(source))
    except FileNotFoundError:
        raise EngineUnreachable("asset-missing", path=str(source)) from None
    except PermissionError:
        raise EngineDenied("asset-unreadable", path=str(source)) from None
    except (OSError, RuntimeError) as error:
        raise EngineError("sqlite-failed", path=str(source), detail=str(error)) from error
    return real


def _header(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(100)


class _Patience:
    """SQLite's progress call between two tries: gives up when told to, or when time is over."""

    def __init__(self, cancel: threading.Event, deadline: float) -> None:
        self.cancel = cancel
        self.deadline = deadline

    def __call__(self, status: int, remaining: int, total: int) -> None:
        if status not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return
        if self.cancel.is_set():
            raise EngineError("cancelled", program="sqlite")
        if time.monotonic() >= self.deadline:
            raise sqlite3.OperationalError("database is locked")


def _copy(real: Path, part: Path, patience: _Patience) -> None:
    if _is_quiet(real):
        before = _stamp(real)
        _backup(real, part, "immutable=1", patience)
        if _is_quiet(real) and _stamp(real) == before:
            return
        part.write_bytes(b"")  # a writer came: the copy may be torn
    _backup(real, part, "mode=ro", patience)


def _is_quiet(real: Path) -> bool:
    """A WAL database that nobody has open: no -wal beside it.

    Reading it normally would leave a new -wal and -shm behind, which may then belong to us and
    keep its application out. https://www.sqlite.org/wal.html#read_only_databases
    """
    in_wal_mode = _header(real)[18:19] == bytes([_WAL_VERSION])
    return in_wal_mode and not Path(f"{real}-wal").exists()


def _stamp(real: Path) -> tuple[int, ...]:
    found = real.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _backup(real: Path, part: Path, mode: str, patience: Callable[[int, int, int], None]) -> None:
    uri = f"file:{quote(os.fsencode(real))}?{mode}"
    with (
        closing(sqlite3.connect(uri, uri=True, timeout=_PATIENCE_MS / 1000)) as live,
        closing(sqlite3.connect(part)) as copy,
    ):
        copy.execute("PRAGMA synchronous=OFF")  # synced once, when whole
        live.backup(copy, pages=-1, progress=patience, sleep=0.01)
        # The copy inherits WAL mode; one file must be all of it.
        if copy.execute("PRAGMA journal_mode=DELETE").fetchone() != ("delete",):
            raise sqlite3.OperationalError("the copy keeps a journal beside it")


@contextmanager
def _explained(source: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        code = "sqlite-busy" if "locked" in str(error) else "sqlite-failed"
        if name == "SQLITE_NOTADB":
            code = "not-sqlite"
        raise EngineError(code, path=str(source), detail=str(error)) from error


def _create(part: Path) -> None:
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))


def _give_to_owner(part: Path, real: Path) -> None:
    """Owner and mode of the database: restored and put in place, its application can open it.

    What only root can give is left out for others. The folder keeps the copy private.
    """
    found = real.stat()
    with suppress(PermissionError):
        os.chown(part, found.st_uid, found.st_gid)
        part.chmod(stat.S_IMODE(found.st_mode) & 0o777 | stat.S_IRUSR | stat.S_IWUSR)


def _discard(part: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        Path(f"{part}{suffix}").unlink(missing_ok=True)


def _synced(part: Path) -> None:
    with part.open("rb+") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _described(final: Path, began: float) -> Staged:

    with final.open("rb") as file:
        sha = hashlib.file_digest(file, "sha256").hexdigest()
        found = os.fstat(file.fileno())
    return Staged(final, found.st_size, sha, found.st_mtime_ns, time.monotonic() - began)
