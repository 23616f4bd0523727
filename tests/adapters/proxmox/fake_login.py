"""Who asks the fake: a token, or a user with a ticket and, for writes, its CSRF token (1)."""

from __future__ import annotations

import time
from email.message import Message
from http.cookies import CookieError, SimpleCookie
from urllib.parse import unquote

from adapters.proxmox.fake_answers import Params, Refusal
from adapters.proxmox.fake_state import State, Ticket, Token

TICKET = "/access/ticket"


def who(state: State, headers: Message, method: str) -> tuple[str, Token, bool]:
    """Name, rights, and whether it is a token; 401 looks the same for all that is wrong."""
    given = headers.get("Authorization", "")
    if given.startswith("PVEAPIToken="):
        name, _, secret = given.removeprefix("PVEAPIToken=").partition("=")
        token = state.tokens.get(name)
        if token is None or token.expired or token.secret != secret:
            raise _late(state, "Authentication failed!")
        return name, token, True
    cookie = _cookie(headers.get("Cookie", ""))
    if not cookie:
        raise _late(state, "No ticket")
    ticket = state.tickets.get(cookie)
    if ticket is None or ticket.expired or ticket.user not in state.users:
        raise _late(state, "Authentication failed!")
    if method != "GET" and headers.get("CSRFPreventionToken") != ticket.csrf:
        raise _late(state, "Permission denied - invalid csrf token")
    acl = state.users[ticket.user].acl
    return ticket.user, Token("", acl, acl), False


def log_in(state: State, params: Params) -> dict[str, object]:
    """A password, or a ticket that is good, for a ticket."""
    name, secret = params.get("username", ""), params.get("password", "")
    errors = {
        key: "property is missing and it is not optional"
        for key in ("username", "password")
        if key not in params
    }
    if errors:
        raise Refusal(400, "Parameter verification failed.", errors)
    user, held = state.users.get(name), state.tickets.get(secret)
    renewed = held is not None and held.user == name and not held.expired
    if user is None or (user.password != secret and not renewed):
        time.sleep(state.auth_delay)
        raise Refusal(401, "authentication failure")
    count = len(state.tickets)
    if user.tfa and not renewed:
        # Good for nothing but the second step.
        half = f"PVE:!tfa!%7B%7D:{count:08X}::aGFsZg=="
        return {"username": name, "ticket": half, "CSRFPreventionToken": "x", "NeedTFA": 1}
    made = f"PVE:{name}:{count:08X}::c2ln+bmF0/dXJl=="
    state.tickets[made] = Ticket(name, f"{count:08X}:csrf+{name}")
    return {
        "username": name, "ticket": made, "cap": {},
        "CSRFPreventionToken": state.tickets[made].csrf,
    }  # fmt: skip


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get("PVEAuthCookie")
    except CookieError:
        return ""
    return unquote(found.value) if found is not None else ""


def _late(state: State, words: str) -> Refusal:
    time.sleep(state.auth_delay)
    return Refusal(401, words)
