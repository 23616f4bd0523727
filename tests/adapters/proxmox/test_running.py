"""Tasks begun once and followed to their end, against the fake (proxmox.md 6)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest

from adapters.proxmox.client import SHORT, call
from adapters.proxmox.fake_pve import Fake
from adapters.proxmox.fake_state import Fault
from adapters.proxmox.lab import TOKEN
from adapters.proxmox.work import AT, BRISK, Work, ended, started, working
from phoenix_dr.adapters.proxmox.running import TaskEnd, finish
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable


@pytest.fixture
def work() -> Work:
    """What vzdump will do."""
    return Work()


@pytest.fixture
def fake(work: Work) -> Iterator[Fake]:
    """A fake with a path that begins a task."""
    with working(work) as found:
        yield found


def test_6_a_task_is_begun_once_and_followed_to_its_end(fake: Fake, work: Work) -> None:
    work.seconds = 0.2
    client, told = call(fake), list[str]()
    upid = started(client)
    end = finish(client, "pve1", upid, cancel=threading.Event(), patience=BRISK, tell=told.append)
    assert end == TaskEnd(upid, True, 0, "OK", (*work.log, "TASK OK"))
    assert tuple(told) == end.lines, "each line once"
    assert (work.begun, work.done) == (1, 1)
    assert fake.written() == [("POST", AT)]
    assert fake.bodies[fake.asked.index(("POST", f"/api2/json{AT}"))] == "vmid=210&remove=0"
    assert upid.split(":")[7] == TOKEN


@pytest.mark.parametrize(
    ("said", "ok", "warnings"),
    [("OK", True, 0), ("WARNINGS: 2", True, 2), ("job errors", False, 0),
     ("unexpected status", False, 0), ("WARNINGS: many", False, 0), ("ok", False, 0)],
)  # fmt: skip
def test_6_only_ok_and_warnings_are_a_success(
    fake: Fake, work: Work, *, said: str, ok: bool, warnings: int
) -> None:
    work.exitstatus = said
    client = call(fake)
    end = ended(client, started(client))
    assert (end.ok, end.warnings, end.said) == (ok, warnings, said)


def test_6_a_task_may_die_of_what_it_does(fake: Fake, work: Work) -> None:
    work.died = "cannot remove protected archive"
    client = call(fake)
    end = ended(client, started(client))
    assert (end.ok, end.lines[-1]) == (False, f"TASK ERROR: {work.died}")
    assert work.done == 0


def test_6_a_task_that_nobody_knows_any_more_is_a_failure(fake: Fake, work: Work) -> None:
    client = call(fake)
    upid = started(client)
    fake.state.tasks.clear()
    end = ended(client, upid)
    assert (end.ok, end.said, end.lines) == (False, "no such task", ())


def test_6_a_log_is_read_in_pages_and_an_empty_one_is_empty(fake: Fake, work: Work) -> None:
    client = call(fake)
    work.log = tuple(f"line {n}" for n in range(1234))
    end = ended(client, started(client))
    assert end.lines == (*work.log, "TASK OK")
    assert len(ended(client, end.upid, replace(BRISK, lines=700)).lines) == 700
    work.log, work.exitstatus = (), "unexpected status"
    assert ended(client, started(client)).lines == ()


def test_6_a_log_that_grows_is_told_line_by_line(fake: Fake, work: Work) -> None:
    work.seconds, work.log = 0.5, tuple(f"INFO: {n}%" for n in range(40))
    client, told = call(fake), list[tuple[str, bool]]()

    def tell(line: str) -> None:
        told.append((line, fake.state.tasks[-1].endtime is None))

    upid = started(client)
    finish(client, "pve1", upid, cancel=threading.Event(), patience=BRISK, tell=tell)
    assert [line for line, _ in told] == [*work.log, "TASK OK"]
    assert told[0][1], "while it ran"


@pytest.mark.parametrize("what", ["status", "log"])
@pytest.mark.parametrize(
    "fault",
    [Fault(status=595), Fault(status=596), Fault(status=599), Fault(status=500, reason="timeout"),
     Fault(drop=True), Fault(status=502), Fault(cut=True), Fault(delay=2)],
)  # fmt: skip
def test_13_10_a_look_at_a_task_that_fails_is_asked_again(
    fake: Fake, work: Work, *, what: str, fault: Fault
) -> None:
    client = call(fake, SHORT)
    upid = started(client)
    fake.state.faults[_at(upid, what)] = replace(fault, times=1)
    with client.kept():
        end = ended(client, upid, replace(BRISK, silence=4))
    assert (end.ok, end.lines) == (True, (*work.log, "TASK OK"))
    assert fake.written() == [("POST", AT)]


def _at(upid: str, what: str) -> str:
    return f"/nodes/pve1/tasks/{quote(upid, safe='')}/{what}"


def test_13_7_a_node_that_stays_silent_ends_the_wait(fake: Fake, work: Work) -> None:
    client = call(fake)
    upid = started(client)
    fake.state.faults[_at(upid, "status")] = Fault(status=595, reason="No route to host")
    with pytest.raises(EngineUnreachable) as caught:
        ended(client, upid, replace(BRISK, silence=0.1))
    assert caught.value.code == "proxmox-node-away"


def test_13_7_a_hanging_target_holds_the_task_and_not_us(fake: Fake, work: Work) -> None:
    work.seconds = 3600
    client = call(fake)
    upid = started(client)
    with pytest.raises(EngineError) as caught:
        ended(client, upid, replace(BRISK, total=0.2))
    assert (caught.value.code, caught.value.parameters["detail"]) == ("proxmox-task-late", upid)
    assert fake.state.tasks[-1].endtime is None, "it runs on"
    assert fake.written() == [("POST", AT)]


def test_6_a_right_taken_away_meanwhile_is_told_at_once(fake: Fake, work: Work) -> None:
    work.seconds = 3600
    client = call(fake)
    upid = started(client)
    fake.state.tokens[TOKEN].expired = True
    with pytest.raises(EngineDenied):
        ended(client, upid, replace(BRISK, silence=60))


def cancelled(client_of: Fake, upid: str, *, stops: bool) -> EngineError:
    """What following a task raises once it is cancelled."""
    cancel = threading.Event()
    cancel.set()
    patience = replace(BRISK, stops=stops)
    with pytest.raises(EngineError) as caught:
        finish(call(client_of), "pve1", upid, cancel=cancel, patience=patience)
    return caught.value


def test_6_a_cancelled_task_runs_on_unless_it_is_to_be_stopped(fake: Fake, work: Work) -> None:
    work.seconds = 3600
    upid = started(call(fake))
    found = cancelled(fake, upid, stops=False)
    assert (found.code, found.parameters["program"]) == ("cancelled", "vzdump")
    assert fake.state.tasks[-1].endtime is None
    assert fake.written() == [("POST", AT)]

    assert cancelled(fake, upid, stops=True).code == "cancelled"
    assert fake.state.tasks[-1].exitstatus == "interrupted by signal"
    assert [method for method, _ in fake.written()] == ["POST", "DELETE"]
    assert work.done == 0
