"""Heartbeats written into production data; a restored copy's newest one tells its real age.

A SQLite asset gets one small table of its own, a files asset one small file. Writing never
makes the application wait: a busy database is skipped, and the next beat tries again.
"""

from __future__ import annotations

import errno
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from phoenix_dr.adapters import _tree
from phoenix_dr.core.drill import canary_ok
from phoenix_dr.core.evidence import CheckResult, Level

FILE = ".phoenix-canary"
KEPT = 1000
"""Rows that stay in the table; older beats go."""
NEWEST = "SELECT beat_at FROM phoenix_canary ORDER BY id DESC LIMIT 1"
"""Asks a restored database for its newest beat."""
_MAGIC = b"SQLite format 3\0"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
_LIMIT = 64
"""Bytes of a beat; a hostile file is not read further."""


@dataclass(frozen=True, slots=True)
class Beat:
    """Whether a beat was written; else `reason` is missing, not-sqlite, busy, read-only, failed."""

    ok: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The newest beat of a restored copy (None: there is none to trust), and what it proves."""

    moment: datetime | None
    result: CheckResult


def beat_sqlite(path: Path, now: datetime, *, busy_ms: int = 200) -> Beat:
    """Write `now` into the database's canary table, waiting at most `busy_ms` for its lock."""
    try:
        real = path.resolve(strict=True)
        with real.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:  # an empty file would silently become one
                return Beat(False, "not-sqlite")
        uri = f"file:{quote(os.fsencode(real))}?mode=rw"
        with (
            closing(sqlite3.connect(uri, uri=True, timeout=busy_ms / 1000)) as database,
            _one_transaction(database),
        ):
            _write(database, now)
    except (OSError, RuntimeError, sqlite3.Error) as error:
        return Beat(False, _reason(error))
    return Beat(True)


@contextmanager
def _one_transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.isolation_level = None
    database.execute("PRAGMA trusted_schema=OFF")  # whoever owns the data may write its schema
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")


def _write(database: sqlite3.Connection, now: datetime) -> None:
    database.execute(
        "CREATE TABLE IF NOT EXISTS phoenix_canary (id INTEGER PRIMARY KEY, beat_at TEXT)"
    )
    made = database.execute("INSERT INTO phoenix_canary (beat_at) VALUES (?)", (_text(now),))
    oldest = (made.lastrowid or 0) - KEPT
    database.execute("DELETE FROM phoenix_canary WHERE id <= ?", (oldest,))


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "missing"
    if isinstance(error, PermissionError) or "readonly" in str(error):
        return "read-only"
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return "busy"
    return "failed"


def beat_file(folder: Path, now: datetime) -> Beat:
    """Put a canary file with `now` into the folder, whole or not at all."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return Beat(False, "missing")
    except NotADirectoryError:
        return Beat(False, "not-a-folder")
    except OSError as error:
        return Beat(False, _reason(error))
    try:
        _replace(descriptor, f"{_text(now)}\n".encode())
    except OSError as error:
        return Beat(False, "read-only" if error.errno == errno.EROFS else _reason(error))
    finally:
        os.close(descriptor)
    return Beat(True)


def _replace(folder: int, content: bytes) -> None:
    part = f"{FILE}.part"
    try:
        os.unlink(part, dir_fd=folder)
    except FileNotFoundError:
        pass
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(part, flags, 0o644, dir_fd=folder)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(part, FILE, src_dir_fd=folder, dst_dir_fd=folder)


def read_file(root: Path, folder: str = "") -> str | None:
    """Text of the canary file in `folder` below a restored tree, unjudged; None without one.

    Only a regular file is read, and only its first bytes; no link below `root` is followed,
    for a restored one may lead to the live data.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        with _tree.opened(root) as top, _tree.beneath(top, folder.strip("/")) as inner:
            descriptor = os.open(FILE, flags, dir_fd=inner)
    except OSError:
        return None
    try:
        return os.read(descriptor, _LIMIT).decode("ascii", "replace").removesuffix("\n")
    except OSError:
        return None
    finally:
        os.close(descriptor)


def judge(text: str | None, *, taken_at: datetime, within: timedelta) -> Reading:
    """What the newest beat of a copy proves, given when the copy was taken.

    Absent is unknown (never beaten, or not yet at that time); a moment later than the copy is
    unknown too (a clock is wrong); too old, or not a moment at all, is KO.
    """
    seconds = int(within.total_seconds())
    if text is None or text == "":
        return Reading(None, _result(None, "absent", seconds))
    moment = _moment(text)
    if moment is None:
        return Reading(None, _result(False, "garbage", seconds))
    good = canary_ok(moment, taken_at, within=within)
    state = {None: "future", True: "fresh", False: "old"}[good]
    age = int((taken_at - moment).total_seconds())
    return Reading(moment if good is not None else None, _result(good, state, seconds, age=age))


def _result(good: bool | None, state: str, within: int, *, age: int = 0) -> CheckResult:
    parameters: tuple[tuple[str, str | int], ...] = (
        ("state", state),
        ("age", age),
        ("within", within),
    )
    return CheckResult("canary", good, Level.DATA, parameters)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _moment(text: str) -> datetime | None:
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
