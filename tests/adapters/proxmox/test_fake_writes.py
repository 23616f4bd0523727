"""The fake's writes and tasks, one test for each trap of proxmox.md that it stands for."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from adapters.proxmox.fake_answers import Ask, Route
from adapters.proxmox.fake_pve import Fake, running
from adapters.proxmox.fake_state import Died, Fault
from adapters.proxmox.lab import SEEING, TOKEN, lab, token
from adapters.proxmox.test_fake import ask, data

FORM = {"vmid": "i", "remove": "b", "exclude-path": "[]", "comment": "s"}


def _echo(ask: Ask) -> dict[str, str]:
    return ask.params


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A fake with a path to write to."""
    at = "/nodes/{node}/echo"
    routes = [Route(at, _echo, FORM, method=m, required=("vmid",)) for m in ("POST", "DELETE")]
    with running(lab(), routes=tuple(routes)) as found:
        yield found


def wrong(answer: tuple[int, str, bytes]) -> tuple[int, Any]:
    """Status and faults by name."""
    return answer[0], json.loads(answer[2])["errors"]


def test_1_a_form_counts_in_the_body_of_a_post_and_in_the_query_of_a_delete(fake: Fake) -> None:
    at, form = "/nodes/pve1/echo", "vmid=210&exclude-path=%2Fa&exclude-path=%2Fb"
    wanted = {"vmid": "210", "exclude-path": "/a\0/b"}
    for answer in (
        ask(fake, at, method="POST", body=form),
        ask(fake, f"{at}?{form}", method="DELETE"),
    ):
        assert (answer[0], json.loads(answer[2])["data"]) == (200, wanted)
    status, reason, _ = ask(fake, at, method="DELETE", body=form)
    assert (status, reason) == (501, "Unexpected content for method 'DELETE'")


def test_1_a_path_knows_its_methods(fake: Fake) -> None:
    status, reason, _ = ask(fake, "/nodes/pve1/echo", method="PUT", body="vmid=1")
    assert (status, reason) == (501, "Method 'PUT /nodes/pve1/echo' not implemented")


def test_1_a_write_is_checked_like_a_reading_and_only_lists_repeat(fake: Fake) -> None:
    at = "/nodes/pve1/echo"
    status, errors = wrong(ask(fake, at, method="POST", body="remove=true&x=1&comment=a&comment=b"))
    assert status == 400
    assert errors == {
        "vmid": "property is missing and it is not optional",
        "remove": "type check ('boolean') failed - got 'true'",
        "x": "property is not defined in schema and the schema does not allow "
        "additional properties",
        "comment": "type check ('string') failed - got ARRAY",
    }
    fake.state.nodes["pve1"] = False
    assert ask(fake, at, method="POST", body="x=1")[0] == 595, "an offline node hides them"


def status(fake: Fake, upid: str) -> dict[str, Any]:
    """A task as its status has it."""
    found = data(fake, f"/nodes/pve1/tasks/{quote(upid)}/status")
    assert isinstance(found, dict)
    return found


def log(fake: Fake, upid: str) -> list[str]:
    """Its log."""
    return [row["t"] for row in data(fake, f"/nodes/pve1/tasks/{quote(upid)}/log?limit=0")]


def test_6_a_task_has_its_effect_when_it_is_due(fake: Fake) -> None:
    done: list[int] = []
    upid = fake.state.begin(
        "pve1", "vzdump", "210", TOKEN, seconds=0.3, log=("a", "b"), effect=lambda: done.append(1)
    )
    assert (status(fake, upid)["status"], done) == ("running", [])
    while status(fake, upid)["status"] == "running":
        time.sleep(0.02)
    assert (status(fake, upid)["exitstatus"], done) == ("OK", [1])
    assert log(fake, upid) == ["a", "b", "TASK OK"]


@pytest.mark.parametrize(
    ("said", "last"),
    [("OK", "TASK OK"), ("WARNINGS: 2", "TASK WARNINGS: 2"), ("no", "TASK ERROR: no"),
     ("unexpected status", "a")],
)  # fmt: skip
def test_6_the_last_line_of_a_log_says_how_it_ended(fake: Fake, said: str, last: str) -> None:
    upid = fake.state.begin("pve1", "vzdump", "210", TOKEN, log=("a",), exitstatus=said)
    assert log(fake, upid)[-1] == last
    assert status(fake, upid)["exitstatus"] == said


def test_6_a_task_that_failed_had_no_effect_and_one_may_die_of_it(fake: Fake) -> None:
    def die() -> None:
        raise Died("cannot remove protected archive")

    upid = fake.state.begin("pve1", "imgdel", "nfs", TOKEN, effect=die)
    assert status(fake, upid)["exitstatus"] == "cannot remove protected archive"
    upid = fake.state.begin("pve1", "imgdel", "nfs", TOKEN, exitstatus="job errors", effect=die)
    assert status(fake, upid)["exitstatus"] == "job errors"


def test_6_a_upid_names_node_type_guest_and_who_began_it(fake: Fake) -> None:
    one, two = (fake.state.begin("pve1", "vzdump", "210", TOKEN) for _ in range(2))
    assert one != two
    head, node, pid, pstart, start, kind, guest, user, end = one.split(":")
    assert (head, node, kind, guest, user, end) == ("UPID", "pve1", "vzdump", "210", TOKEN, "")
    assert [len(each) for each in (pid, pstart, start)] == [8, 8, 8]
    assert int(start, 16) == data(fake, "/nodes/pve1/tasks?vmid=210")[0]["starttime"]
    assert len(data(fake, "/nodes/pve1/tasks?vmid=210&source=all")) == 2
    assert data(fake, "/nodes/pve1/tasks?vmid=211&source=all") == []


def test_6_a_task_is_stopped_by_its_owner_or_whoever_may_modify(fake: Fake) -> None:
    own = fake.state.begin("pve1", "vzdump", "210", TOKEN, seconds=3600)
    others = fake.state.begin("pve1", "vzdump", "211", "root@pam", seconds=3600)
    fake.state.tokens[TOKEN] = token(SEEING)
    assert ask(fake, f"/nodes/pve1/tasks/{quote(own)}", method="DELETE")[0] == 200
    assert status(fake, own)["exitstatus"] == "interrupted by signal"
    assert log(fake, own)[-1] == "TASK ERROR: interrupted by signal"
    assert ask(fake, f"/nodes/pve1/tasks/{quote(others)}", method="DELETE")[0] == 403
    assert status(fake, others)["status"] == "running"
    gone = quote(own.replace("210", "999"))
    found = wrong(ask(fake, f"/nodes/pve1/tasks/{gone}", method="DELETE"))
    assert found == (400, {"upid": "no such task"})


def test_11_a_write_may_be_done_and_its_answer_lost(fake: Fake) -> None:
    at, done = "/nodes/pve1/echo", list[dict[str, str]]()
    fake.routes = (Route(at, lambda ask: done.append(ask.params), FORM, method="POST"),)
    fake.state.faults[at] = Fault(drop=True, done=True, method="POST", times=1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError, ssl.SSLError)):
        ask(fake, at, method="POST", body="vmid=1")
    assert done == [{"vmid": "1"}]
    fake.state.faults[at] = Fault(cut=True)
    with pytest.raises((http.client.IncompleteRead, ConnectionError, ssl.SSLError)):
        ask(fake, at, method="POST", body="vmid=1")
    assert len(done) == 1, "without `done` nothing was"
    fake.state.faults[at] = Fault(drop=True, method="PUT")
    assert ask(fake, at, method="POST", body="vmid=2")[0] == 200
    assert fake.written() == [("POST", at)] * 3
