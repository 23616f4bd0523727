"""What a bad answer of a Proxmox Backup Server means (proxmox.md sections 1 and 10)."""

from __future__ import annotations

import json

from phoenix_dr.adapters._http import Refusal
from phoenix_dr.errors import EngineDenied, EngineError

LONGEST = 300
"""Characters of PBS' own words that are shown."""


def failure(engine: str, refusal: Refusal) -> EngineError | None:
    """The error of a bad answer; None for a status PBS has no meaning of its own for.

    Bodies are plain text, whatever their Content-Type says. Whatever goes wrong while answering
    is 400, so that the words alone tell a missing datastore from one in maintenance.
    """
    said = words(refusal)
    match refusal.status:
        case 401:
            return EngineDenied("pbs-token", engine=engine, detail=said)
        case 403:
            return EngineDenied("pbs-right", engine=engine, detail=said)
        case 404 | 501:
            return EngineError("pbs-unknown-path", engine=engine, detail=said)
        case 400 | 500:
            return EngineError("pbs-said", engine=engine, detail=said)
    return None


def words(refusal: Refusal) -> str:
    """What PBS said, as one short line: its text, a message in JSON, or the reason beside it."""
    body = refusal.body.decode("utf-8", "replace")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        body = str(found.get("message") or "")
    return line(body) or line(refusal.reason)


def line(text: str) -> str:
    """One short printable line."""
    plain = "".join(char if char.isprintable() else " " for char in text[: 4 * LONGEST])
    return " ".join(plain.split())[:LONGEST]
