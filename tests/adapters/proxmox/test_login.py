"""Logging in with a password: one ticket a look, renewed, and in no error (proxmox.md 1)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

import pytest

from adapters.proxmox.client import SHORT, USUAL, call
from adapters.proxmox.engine import engine, places
from adapters.proxmox.fake_answers import Ask, Route
from adapters.proxmox.fake_pve import Fake, running
from adapters.proxmox.fake_state import Fault, User
from adapters.proxmox.lab import NOW, SEEING, lab
from adapters.proxmox.test_fake import Answer, ask
from phoenix_dr.adapters.proxmox import Proxmox
from phoenix_dr.adapters.proxmox.login import LIFE, RENEWED
from phoenix_dr.adapters.proxmox.rights import roles
from phoenix_dr.adapters.proxmox.running import Patience, begin, finish
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

ROOT, PASSWORD = "root@pam", "correct horse & ü +%"
LOGIN = ("POST", "/access/ticket")


def _root_only(ask: Ask) -> str:
    return ask.user


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A fake with a user beside the token, and paths closed to tokens."""
    state = lab()
    state.users[ROOT] = User(PASSWORD)
    routes = (
        Route("/access/tfa", _root_only, ticket_only=True),
        Route("/access/password", _root_only, {"userid": "s"}, method="PUT", ticket_only=True),
    )
    with running(state, routes=routes) as found:
        yield found


def with_cookie(
    fake: Fake, path: str, cookie: str, *, method: str = "GET", csrf: str = ""
) -> Answer:
    """An answer to a ticket."""
    headers = {"Cookie": f"PVEAuthCookie={quote(cookie, safe='')}"}
    headers |= {"CSRFPreventionToken": csrf} if csrf else {}
    return ask(fake, path, method=method, auth=None, headers=headers)


def entered(fake: Fake, user: str = ROOT, password: str = PASSWORD) -> Answer:
    """The answer to a login."""
    form = urlencode({"username": user, "password": password})
    return ask(fake, "/access/ticket", method="POST", body=form, auth=None)


def test_1_a_login_gives_a_ticket_and_a_failed_one_is_401_with_a_body(fake: Fake) -> None:
    assert entered(fake)[0] == 200
    said = b'{"data": null, "message": "authentication failure\\n"}'
    words = (401, "authentication failure", said)
    assert entered(fake, password="wrong") == words
    assert entered(fake, "nobody@pve") == words
    [value] = fake.state.tickets
    assert with_cookie(fake, "/version", value)[0] == 200
    assert entered(fake, password=value)[0] == 200, "a ticket is a password too"
    fake.state.tickets[value].expired = True
    assert with_cookie(fake, "/version", value) == (401, "Authentication failed!", b"")
    assert entered(fake, password=value) == words


def test_1_every_write_needs_the_csrf_token_of_its_ticket(fake: Fake) -> None:
    entered(fake)
    [(value, ticket)] = fake.state.tickets.items()
    refused = (401, "Permission denied - invalid csrf token", b"")
    assert with_cookie(fake, "/access/password", value, method="PUT") == refused
    assert with_cookie(fake, "/access/password", value, csrf="other", method="PUT") == refused
    assert with_cookie(fake, "/access/password", value, csrf=ticket.csrf, method="PUT")[0] == 200
    assert with_cookie(fake, "/foo", value, method="PUT")[0] == 401, "before the path is looked at"
    assert ask(fake, "/foo", method="PUT")[0] == 501, "a token needs none"


def test_1_some_paths_are_closed_to_tokens(fake: Fake) -> None:
    status, reason, _ = ask(fake, "/access/tfa")
    assert status == 403
    assert "(URI '/access/tfa' not available with API token, need proper ticket.)" in reason
    with pytest.raises(EngineDenied) as caught:
        call(fake).data("access", "tfa")
    assert caught.value.code == "proxmox-ticket"
    assert call(fake, user=ROOT, secret=PASSWORD).data("access", "tfa") == ROOT


def logins(fake: Fake) -> int:
    """How often somebody logged in."""
    return fake.written().count(LOGIN)


def test_1_a_look_logs_in_once_and_writes_with_the_csrf_token(fake: Fake) -> None:
    client = call(fake, user=ROOT, secret=PASSWORD)
    with client.kept():
        for _ in range(3):
            client.data("version")
        assert client.send("PUT", "access", "password", userid=ROOT) == ROOT
    assert logins(fake) == 1
    for _ in range(2):
        client.data("version")
    assert logins(fake) == 3, "outside of a look nothing is kept"
    cookie = quote(next(iter(fake.state.tickets)), safe="")
    assert fake.headers[1]["Cookie"] == f"PVEAuthCookie={cookie}"
    assert not any("Authorization" in headers for headers in fake.headers)


def test_1_questions_side_by_side_log_in_once(fake: Fake) -> None:
    client = call(fake, user=ROOT, secret=PASSWORD)
    with client.kept():
        client.each([lambda: client.data("version")] * 8)
    assert logins(fake) == 1


def by_login(fake: Fake, root: Path) -> Proxmox:
    """The engine, with a user instead of a token."""
    made = engine(fake, root)
    settings = {**made.spec.settings, "user": ROOT}
    here = replace(places(root), environ={"PVE": PASSWORD})
    return Proxmox(replace(made.spec, settings=settings), here, limits=USUAL)


