"""Requests to siblings in a project's memory: asked with a handover, closed by evidence alone."""

from __future__ import annotations

from pathlib import Path

from phoenix_dr.app.context import Context
from phoenix_dr.app.project import close, hand_over, project
from phoenix_dr.core.request_lines import Request, Sibling
from phoenix_dr.ledger import Kind

ASKED, CLOSED = "asked", "closed"


def ask(ctx: Context, engine: str, request: Request, *, start: Path) -> bool:
    """Write what is asked of a sibling into the memory of the project `start` lies in.

    False outside a project, or when the same was asked before. Raises UsageError when the memory
    cannot be written.
    """
    here = project(start)
    if here is None or here.memory is None:
        return False
    sibling = Sibling(request.target)
    new = hand_over(here.memory, sibling, request.text, now=ctx.now().astimezone())
    said = {"to": sibling.value, "text": request.text, "state": ASKED}
    if _last(ctx, engine) != said:
        ctx.ledger.append(Kind.NOTE, _subject(engine), said, at=ctx.now())
    return new


def served(ctx: Context, engine: str, *, start: Path) -> bool:
    """Check off what was asked for this engine, since it was seen done; False when nothing was."""
    said = _last(ctx, engine)
    here = project(start) if said and said.get("state") == ASKED else None
    if said is None or here is None or here.memory is None:
        return False
    sibling, text = Sibling(said["to"]), said["text"]
    closed = close(here.memory, sibling, text, now=ctx.now().astimezone())
    ctx.ledger.append(Kind.NOTE, _subject(engine), {**said, "state": CLOSED}, at=ctx.now())
    return closed


def _last(ctx: Context, engine: str) -> dict[str, str] | None:
    rows = ctx.ledger.rows(
        kinds=(Kind.NOTE,), subject=_subject(engine), limit=1, newest_first=True
    )  # fmt: skip
    row = next(rows, None)
    return None if row is None else {key: str(value) for key, value in row.value.items()}


def _subject(engine: str) -> str:
    return f"request:{engine}"
