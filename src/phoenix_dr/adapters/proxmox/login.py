"""Logging in to a Proxmox VE with a password, where no API token will do (proxmox.md 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from phoenix_dr.adapters._http import Refusal, Server
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

PATH = "/api2/json/access/ticket"
LIFE = 2 * 3600.0
"""Seconds a ticket is good for."""
RENEWED = LIFE - 600.0
"""Seconds after which it is renewed: with itself as the password, while it is still good."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a login gave; `made` is by the clock of the session."""

    value: str = field(repr=False)
    csrf: str = field(repr=False)
    made: float

    @property
    def headers(self) -> Mapping[str, str]:
        """What each request carries; only writes need the second."""
        cookie = f"PVEAuthCookie={quote(self.value, safe='')}"
        return {"Cookie": cookie, "CSRFPreventionToken": self.csrf}


def log_in(server: Server, user: str, *, secret: str, now: float) -> Ticket:
    """Trade a password, or a ticket that is still good, for a new ticket.

    Raises EngineDenied: proxmox-login (wrong password, unknown user or realm), proxmox-tfa (the
    user has a second factor, which nobody is there to give).
    """
    engine = server.engine
    asks = replace(server, judge=lambda refusal: _judged(engine, refusal))
    try:
        found = asks.send("POST", PATH, form={"username": user, "password": secret})
    except EngineUnreachable as error:
        if error.code != "write-unanswered":
            raise
        detail = error.parameters["detail"]
    else:
        return _ticket(engine, found, now)
    # Nothing is changed by a login, so one without an answer is no write without one.
    raise EngineUnreachable("network", engine=engine, detail=detail)


def _ticket(engine: str, found: object, now: float) -> Ticket:
    data = found.get("data") if isinstance(found, dict) else None
    data = data if isinstance(data, dict) else {}
    value, csrf = data.get("ticket"), data.get("CSRFPreventionToken")
    if str(data.get("NeedTFA") or "0") != "0" or str(value).startswith("PVE:!tfa!"):
        raise EngineDenied("proxmox-tfa", engine=engine)
    if not (isinstance(value, str) and value and _is_header(csrf)):
        raise EngineError("answer-confused", engine=engine)
    return Ticket(value, str(csrf), now)


def _is_header(text: object) -> bool:
    return isinstance(text, str) and text != "" and text.isascii() and text.isprintable()


def _judged(engine: str, refusal: Refusal) -> EngineError:
    """Words of an answer to a password are not shown: they may quote it."""
    if refusal.status in (400, 401, 403):
        return EngineDenied("proxmox-login", engine=engine)
    said = f"HTTP {refusal.status}"
    if refusal.status >= 502:
        return EngineUnreachable("network", engine=engine, detail=said)
    return EngineError("proxmox-said", engine=engine, detail=said)
