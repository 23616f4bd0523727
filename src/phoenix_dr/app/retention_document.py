"""Writes docs/retention-policy.md: which store keeps what, how far back, why, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_atomically
from phoenix_dr.app.retention_drift import SUBJECT, digest_line, document_path, policies_digest
from phoenix_dr.core.retention_need import Proposal, Store
from phoenix_dr.errors import UsageError
from phoenix_dr.ledger import Kind
from phoenix_dr.render import retention_policy
from phoenix_dr.render.view import View


def write_policy(ctx: Context, stores: Sequence[Store], proposals: Sequence[Proposal]) -> Path:
    """Bring the document up to date, in the estate's language; what people wrote in it stays.

    Raises UsageError when it cannot be read or written.
    """
    estate, path = ctx.estate, document_path(ctx.estate)
    places = estate.locations.items()
    view = View(
        language=estate.language,
        zone=ZoneInfo(estate.timezone),
        simulated=frozenset(name for name, place in places if place.simulated),
    )
    stamp = (estate.name, digest_line(estate), ctx.now())
    text = retention_policy.update(_existing(path), stores, proposals, stamp=stamp, view=view)
    write_atomically(path, text, mode=0o644)
    _remember(ctx)
    return path


def _existing(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise UsageError(
            "policy-unreadable", path=str(path), reason=error.strerror or ""
        ) from error


def _remember(ctx: Context) -> None:
    """Note for which policies it was written, once for each."""
    rows = ctx.ledger.rows(kinds=(Kind.NOTE,), subject=SUBJECT, limit=1, newest_first=True)
    said = {"digest": policies_digest(ctx.estate)}
    if next((row.value for row in rows), None) != said:
        ctx.ledger.append(Kind.NOTE, SUBJECT, said, at=ctx.now())