def test_1_a_look_of_an_engine_is_one_login_and_sees_the_same(fake: Fake, tmp_path: Path) -> None:
    fake.state.users[ROOT].acl = SEEING
    evidence = by_login(fake, tmp_path).observe(now=NOW)
    assert evidence == engine(fake, tmp_path).observe(now=NOW)
    assert logins(fake) == 1


def test_1_a_ticket_is_renewed_with_itself_before_two_hours(fake: Fake) -> None:
    now = 0.0
    client = call(fake, user=ROOT, secret=PASSWORD, clock=lambda: now)
    with client.kept():
        client.data("version")
        first = next(iter(fake.state.tickets))
        now = RENEWED - 1
        client.data("version")
        assert logins(fake) == 1
        now = RENEWED + 1
        client.data("version")
        assert logins(fake) == 2
        assert form(fake, -2)["password"] == first, "the ticket, not the password"
        now += LIFE + 1
        client.data("version")
        assert form(fake, -2)["password"] == PASSWORD, "too old to be renewed"
        now += RENEWED + 1
        for ticket in fake.state.tickets.values():
            ticket.expired = True
        client.data("version")
        assert form(fake, -2)["password"] == PASSWORD, "the renewal was refused"


def form(fake: Fake, at: int) -> dict[str, str]:
    """What was posted in one request."""
    return dict(parse_qsl(fake.bodies[at]))


def test_1_a_ticket_that_ends_early_is_replaced_for_a_reading(fake: Fake) -> None:
    client = call(fake, user=ROOT, secret=PASSWORD)
    with client.kept():
        client.data("version")
        fake.state.tickets.clear()
        assert client.data("version")["version"] == "9.1.3"
        fake.state.tickets.clear()
        with pytest.raises(EngineDenied):
            client.send("PUT", "access", "password", userid=ROOT)
    assert fake.written().count(("PUT", "/access/password")) == 1, "a write is never sent again"


def test_1_a_wrong_password_is_told_once_and_never_shown(fake: Fake) -> None:
    client = call(fake, user=ROOT, secret="wrong-and-secret")
    with pytest.raises(EngineDenied) as caught:
        client.data("version")
    assert caught.value.code == "proxmox-login"
    assert logins(fake) == 1, "a user is locked out by tries"
    assert "wrong-and-secret" not in repr(caught.value) + str(caught.value)


def test_1_a_second_factor_needs_a_token(fake: Fake) -> None:
    fake.state.users[ROOT].tfa = True
    with pytest.raises(EngineDenied) as caught:
        call(fake, user=ROOT, secret=PASSWORD).data("version")
    assert caught.value.code == "proxmox-tfa"
    assert fake.paths() == ["/access/ticket"]


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (Fault(drop=True), EngineUnreachable, "network"),
        (Fault(status=596, reason="Connection timed out"), EngineUnreachable, "network"),
        (Fault(status=500, body=PASSWORD.encode(), reason="x"), EngineError, "proxmox-said"),
        (Fault(status=400, body=PASSWORD.encode(), reason="x"), EngineDenied, "proxmox-login"),
        (Fault(status=200, body=b"[]"), EngineError, "answer-confused"),
        (Fault(status=200, body=b'{"data":{"ticket":"a"}}'), EngineError, "answer-confused"),
        (Fault(status=200, body=b'{"data":{"ticket":"a","CSRFPreventionToken":"b\\r\\nX: y"}}'),
         EngineError, "answer-confused"),
        (Fault(delay=2), EngineUnreachable, "network"),
    ],
)  # fmt: skip
def test_1_a_login_that_fails_otherwise(
    fake: Fake, *, fault: Fault, kind: type[EngineError], code: str
) -> None:
    fake.state.faults["/access/ticket"] = fault
    with pytest.raises(EngineError) as caught:
        call(fake, SHORT, user=ROOT, secret=PASSWORD).data("version")
    assert (type(caught.value), caught.value.code) == (kind, code)
    assert "horse" not in str(caught.value) + repr(caught.value)
    assert fake.paths() == ["/access/ticket"], "once, and nothing after it"


def test_6_tasks_of_a_user_are_its_own(fake: Fake) -> None:
    client = call(fake, user=ROOT, secret=PASSWORD)
    assert client.token_id() == ROOT
    route = Route("/nodes/{node}/vzdump", _vzdump, {"vmid": "i"}, method="POST")
    fake.routes = (route, *fake.routes)
    at = ("nodes", "pve1", "vzdump")
    fake.state.faults["/" + "/".join(at)] = Fault(done=True, drop=True)
    with client.kept():
        upid = begin(
            client, "pve1", kind="vzdump", vmid=210, method="POST", path=at, params={"vmid": "210"}
        )
        end = finish(client, "pve1", upid, cancel=threading.Event(), patience=Patience())
    assert (end.ok, upid.split(":")[7]) == (True, ROOT)
    assert logins(fake) == 1


def _vzdump(ask: Ask) -> str:
    return ask.state.begin(ask.part["node"], "vzdump", ask.params["vmid"], ask.user)


def test_11_lines_for_a_user_name_no_token(fake: Fake, tmp_path: Path) -> None:
    lines = [line for role in roles("ops@pve", ["nfs"]) for line in role.lines]
    assert "pveum acl modify / --roles PVEAuditor --users ops@pve" in lines
    assert not any("token" in line or "!" in line for line in lines)
    assert roles(ROOT, ["nfs"]) == (), "it may do everything"
    found = by_login(fake, tmp_path).rights()
    assert (found.version, found.roles) == ("9.1.3", ())
    assert logins(fake) == 1
