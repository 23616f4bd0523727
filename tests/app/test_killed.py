"""Killed at any write, Phoenix tells the truth afterwards, and the next run goes on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from build_app import House, house
from phoenix_dr.app import drills
from phoenix_dr.ledger import Kind

SCRIPT = Path(__file__).parent / "killed_run.py"
SAMPLES = 6
"""Moments tried in the fast suite, spread over a run; all of them are tried by `make test-live`."""
RUNS = {
    "backup": ("backup", "wiki"),
    "drill": ("drill", "run", "wiki"),
    "twin": ("drill", "run", "wiki", "--mutate"),
}


@pytest.fixture
def made(tmp_path: Path) -> House:
    """A house with one destination and a point of everything, and a copy of it beside."""
    built = house(tmp_path / "house")
    built.to_home_alone()
    assert built.backup().is_whole
    shutil.copytree(built.root, tmp_path / "kept")
    return built


def as_before(made: House) -> None:
    """The house as the fixture made it."""
    shutil.rmtree(made.root)
    shutil.copytree(made.root.with_name("kept"), made.root)


def run(made: House, at: int, name: str) -> subprocess.CompletedProcess[bytes]:
    """One command that is killed at this moment; 0 lets it end."""
    return subprocess.run(
        [sys.executable, str(SCRIPT), str(at), *RUNS[name]], env=made.environ, cwd=made.root,
        capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def moments(made: House, name: str) -> int:
    """How many moments a whole run has; it must end as it does without us."""
    done = run(made, 0, name)
    assert done.returncode == 0, done.stderr
    return int(done.stderr.split()[-1])


def listed(made: House) -> set[str]:
    """Ids of the snapshots that are in the repository."""
    return set(made.restic("home", "--no-lock", "list", "snapshots").split())


def assert_told_the_truth(made: House, name: str) -> None:
    """Nothing lives on, the chain is whole, and what is recorded as made is there."""
    made.wait_for_no_engine()
    with made.context() as ctx:
        assert ctx.ledger.verify().ok
        kinds = [row.kind for row in ctx.ledger.rows()]
        ended, begun = kinds.count(Kind.OUTCOME), kinds.count(Kind.INTENT)
        assert len(ctx.ledger.open_intents()) == begun - ended
        assert {point.id for point in ctx.ledger.points(engine="home")} <= listed(made)
        assert all(record.mutated is (name == "twin") for record in ctx.ledger.drills())


def assert_goes_on(made: House, name: str) -> None:
    """gc clears what drills left, a backup closes what was open, a drill passes."""
    made.using(drills.gc)
    assert made.left() == []
    assert made.backup("wiki").is_whole
    report = made.audit()
    assert report.blind_spots == ()
    with made.context() as ctx:
        assert ctx.ledger.open_intents() == ()
        assert ctx.ledger.verify().ok
        # Points a killed run made without telling the ledger were found by looking.
        assert {point.id for point in ctx.ledger.points(engine="home")} == listed(made)
    assert [path for path in (made.state / "staging").rglob("*") if path.is_file()] == []
    if name != "backup":
        assert made.drill("wiki", mutate=name == "twin").is_good
        assert made.left() == []


def kill_and_recover(made: House, name: str, at: int) -> None:
    """One killed run and what comes after it."""
    as_before(made)
    with made.unchanged():
        done = run(made, at, name)
        assert done.returncode == -9, done.stderr
        assert_told_the_truth(made, name)
        assert_goes_on(made, name)


@pytest.mark.parametrize("name", ["backup", "drill"])
def test_killed_at_some_writes(made: House, name: str) -> None:
    last = moments(made, name)
    assert last > SAMPLES
    for at in sorted({1 + index * (last - 1) // (SAMPLES - 1) for index in range(SAMPLES)}):
        kill_and_recover(made, name, at)


@pytest.mark.live
@pytest.mark.parametrize("name", RUNS)
def test_killed_at_every_write(made: House, name: str) -> None:
    for at in range(1, moments(made, name) + 1):
        kill_and_recover(made, name, at)
