"""No write is ever sent twice, whatever fails; a task that began is found (proxmox.md 1, 6, 11)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.proxmox.client import SHORT, USUAL, call
from adapters.proxmox.engine import engine
from adapters.proxmox.fake_answers import Ask, Refusal, Route
from adapters.proxmox.fake_pve import Fake
from adapters.proxmox.fake_state import Fault
from adapters.proxmox.lab import TOKEN
from adapters.proxmox.work import AT, Work, ended, started, working
from phoenix_dr.adapters._http import Limits
from phoenix_dr.adapters.proxmox.call import LIMITS
from phoenix_dr.core.actions import CompactData, SaveGuest, TakePoint
from phoenix_dr.core.guard import Permit
from phoenix_dr.core.plan import Action
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable, PhoenixError, Refused

WRITE = [("POST", AT)]


@pytest.fixture
def work() -> Work:
    """What vzdump will do."""
    return Work()


@pytest.fixture
def fake(work: Work) -> Iterator[Fake]:
    """A fake with a path that begins a task."""
    with working(work) as found:
        yield found


# ---- The law ----------------------------------------------------------------------------------

LOST = {
    "596": Fault(status=596, reason="Connection timed out"),
    "599": Fault(status=599, reason="Too many redirections"),
    "597": Fault(status=597),
    "502": Fault(status=502),
    "504": Fault(status=504),
    "dropped": Fault(drop=True),
    "silent": Fault(delay=1.5, drop=True),
    "broken off": Fault(cut=True),
    "cut short": Fault(status=200, body=b'{"data":"UPID:pve'),
    "no json": Fault(status=200, body=b"<html>"),
    "no data": Fault(status=200, body=b"[]"),
}
REFUSED = {
    "500": (Fault(status=500, reason="got lock request timeout"), EngineError, "proxmox-said"),
    "595": (Fault(status=595, reason="No route"), EngineUnreachable, "proxmox-node-away"),
    "401": (Fault(status=401), EngineDenied, "proxmox-token"),
    "403": (Fault(status=403, reason="Permission check failed (/, x)"), EngineDenied,
            "proxmox-right"),
    "400": (Fault(status=400, reason="Parameter verification failed."), EngineError,
            "proxmox-said"),
    "501": (Fault(status=501), EngineError, "proxmox-unknown-path"),
    "302": (Fault(status=302), EngineError, "web-redirect"),
}  # fmt: skip


@pytest.mark.parametrize("name", LOST)
def test_11_a_write_that_was_done_but_not_answered_is_taken_up(
    fake: Fake, work: Work, name: str
) -> None:
    fake.state.faults[AT] = replace(LOST[name], done=True)
    client = call(fake, SHORT)
    upid = started(client)
    assert upid == fake.state.tasks[-1].upid
    assert ended(client, upid).ok
    assert (fake.written(), work.begun, work.done) == (WRITE, 1, 1)


@pytest.mark.parametrize("name", LOST)
def test_11_a_write_that_was_lost_is_unanswered_and_not_sent_again(
    fake: Fake, work: Work, name: str
) -> None:
    fake.state.faults[AT] = LOST[name]
    with pytest.raises(EngineUnreachable) as caught:
        started(call(fake, SHORT))
    assert caught.value.code == "write-unanswered"
    assert (fake.written(), work.begun) == (WRITE, 0)


@pytest.mark.parametrize("name", REFUSED)
def test_1_a_write_that_was_refused_says_why_and_is_not_sent_again(
    fake: Fake, work: Work, name: str
) -> None:
    fault, kind, code = REFUSED[name]
    fake.state.faults[AT] = fault
    asked = "/nodes/pve1/tasks"
    with pytest.raises(EngineError) as caught:
        started(call(fake))
    assert (type(caught.value), caught.value.code) == (kind, code)
    assert (fake.written(), work.begun) == (WRITE, 0)
    assert fake.paths().count(asked) == 1, "nothing is looked for"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("name", [*LOST, *REFUSED])
def test_no_write_of_any_kind_is_sent_twice(fake: Fake, *, name: str, method: str) -> None:
    path = "/cluster/backup/nightly"
    fake.state.faults[path] = LOST[name] if name in LOST else REFUSED[name][0]
    with pytest.raises(PhoenixError):
        call(fake, SHORT).send(method, "cluster", "backup", "nightly", enabled="0")
    assert fake.written() == [(method, path)]


def test_a_reading_is_asked_again_where_a_write_is_not(fake: Fake) -> None:
    fake.state.faults["/version"] = Fault(drop=True, times=1)
    assert call(fake).data("version")
    assert fake.paths() == ["/version"] * 2


# ---- Whose task it is -------------------------------------------------------------------------


def test_6_a_task_that_shows_up_late_is_found(fake: Fake, work: Work) -> None:
    fake.state.faults[AT] = Fault(delay=1.5)
    upid = started(call(fake, SHORT, wait=20))
    assert upid == fake.state.tasks[-1].upid
    assert (fake.written(), work.begun) == (WRITE, 1)


@pytest.mark.parametrize(
    ("kind", "vmid", "user"),
    [("vzdump", "210", "root@pam"), ("vzdump", "211", TOKEN), ("vzdump", "", TOKEN),
     ("qmstart", "210", TOKEN), ("vzdump", "210", "phoenix@pve!audit2")],
)  # fmt: skip
def test_6_a_task_of_others_begun_meanwhile_is_not_ours(
    fake: Fake, *, kind: str, vmid: str, user: str
) -> None:
    def beside(_: Ask) -> str:
        fake.state.begin("pve1", kind, vmid, user)
        raise Refusal(596, "Connection timed out")

    fake.routes = (Route(AT, beside, {"vmid": "i", "remove": "b"}, method="POST"), *fake.routes)
    with pytest.raises(EngineUnreachable) as caught:
        started(call(fake))
    assert caught.value.code == "write-unanswered"


def test_6_a_task_of_ours_that_was_there_before_is_not_taken_up(fake: Fake) -> None:
    fake.state.begin("pve1", "vzdump", "210", TOKEN, seconds=3600)
    fake.state.faults[AT] = Fault(drop=True)
    with pytest.raises(EngineUnreachable):
        started(call(fake))
    fake.state.faults[AT] = Fault(drop=True, done=True)
    assert started(call(fake)) == fake.state.tasks[-1].upid


def test_6_the_clock_of_the_node_does_not_matter(fake: Fake) -> None:
    fake.state.begin("pve1", "vzdump", "210", TOKEN)
    fake.state.epoch -= 30 * 86400
    fake.state.faults[AT] = Fault(drop=True, done=True)
    assert started(call(fake)) == fake.state.tasks[-1].upid


def test_6_of_two_new_tasks_none_is_chosen(fake: Fake, work: Work) -> None:
    def twice(ask: Ask) -> str:
        work(ask)
        work(ask)
        raise Refusal(596, "Connection timed out")

    form = {"vmid": "i", "remove": "b"}
    fake.routes = (Route("/nodes/{node}/vzdump", twice, form, method="POST"), *fake.routes)
    with pytest.raises(EngineUnreachable) as caught:
        started(call(fake))
    assert caught.value.code == "write-unanswered"
    assert "2 tasks" in str(caught.value)


def test_6_nothing_is_written_where_tasks_cannot_be_listed(fake: Fake) -> None:
    fake.state.faults["/nodes/pve1/tasks"] = Fault(status=596)
    with pytest.raises(EngineUnreachable):
        started(call(fake))
    assert fake.written() == []


def test_6_a_vzdump_on_the_wrong_node_says_ok_and_begins_nothing(fake: Fake, work: Work) -> None:
    work.answer = "OK"
    with pytest.raises(EngineError) as caught:
        started(call(fake))
    assert (caught.value.code, caught.value.parameters["detail"]) == ("proxmox-no-task", "OK")


def test_13_6_a_stale_lock_is_told_in_proxmox_own_words(fake: Fake) -> None:
    def locked(_: Ask) -> str:
        raise Refusal(500, "CT is locked (backup)")

    fake.routes = (Route(AT, locked, {"vmid": "i", "remove": "b"}, method="POST"), *fake.routes)
    with pytest.raises(EngineError) as caught:
        started(call(fake))
    assert (caught.value.code, caught.value.parameters["detail"]) == (
        "proxmox-said",
        "CT is locked (backup)",
    )
    assert fake.written() == WRITE


def test_13_10_we_wait_longer_than_a_node_waits_for_another() -> None:
    assert LIMITS.read > 30
    assert LIMITS.total > LIMITS.read
    assert LIMITS.connect > 5


# ---- Connections ------------------------------------------------------------------------------


def test_1_a_connection_that_never_came_up_was_no_write(fake: Fake) -> None:
    fake.show_another_certificate()
    client = call(fake)
    with pytest.raises(EngineUnreachable) as caught:
        client.send("POST", "nodes", "pve1", "vzdump", vmid="210")
    assert caught.value.code == "certificate-other"
    fake.url = "https://127.0.0.1:1"
    with pytest.raises(EngineUnreachable) as caught:
        call(fake).send("POST", "nodes", "pve1", "vzdump", vmid="210")
    assert caught.value.code == "network"
    assert fake.asked == []


def test_1_a_write_has_a_connection_of_its_own(fake: Fake, work: Work) -> None:
    client = call(fake)
    with client.kept():
        client.data("version")
        fake.hang_up()
        assert client.send("POST", "nodes", "pve1", "vzdump", vmid="210").startswith("UPID:")
        client.send("POST", "nodes", "pve1", "vzdump", vmid="210")
    assert (fake.connections, work.begun) == (3, 2)


def test_1_a_slow_write_ends_in_time(fake: Fake) -> None:
    fake.state.faults[AT] = Fault(delay=5)
    with pytest.raises(EngineUnreachable) as caught:
        call(fake, Limits(connect=1, read=9, total=0.3)).send("POST", "nodes", "pve1", "vzdump")
    assert caught.value.code == "write-unanswered"
    assert "timeout" in str(caught.value)


# ---- Form -------------------------------------------------------------------------------------


def test_1_forms_go_into_the_body_and_those_of_delete_into_the_query(fake: Fake) -> None:
    seen: list[dict[str, str]] = []

    def answer(ask: Ask) -> None:
        seen.append(ask.params)

    form = {"prune-backups": "s", "exclude-path": "[]", "comment": "s"}
    fake.routes = tuple(Route("/x/{id}", answer, form, method=m) for m in ("POST", "PUT", "DELETE"))
    for method in ("POST", "PUT", "DELETE"):
        given = {"prune_backups": "keep-last=3", "comment": "é"}
        call(fake).send(method, "x", "a/b c", exclude_path=("/a", "/b&=%"), **given)
    wanted = {"prune-backups": "keep-last=3", "exclude-path": "/a\0/b&=%", "comment": "é"}
    assert seen == [wanted] * 3
    assert [bool(body) for body in fake.bodies] == [True, True, False]
    assert ["?" in path for _, path in fake.asked] == [False, False, True]
    assert all("a%2Fb%20c" in path for _, path in fake.asked)


def test_a_reading_is_no_write(fake: Fake) -> None:
    with pytest.raises(ValueError, match="GET"):
        call(fake).send("GET", "version")
    assert fake.asked == []


# ---- Permits ----------------------------------------------------------------------------------


def test_only_what_is_permitted_and_ours_is_performed(fake: Fake, tmp_path: Path) -> None:
    def perform(action: Action, permitted: Action) -> str:
        with pytest.raises(PhoenixError) as caught:
            engine(fake, tmp_path, limits=USUAL).perform(
                action,
                Permit("", (permitted,)),
                progress=lambda progress: None,
                cancel=threading.Event(),
            )
        assert isinstance(caught.value, Refused | EngineError)
        return caught.value.code

    save = SaveGuest("pve1", "traefik/core", 210, "nfs")
    other = SaveGuest("pve2", "traefik/core", 210, "nfs")
    assert perform(save, other) == "not-permitted"
    assert perform(other, other) == "wrong-engine"
    take, compact = TakePoint("pve1", "a/b", ("/x",)), CompactData("pve1")
    assert [perform(each, each) for each in (take, compact)] == ["not-yet"] * 2
    assert fake.written() == []
