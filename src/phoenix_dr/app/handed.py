"""Handing jobs over as files: under the guard, never over files of others, with a note of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from phoenix_dr.app.approvals import approval_for
from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_atomically
from phoenix_dr.core.guard import permit
from phoenix_dr.core.plan import Plan
from phoenix_dr.errors import PhoenixError, UsageError
from phoenix_dr.ledger import Kind

MARKS = (
    "phoenix protect plan", "Written by phoenix generate", "Écrit par phoenix generate",
    "Written by phoenix keys", "Écrit par phoenix keys", '"phoenix keys handoff',
)  # fmt: skip
"""One stands in the head of every file written here; a file without is not overwritten."""
_HEAD = 400


def require_leave(ctx: Context, plan: Plan | None, refused: PhoenixError | None) -> None:
    """The same guard as for what is applied: whoever runs the files asks nobody any more.

    Raises ApprovalRequired when the plan would lose what nobody approved, and what refused it.
    """
    if refused is not None:
        raise refused
    if plan is not None:
        permit(plan, approval_for(ctx, plan.digest), now=ctx.now())


def write_over(
    ctx: Context, engine: str, folder: Path, texts: Mapping[str, str], *, wanted: object
) -> tuple[Path, ...]:
    """Write files into FOLDER/ENGINE and note that what is `wanted` is prepared.

    Raises UsageError when a file is there that is not ours, or the place cannot be written.
    """
    made = {folder / engine / name: text for name, text in texts.items()}
    for path in made:
        _require_ours(path)
    for path, text in made.items():
        write_atomically(path, text, mode=0o644)
    note = {"state": "prepared", "jobs": _fingerprint(wanted)}
    ctx.ledger.append(Kind.NOTE, _subject(engine), note, at=ctx.now())
    return tuple(made)


def is_prepared(ctx: Context, engine: str, wanted: object) -> bool | None:
    """Whether what is `wanted` is what was prepared last; None when nothing ever was."""
    rows = ctx.ledger.rows(
        kinds=(Kind.NOTE,), subject=_subject(engine), limit=1, newest_first=True
    )  # fmt: skip
    row = next(rows, None)
    return None if row is None else row.value.get("jobs") == _fingerprint(wanted)


def _subject(engine: str) -> str:
    return f"handoff:{engine}"


def _fingerprint(wanted: object) -> str:
    return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()


def _require_ours(path: Path) -> None:
    try:
        head = path.read_text(encoding="utf-8", errors="replace")[:_HEAD]
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError("cannot-write", path=str(path), reason=error.strerror or "") from error
    if not any(mark in head for mark in MARKS):
        raise UsageError("handoff-not-ours", path=str(path))
