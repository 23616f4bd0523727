"""What a bad answer of Proxmox VE means (proxmox.md section 1)."""

from __future__ import annotations

import json
import re

from phoenix_dr.adapters._http import Refusal
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

LONGEST = 300
"""Characters of Proxmox' own words that are shown."""
NO_TOKEN = "not available with API token"  # noqa: S105 - words of an answer
UNANSWERED = frozenset({502, 503, 504, 596, 597, 598, 599})
"""After these a write may have been done: something in between gave up (section 1)."""
_CHECK = re.compile(r"Permission check failed \((.*)\)")
_AWAY = {595: "proxmox-node-away", 596: "proxmox-node-slow", 599: "proxmox-node-away"}


def failure(engine: str, refusal: Refusal, *, login: bool = False) -> EngineError | None:
    """The error of a bad answer; None for a status Proxmox has no meaning of its own for.

    A guest or storage that is not there is 500, never 404. 401 has an empty body: an expired, a
    wrong and an unknown token look the same; with `login` it was a ticket that was not taken.
    """
    said = words(refusal)
    match refusal.status:
        case 401:
            return EngineDenied("proxmox-login" if login else "proxmox-token", engine=engine)
        case 403 if NO_TOKEN in said:
            return EngineDenied("proxmox-ticket", engine=engine, detail=said)
        case 403:
            found = _CHECK.search(said)
            return EngineDenied("proxmox-right", engine=engine, detail=found[1] if found else said)
        case 400 | 500:
            return EngineError("proxmox-said", engine=engine, detail=said)
        case 501:
            return EngineError("proxmox-unknown-path", engine=engine, detail=said)
        case 595 | 596 | 599 as status:
            detail = f"{status} {said}".strip()
            return EngineUnreachable(_AWAY[status], engine=engine, detail=detail)
    return None


def unanswered(engine: str, refusal: Refusal, *, login: bool = False) -> EngineError | None:
    """The error of a bad answer to a write: as `failure`, unless it may have been done."""
    if refusal.status not in UNANSWERED:
        return failure(engine, refusal, login=login)
    detail = f"{refusal.status} {words(refusal)}".strip()
    return EngineUnreachable("write-unanswered", engine=engine, detail=detail)


def words(refusal: Refusal) -> str:
    """What Proxmox said: faults by parameter, else its message, else the reason; one short line.

    `message` is in answers of current releases only.
    """
    try:
        body = json.loads(refusal.body)
    except (ValueError, RecursionError):
        body = None
    body = body if isinstance(body, dict) else {}
    errors = body.get("errors")
    if isinstance(errors, dict) and errors:
        return _line("; ".join(f"{name}: {text}" for name, text in errors.items()))
    return _line(str(body.get("message") or refusal.reason))


def _line(text: str) -> str:
    plain = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(plain.split())[:LONGEST]
