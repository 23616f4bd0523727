"""One SQLite file: opened safely, written under one lock, read by streams of their own."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from phoenix_dr.errors import LedgerError
from phoenix_dr.ledger.schema import APPLICATION_ID, MIGRATIONS, VERSION

BUSY_SECONDS = 30.0
"""How long a writer waits for another process before it gives up."""
_CODES = {
    sqlite3.SQLITE_BUSY: "ledger-busy",
    sqlite3.SQLITE_LOCKED: "ledger-busy",
    sqlite3.SQLITE_FULL: "ledger-full",
    sqlite3.SQLITE_READONLY: "ledger-unwritable",
    sqlite3.SQLITE_CANTOPEN: "ledger-unwritable",
    sqlite3.SQLITE_PERM: "ledger-unwritable",
    sqlite3.SQLITE_IOERR: "ledger-unwritable",
    sqlite3.SQLITE_CORRUPT: "ledger-broken",
    sqlite3.SQLITE_NOTADB: "ledger-broken",
}


class Store:
    """A ledger file. Safe to use from several threads; several processes may hold one each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        with translated(path):
            _make_file(path)
            self._connection = _connect(path)
            try:
                _prepare(self._connection, path)
            except BaseException:
                self._connection.close()
                raise

    def close(self) -> None:
        """Close the file; everything committed is on disk already."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, alone among writers; inside another one a step of it."""
        with self._lock, translated(self.path):
            begin, commit, undo = _WORDS[self._depth > 0]
            self._connection.execute(begin)
            self._depth += 1
            try:
                yield self._connection
                self._connection.execute(commit)
            except BaseException:
                for word in undo if self._connection.in_transaction else ():
                    self._connection.execute(word)
                raise
            finally:
                self._depth -= 1

    def query(self, sql: str, arguments: tuple[object, ...] = ()) -> list[Any]:
        """All rows of a short question; inside a transaction it sees what that wrote."""
        with self._lock, translated(self.path):
            return self._connection.execute(sql, arguments).fetchall()

    @contextmanager
    def stream(self) -> Iterator[sqlite3.Connection]:
        """One frozen view of what is committed, on a connection of its own, for long reading."""
        with translated(self.path), closing(_connect(self.path, mode="ro")) as connection:
            connection.execute("BEGIN")
            yield connection


_WORDS = (
    ("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",)),
    ("SAVEPOINT step", "RELEASE step", ("ROLLBACK TO step", "RELEASE step")),
)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's failures as LedgerErrors; a wrong statement of ours stays a bug."""
    try:
        yield
    except sqlite3.Error as error:
        code = _code_of(error)
        if code is None:
            raise
        raise LedgerError(code, path=str(path), detail=str(error)) from error


def _code_of(error: sqlite3.Error) -> str | None:
    if str(error).startswith(("no such table", "no such column", "Could not decode")):
        return "ledger-broken"
    # The low byte is the primary code; the rest only refines it.
    return _CODES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)


def _make_file(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.parent.stat().st_mode & 0o002:
            raise LedgerError("ledger-unsafe", path=str(path.parent))
        if not path.exists():
            # Never an existing file: closing it would drop the locks SQLite holds on it.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        # Another process made it just now.
        pass
    except OSError as error:
        raise LedgerError("ledger-unwritable", path=str(path), detail=str(error)) from error


def _connect(path: Path, *, mode: str = "rw") -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    # Else a process could look at a ledger that another one is just making.
    with _alone(path.parent):
        if _version(connection, path) == VERSION:
            return
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        version = _version(connection, path)
        for step in MIGRATIONS[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")


def _version(connection: sqlite3.Connection, path: Path) -> int:
    ((version,),) = connection.execute("PRAGMA user_version")
    ((application,),) = connection.execute("PRAGMA application_id")
    ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_schema")
    if application != APPLICATION_ID and (tables or version):
        raise LedgerError("ledger-broken", path=str(path), detail="not a ledger")
    if version > VERSION:
        raise LedgerError("ledger-newer", path=str(path), found=version, known=VERSION)
    return int(version)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
