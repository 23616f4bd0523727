"""Killed at any moment, the ledger tells the truth and the next run goes on."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from build_ledger import HOUR, NOW, hours, point, seen
from phoenix_dr.core.evidence import Manifest
from phoenix_dr.core.plan import Outcome, TakePoint
from phoenix_dr.errors import LedgerError
from phoenix_dr.ledger import Ledger, open_ledger
from phoenix_dr.ledger.sqlite import SqliteLedger

TAKE = TakePoint("home", "wiki/pages", ("/srv",))


def in_child(work: Callable[[], object]) -> int:
    """Run `work` in a forked process; returns its pid."""
    if child := os.fork():
        return child
    try:
        work()
    except BaseException:
        os._exit(1)
    os._exit(0)


def status_of(child: int) -> int:
    """0 when it ended well, 1 when it failed, minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def a_backup(ledger: Ledger, done: Path) -> None:
    """What a run writes: intent, the act, its point, its outcome, a look at the engine."""
    ledger.intent("k", TAKE, at=NOW)
    done.touch()
    with ledger.batch():
        ledger.record_made(point("a", duration=HOUR), Manifest(1, 1), at=NOW)
        ledger.outcome("k", Outcome(TAKE, True, NOW, hours(1)), at=hours(1))
    ledger.record(seen(point("a", size=None), point("b", 1), at=2))


def killed_at(path: Path, statement: int, done: Path) -> int:
    """Do a backup in a child that kills itself before its n-th statement."""

    def work() -> None:
        ledger = SqliteLedger(path)
        left = [statement]

        def count(_: str) -> None:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        with ledger.transaction() as connection:
            connection.set_trace_callback(count)
        a_backup(ledger, done)

    return status_of(in_child(work))


def test_killed_at_every_statement(tmp_path: Path) -> None:
    ends = []
    for statement in range(1, 400):
        state = tmp_path / f"{statement}"
        path, done = state / "ledger.db", state / "done"
        ends.append(killed_at(path, statement, done))
        ledger = open_ledger(path)
        assert ledger.verify().ok
        kinds = [row.kind for row in ledger.rows()]
        # Truth: nothing is done without an intent, nothing is told that was not done.
        assert not done.exists() or "intent" in kinds
        assert "outcome" not in kinds or done.exists()
        assert len(ledger.open_intents()) == kinds.count("intent") - kinds.count("outcome")
        assert ("outcome" in kinds) == (ledger.manifest("home", "a") is not None)
        _next_run(ledger)
        ledger.close()
        if ends[-1] == 0:
            break
    assert ends[-1] == 0
    assert set(ends[:-1]) == {-signal.SIGKILL}
    assert len(ends) > 40


def _next_run(ledger: Ledger) -> None:
    for intent in ledger.open_intents():
        broken = Outcome(intent.action, False, intent.at, hours(3), error="interrupted")
        ledger.outcome(intent.key, broken, at=hours(3))
    ledger.record(seen(point("a"), point("b", 1), at=4))
    assert ledger.open_intents() == ()
    assert {each.id for each in ledger.points()} == {"a", "b"}
    assert ledger.verify().ok


def test_killed_while_the_ledger_is_made(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    chance = random.Random(7)
    for _ in range(25):
        child = in_child(lambda: open_ledger(path).append("note", "x", {}, at=NOW))
        time.sleep(chance.uniform(0, 0.012))
        os.kill(child, signal.SIGKILL)
        status_of(child)
        if chance.random() < 0.5:
            for left in tmp_path.iterdir():
                if left.is_file():
                    left.unlink()
    ledger = open_ledger(path)
    ledger.append("note", "after", {}, at=NOW)
    assert ledger.verify().ok


@pytest.mark.parametrize("seed", range(4))
def test_what_was_acknowledged_survives_a_kill_at_any_moment(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "ledger.db"
    reader, writer = os.pipe()

    def work() -> None:
        ledger = open_ledger(path)
        while True:
            row = ledger.append("note", "x", {"text": "y" * 500}, at=NOW)
            os.write(writer, row.seq.to_bytes(4, "big"))

    child = in_child(work)
    os.close(writer)
    os.read(reader, 4)
    time.sleep(random.Random(seed).uniform(0.01, 0.15))
    os.kill(child, signal.SIGKILL)
    assert status_of(child) == -signal.SIGKILL
    told = b""
    while more := os.read(reader, 65536):
        told += more
    os.close(reader)
    last = int.from_bytes(told[-4:], "big") if told else 1
    ledger = open_ledger(path)
    found = ledger.verify()
    assert found.ok
    assert last <= found.rows <= last + 1


def test_two_processes_append_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"

    def work(name: str) -> None:
        ledger = open_ledger(path)
        for index in range(500):
            ledger.append("note", name, {"index": index}, at=NOW)

    children = [in_child(lambda name=name: work(name)) for name in ("a", "b")]  # type: ignore[misc]
    assert [status_of(child) for child in children] == [0, 0]
    ledger = open_ledger(path)
    assert (ledger.verify().ok, ledger.head().seq) == (True, 1000)
    for name in ("a", "b"):
        assert [row.value["index"] for row in ledger.rows(subject=name)] == list(range(500))


def test_many_processes_make_one_ledger(tmp_path: Path) -> None:
    path = tmp_path / "state" / "ledger.db"
    start = time.monotonic() + 0.1

    def work() -> None:
        time.sleep(max(0.0, start - time.monotonic()))
        open_ledger(path).record(seen(point("a")))

    children = [in_child(work) for _ in range(8)]
    assert [status_of(child) for child in children] == [0] * 8
    assert (open_ledger(path).verify().ok, open_ledger(path).head().seq) == (True, 1)


def test_a_ledger_is_opened_by_one_process_at_a_time(tmp_path: Path) -> None:
    turn = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(turn, fcntl.LOCK_EX)

    def work() -> None:
        # The child inherited the turn; only the parent may hold it.
        os.close(turn)
        open_ledger(tmp_path / "ledger.db")

    child = in_child(work)
    time.sleep(0.2)
    assert os.waitpid(child, os.WNOHANG) == (0, 0)
    os.close(turn)
    assert status_of(child) == 0


def test_a_lease_keeps_a_second_run_out_until_its_holder_dies(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    reader, writer = os.pipe()

    def hold() -> None:
        with open_ledger(tmp_path / "ledger.db").lease("wiki/../pages"):
            os.write(writer, b"x")
            time.sleep(60)

    child = in_child(hold)
    os.read(reader, 1)
    with pytest.raises(LedgerError) as caught, ledger.lease("wiki/../pages"):
        pass
    assert caught.value.code == "busy"
    assert caught.value.parameters == {"what": "wiki/../pages", "pid": child}
    with ledger.lease("wiki/other"):
        pass
    os.kill(child, signal.SIGKILL)
    status_of(child)
    for _ in range(2):
        with ledger.lease("wiki/../pages"):
            pass
    os.close(reader)
    os.close(writer)


def test_a_lease_also_holds_within_one_process(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    with ledger.lease("a"), pytest.raises(LedgerError) as caught, ledger.lease("a"):
        pass
    assert caught.value.parameters["pid"] == os.getpid()
    assert (tmp_path / "leases").stat().st_mode & 0o777 == 0o700
