"""Reading the ledger for people and machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from phoenix_dr import codec
from phoenix_dr.app.context import Context
from phoenix_dr.errors import UsageError


@dataclass(frozen=True, slots=True)
class Recorded:
    """One row of the ledger with its content as JSON values."""

    seq: int
    at: datetime
    kind: str
    subject: str
    value: Any
    hash: str


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether the chain is whole; `reason` is empty when it is, `seq` the first bad row or 0."""

    ok: bool
    rows: int
    head: str
    reason: str
    seq: int


def newest(ctx: Context, *, kind: str | None, subject: str | None, limit: int) -> list[Recorded]:
    """The newest rows, filtered."""
    kinds = (kind,) if kind else None
    rows = ctx.ledger.rows(kinds=kinds, subject=subject, limit=limit, newest_first=True)
    return [Recorded(row.seq, row.at, row.kind, row.subject, row.value, row.hash) for row in rows]


def one(ctx: Context, seq: int) -> Recorded:
    """One row. Raises UsageError when there is none of this number."""
    for row in ctx.ledger.rows():
        if row.seq == seq:
            return Recorded(row.seq, row.at, row.kind, row.subject, row.value, row.hash)
    raise UsageError("row-unknown", seq=seq)


def verify(ctx: Context, head: str | None) -> Verified:
    """Recompute the chain; with `head`, that hash must be part of it."""
    found = ctx.ledger.verify(head)
    return Verified(found.ok, found.rows, found.head, found.reason, found.first_bad_seq or 0)


def export(ctx: Context, write: Callable[[str], object]) -> None:
    """Every row as one line of JSON, oldest first."""
    ctx.ledger.export(write)


def form(row: Recorded) -> dict[str, Any]:
    """A row as JSON values."""
    return {
        "seq": row.seq,
        "at": codec.encode(row.at),
        "kind": row.kind,
        "subject": row.subject,
        "value": row.value,
        "hash": row.hash,
    }
