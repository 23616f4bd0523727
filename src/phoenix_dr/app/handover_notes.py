"""What the ledger keeps of handovers: a note under each one's digest, the last of which counts."""

from __future__ import annotations

from typing import Any

from phoenix_dr.app.context import Context
from phoenix_dr.ledger import Kind

OPEN, DONE = "handed", "verified"
"""States of a handover: it waits for evidence, or evidence closed it."""


def notes(ctx: Context, subject: str) -> tuple[dict[str, Any], ...]:
    """Every handover of a kind, as it was noted last, the oldest first."""
    last: dict[str, dict[str, Any]] = {}
    for row in ctx.ledger.rows(kinds=(Kind.NOTE,), subject=subject):
        last[row.value["digest"]] = dict(row.value)
    return tuple(last.values())


def waiting(ctx: Context, subject: str) -> tuple[dict[str, Any], ...]:
    """Those of them that still wait."""
    return tuple(note for note in notes(ctx, subject) if note["state"] == OPEN)


def keep(ctx: Context, subject: str, note: dict[str, Any]) -> None:
    """Note where a handover stands now; it carries its `digest` and `state`."""
    ctx.ledger.append(Kind.NOTE, subject, note, at=ctx.now())
