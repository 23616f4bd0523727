"""Tasks begun once and followed to their end, against the fake (proxmox.md 6)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from adapters.proxmox.client import call
from adapters.proxmox.fake_answers import Ask, Route
from adapters.proxmox.fake_pve import Fake, running
from adapters.proxmox.fake_state import Died
from adapters.proxmox.lab import TOKEN, lab
from phoenix_dr.adapters.proxmox.call import Call
from phoenix_dr.adapters.proxmox.running import Patience, TaskEnd, begin, finish

BRISK = Patience(total=5, silence=1, first=0.01, longest=0.05)
AT = "/nodes/pve1/vzdump"


@dataclass
class Work:
    """What the fake's vzdump does next, and how often it was done."""

    seconds: float = 0.0
    log: tuple[str, ...] = ("INFO: starting", "INFO: working", "INFO: done")
    exitstatus: str = "OK"
    died: str = ""
    answer: str | None = None
    begun: int = 0
    done: int = 0

    def __call__(self, ask: Ask) -> str:
        """Begin a task for the guest asked for."""
        if self.answer is not None:
            return self.answer
        self.begun += 1
        return ask.state.begin(
            ask.part["node"], "vzdump", ask.params["vmid"], ask.user,
            seconds=self.seconds, log=self.log, exitstatus=self.exitstatus, effect=self._effect,
        )  # fmt: skip

    def _effect(self) -> None:
        if self.died:
            raise Died(self.died)
        self.done += 1


@pytest.fixture
def work() -> Work:
    """What vzdump will do."""
    return Work()


@pytest.fixture
def fake(work: Work) -> Iterator[Fake]:
    """A fake with a path that begins a task."""
    params = {"vmid": "i", "remove": "b", "exclude-path": "[]"}
    with running(
        lab(), routes=(Route("/nodes/{node}/vzdump", work, params, method="POST"),)
    ) as found:
        yield found


def started(client: Call) -> str:
    """Begin the task."""
    return begin(
        client, "pve1", kind="vzdump", vmid=210, method="POST",
        path=("nodes", "pve1", "vzdump"), params={"vmid": "210", "remove": "0"},
    )  # fmt: skip


def ended(client: Call, upid: str, patience: Patience = BRISK) -> TaskEnd:
    """Follow it."""
    return finish(client, "pve1", upid, cancel=threading.Event(), patience=patience)


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
