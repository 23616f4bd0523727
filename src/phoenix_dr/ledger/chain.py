"""The chain: every row carries the hash of itself and of the row before it."""

# ruff: noqa: S608 - statements are put together from constants; every value is bound.

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from phoenix_dr import codec
from phoenix_dr.ledger.payload import apply
from phoenix_dr.ledger.records import Head, Kind, Row
from phoenix_dr.ledger.schema import column, micros, moment_of, plain
from phoenix_dr.ledger.store import Store

GENESIS = "0" * 64
"""What the first row names as the row before it."""
_COLUMNS = "seq, at, kind, subject, payload, hash"
Stored = tuple[int, int, str, str, str, str]
"""A row as its columns hold it."""


def canonical(data: object) -> str:
    """JSON values as the one text that is stored and hashed."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)


def link(before: str, stored: Stored) -> str:
    """The hash of a row: SHA-256 over the hash before and `[seq,at,kind,subject,payload]`."""
    seq, at, kind, subject, payload, _ = stored
    head = canonical([seq, codec.moment_text(moment_of(at)), kind, plain(subject)])
    return hashlib.sha256(f"{before}{head[:-1]},{payload}]".encode()).hexdigest()


def row_of(stored: Stored) -> Row:
    """A stored row as it is handed out."""
    seq, at, kind, subject, payload, own = stored
    return Row(seq, moment_of(at), kind, plain(subject), payload, own)


class Chain(Store):
    """Appending to, reading and exporting the chained rows."""

    def append(self, kind: str, subject: str, value: object, *, at: datetime) -> Row:
        """Add one row. `value` is a core value or a mapping; observations have `record`."""
        if Kind(kind) is Kind.OBSERVATION:
            raise ValueError("observations are recorded, not appended")
        payload = codec.encode(value)
        with self.transaction() as connection:
            if kind == Kind.CONFIG:
                apply(connection, kind, payload, at=micros(at) // 1_000_000)
            return self.chained(connection, kind, subject, canonical(payload), at=at)

    def chained(
        self, connection: sqlite3.Connection, kind: str, subject: str, payload: str, *, at: datetime
    ) -> Row:
        """Add a row of canonical JSON inside a transaction."""
        head = connection.execute("SELECT seq, hash FROM rows ORDER BY seq DESC LIMIT 1").fetchone()
        seq, before = head or (0, GENESIS)
        unlinked = (seq + 1, micros(at), str(kind), column(subject), payload, "")
        stored = (*unlinked[:5], link(before, unlinked))
        connection.execute(f"INSERT INTO rows ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", stored)
        return row_of(stored)

    def rows(
        self,
        *,
        kinds: Iterable[str] | None = None,
        subject: str | None = None,
        since: datetime | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Row]:
        """Committed rows in order, as of the moment of asking; `since` is inclusive."""
        where, arguments = _conditions(kinds, subject, since)
        order = "DESC" if newest_first else "ASC"
        sql = f"SELECT {_COLUMNS} FROM rows{where} ORDER BY seq {order} LIMIT ?"
        with self.stream() as connection:
            for stored in connection.execute(sql, (*arguments, -1 if limit is None else limit)):
                yield row_of(stored)

    def head(self) -> Head:
        """The newest row; print its hash where an intruder cannot reach it."""
        found = self.query("SELECT seq, hash, at FROM rows ORDER BY seq DESC LIMIT 1")
        if not found:
            return Head(0, GENESIS, None)
        seq, own, at = found[0]
        return Head(seq, own, moment_of(at))

    def export(
        self, stream_write: Callable[[str], object], *, since: datetime | None = None
    ) -> None:
        """Write every row as one line of JSON, oldest first."""
        for row in self.rows(since=since):
            stream_write(_line(row))

    def newest(self, kind: str, *, subject: str | None = None, limit: int = -1) -> list[Row]:
        """Rows of one kind, newest first, including what an open transaction wrote."""
        where, arguments = _conditions((kind,), subject, None)
        sql = f"SELECT {_COLUMNS} FROM rows{where} ORDER BY seq DESC LIMIT ?"
        return [row_of(stored) for stored in self.query(sql, (*arguments, limit))]


def _line(row: Row) -> str:
    facts: dict[str, Any] = {
        "at": codec.moment_text(row.at), "hash": row.hash, "kind": row.kind,
    }  # fmt: skip
    tail = canonical({"seq": row.seq, "subject": row.subject})
    return f'{canonical(facts)[:-1]},"payload":{row.payload},{tail[1:]}\n'


def _conditions(
    kinds: Iterable[str] | None, subject: str | None, since: datetime | None
) -> tuple[str, tuple[object, ...]]:
    terms: list[str] = []
    arguments: list[object] = []
    if kinds is not None:
        wanted = [str(kind) for kind in kinds]
        terms.append(f"kind IN ({', '.join('?' * len(wanted))})")
        arguments += wanted
    if subject is not None:
        terms.append("subject = ?")
        arguments.append(column(subject))
    if since is not None:
        terms.append("at >= ?")
        arguments.append(micros(since))
    return (f" WHERE {' AND '.join(terms)}" if terms else ""), tuple(arguments)
