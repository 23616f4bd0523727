"""Two runs at once, Ctrl-C, and a run that is killed while an engine works."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from build_app import House, house
from phoenix_dr.app import backup
from phoenix_dr.errors import LedgerError
from phoenix_dr.ledger import Kind

ENDLESS = 40 << 30
"""Bytes of a file of zeros: minutes of work for restic, nothing on disk."""


@pytest.fixture
def made(tmp_path: Path) -> House:
    """A house with one destination and a good point of everything."""
    built = house(tmp_path)
    built.to_home_alone()
    assert built.backup().is_whole
    return built


@contextmanager
def running(made: House) -> Iterator[subprocess.Popen[bytes]]:
    """`phoenix backup photos` in the middle of its work, which would last for minutes."""
    endless = made.album / "endless.bin"
    endless.touch()
    os.truncate(endless, ENDLESS)
    before = len(made.starts())
    child = made.started("backup", "photos")
    try:
        until = time.monotonic() + 30
        while len(made.starts()) == before and child.poll() is None:
            assert time.monotonic() < until
            time.sleep(0.02)
        # Long enough to be inside the work of the engine.
        time.sleep(0.5)
        assert child.poll() is None
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.communicate(timeout=30)
        made.wait_for_no_engine()
        endless.unlink()


def assert_recovers(made: House) -> None:
    """Nothing half done counts, and the next run is as ever."""
    assert made.backup().is_whole
    with made.context() as ctx:
        assert ctx.ledger.verify().ok
        assert ctx.ledger.open_intents() == ()
        assert len(ctx.ledger.points("photos/album")) == 2
    assert made.left() == []
    assert made.drilled("photos").ok
    assert list((made.repository("home") / "locks").iterdir()) == []


def findings(made: House) -> set[tuple[str, str]]:
    """Findings of an audit now, by (code, subject)."""
    return {(each.code, each.subject) for each in made.audit().findings}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_stop_end_with_130_and_say_what_became_of_it(
    made: House, number: signal.Signals
) -> None:
    with running(made) as child:
        child.send_signal(number)
        _, told = child.communicate(timeout=30)
        assert child.returncode == 130
        assert b"Traceback" not in told
        assert told.strip()
        made.wait_for_no_engine()
        with made.context() as ctx:
            assert ctx.ledger.verify().ok
            assert ctx.ledger.open_intents() == ()
            last = next(ctx.ledger.rows(kinds=(Kind.OUTCOME,), limit=1, newest_first=True))
            assert last.value["ok"] is False
            assert last.value["error"] == "cancelled"
            assert len(ctx.ledger.points("photos/album")) == 1
        assert not [path for path in (made.state / "staging").rglob("*") if path.is_file()]
    assert_recovers(made)


def test_a_second_run_is_told_who_is_at_work_and_touches_nothing(made: House) -> None:
    with running(made) as child:
        before = len(made.starts())
        said = made.phoenix("backup", "photos")
        assert said.code == 1
        assert str(child.pid) in said.err
        assert len(made.starts()) == before
        with made.context() as ctx, pytest.raises(LedgerError) as caught:
            backup.backup(ctx, ("photos",))
        assert (caught.value.code, caught.value.parameters["pid"]) == ("busy", child.pid)
        # Other work goes on beside it, and takes it for alive.
        assert made.backup("wiki").is_whole
        assert ("interrupted-action", "photos/album") not in findings(made)
        with made.context() as ctx:
            assert len(ctx.ledger.open_intents()) == 1
        assert child.poll() is None
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=30)
    assert_recovers(made)


def test_killed_while_the_engine_works(made: House) -> None:
    with running(made) as child:
        child.kill()
        child.communicate(timeout=30)
        made.wait_for_no_engine()
        with made.context() as ctx:
            [left] = ctx.ledger.open_intents()
            assert ctx.ledger.verify().ok
        assert left.action.engine == "home"
        assert ("interrupted-action", "photos/album") in findings(made)
    assert_recovers(made)
    assert ("interrupted-action", "photos/album") not in findings(made)
