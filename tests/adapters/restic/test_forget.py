"""Snapshots forgotten and pruned in real repositories, by both versions of restic."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from build_restic import BOTH, NOW, ONE, SHORT, Bench, bench, place_empty, used
from phoenix_dr.adapters.base import Done
from phoenix_dr.adapters.restic import forget, parse
from phoenix_dr.adapters.restic.call import Patience
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.guard import Approval, permit
from phoenix_dr.core.plan import Action, CompactData, ForgetPoints, Ground, TakePoint, make_plan
from phoenix_dr.errors import PhoenixError

PAGES, TABLES = "wiki/pages", "wiki/tables"
COMPACT = CompactData("home")


@dataclass(frozen=True)
class Stock:
    """A repository with three points of one asset, one of another and one of a stranger."""

    it: Bench
    pages: tuple[str, ...]
    tables: str
    foreign: str

    def ids(self) -> set[str]:
        """Every snapshot, asked of restic itself."""
        return ids(self.it)

    def only(self, *left: str) -> bool:
        """Whether exactly these are there."""
        return self.ids() == set(left)


def ids(it: Bench) -> set[str]:
    """Every snapshot of a repository."""
    out, said = it.by_hand("snapshots", "--json", "--no-lock", "--no-cache").communicate()
    assert out, said
    return {row["id"] for row in json.loads(out)}


@cache
def _template(version: str) -> tuple[Path, Path, tuple[str, ...]]:
    root = Path(tempfile.mkdtemp(prefix="forget-", dir=os.environ["HOME"]))
    it = bench(root, version)
    place_empty(it.repository)
    made: list[str] = []
    for asset in (PAGES, PAGES, PAGES, TABLES):
        # Each has data of its own, so that pruning has something to free.
        (it.source / "page.txt").write_bytes(os.urandom(300_000))
        [point] = it.do(TakePoint("home", asset, (str(it.source),))).made
        made.append(point.id)
    it.by_hand("backup", "--tag", "asset:wiki/pages", "--", str(it.source)).communicate()
    [foreign] = ids(it) - set(made)
    return it.repository, it.source, (*made, foreign)


def stocked(root: Path, version: str) -> Stock:
    """A stock of one's own."""
    repository, source, (*pages, tables, foreign) = _template(version)
    it, _ = used(root, version)
    shutil.rmtree(it.repository)
    shutil.copytree(repository, it.repository)
    return Stock(replace(it, source=source), tuple(pages), tables, foreign)


def do(it: Bench, action: Action) -> Done:
    """Perform one action under an approved permit, planned on what was held then."""
    lanes = {}
    if isinstance(action, ForgetPoints):
        some = RecoveryPoint("", action.asset, "home", "shelf", NOW)
        held = (*action.points, "one that stays")
        lanes["home", action.asset] = tuple(replace(some, id=each) for each in held)
    plan = make_plan([action], Ground(lanes))
    approval = Approval(plan.digest, "somebody", NOW + timedelta(hours=1))
    leave = permit(plan, approval, now=NOW)
    return it.engine.perform(action, leave, progress=it.seen.append, cancel=it.cancel)


def forgetting(*points: str) -> ForgetPoints:
    """An action that forgets points of the pages."""
    return ForgetPoints("home", PAGES, points)


def error(it: Bench, action: Action) -> PhoenixError:
    """The error an action ends in."""
    with pytest.raises(PhoenixError) as caught:
        do(it, action)
    return caught.value


def waited(condition: Callable[[], object], seconds: float = 15.0) -> bool:
    """Whether a call came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return False


def locks(it: Bench) -> list[str]:
    """Names of complete locks in the repository."""
    return [name for name in os.listdir(it.repository / "locks") if len(name) == 64]


@contextmanager
def locked(it: Bench) -> Iterator[subprocess.Popen[bytes]]:
    """Somebody else's backup holds the repository, with nothing to read yet."""
    holder = it.by_hand("backup", "--stdin", "--stdin-filename", "slow")
    assert waited(lambda: locks(it))
    try:
        yield holder
    finally:
        # Asked with INT, it removes its lock and makes no snapshot.
        holder.send_signal(signal.SIGINT)
        holder.communicate(timeout=30)


def size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@BOTH
def test_exactly_the_named_go_and_compacting_frees_their_space(
    tmp_path: Path, version: str
) -> None:
    stock = stocked(tmp_path, version)
    it, (first, second, third) = stock.it, stock.pages
    whole = size(it.repository / "data")
    assert do(it, forgetting(first, third)).note == "points=2"
    assert stock.only(second, stock.tables, stock.foreign)
    assert size(it.repository / "data") == whole
    done = do(it, COMPACT)
    freed = whole - size(it.repository / "data")
    assert freed > 500_000
    assert abs(int(done.note.removeprefix("freed=")) - freed) < 20_000
    assert stock.only(second, stock.tables, stock.foreign)
    checking = it.by_hand("check", "--read-data", "--no-cache")
    checking.communicate(timeout=60)
    assert checking.returncode == 0


@BOTH
def test_a_vanished_or_foreign_point_stops_everything(tmp_path: Path, version: str) -> None:
    stock = stocked(tmp_path, version)
    kept, *rest = stock.pages
    others = ("0" * 64, stock.foreign, stock.tables, kept[:8])
    for other in others:
        found = error(stock.it, forgetting(kept, other))
        assert (found.code, found.exit_code) == ("points-changed", 21)
        assert found.parameters["point"] == other
    assert stock.only(*stock.pages, stock.tables, stock.foreign)
    # The broken twin: the same point alone may go.
    do(stock.it, forgetting(kept))
    assert stock.only(*rest, stock.tables, stock.foreign)


@ONE
def test_a_point_without_the_tag_of_this_asset_is_refused(tmp_path: Path, version: str) -> None:
    stock = stocked(tmp_path, version)
    first = stock.pages[0]
    stock.it.by_hand("tag", "--remove", "phoenix", "--no-cache", first).communicate()
    [changed] = ids(stock.it) - {*stock.pages, stock.tables, stock.foreign}
    for point in (first, changed):
        assert error(stock.it, forgetting(point)).code == "points-changed"
    assert changed in stock.ids()


@ONE
def test_what_is_said_to_be_gone_is_looked_for(tmp_path: Path, version: str) -> None:
    stock = stocked(tmp_path, version)
    real, lazy = stock.it.engine.spec.program, tmp_path / "lazy"
    lazy.write_text(f'#!/bin/sh\ncase " $* " in *" forget "*) exit 0;; esac\nexec {real} "$@"\n')
    lazy.chmod(0o755)
    found = error(stock.it.changed(program=str(lazy)), forgetting(*stock.pages[:2]))
    assert (found.code, found.parameters["count"]) == ("forget-incomplete", 2)


@ONE
def test_hidden_snapshots_stop_everything(tmp_path: Path, version: str) -> None:
    stock = stocked(tmp_path, version)
    damaged = stock.it.repository / "snapshots" / stock.pages[2]
    damaged.chmod(0o600)
    damaged.write_bytes(b"nothing restic can read")
    assert error(stock.it, forgetting(stock.pages[0])).code == "snapshot-unreadable"
    assert (stock.it.repository / "snapshots" / stock.pages[0]).exists()


@BOTH
def test_a_foreign_lock_is_waited_for_and_stays(tmp_path: Path, version: str) -> None:
    stock = stocked(tmp_path, version)
    with locked(stock.it) as holder:
        before = locks(stock.it)
        patient = stock.it.changed(patience=replace(SHORT, lock=1.0))
        for action in (forgetting(stock.pages[0]), COMPACT):
            started = time.monotonic()
            found = error(patient, action)
            assert time.monotonic() - started > 1.0
            assert found.code == "repository-locked"
            assert f"PID {holder.pid})" in str(found.parameters["holder"])
        assert locks(stock.it) == before
        assert stock.only(*stock.pages, stock.tables, stock.foreign)
        timer = threading.Timer(0.5, holder.send_signal, (signal.SIGINT,))
        timer.start()
        waiting = stock.it.changed(patience=Patience(lock=20.0, retry=0.1))
        do(waiting, forgetting(stock.pages[0]))
        timer.join()
    assert stock.only(*stock.pages[1:], stock.tables, stock.foreign)


KILLED = """
import sys
sys.path[:0] = {path!r}
from pathlib import Path
from build_restic import Bench, Restic, SHORT, places, EngineSpec, SecretRef
from test_forget import do, forgetting
root = Path({root!r})
spec = EngineSpec("home", "restic", {repository!r}, {{"": "shelf"}},
                  password=SecretRef("file", str(root / "password")), program={program!r})
do(Bench(root, root, Restic(spec, places(root), patience=SHORT)), forgetting(*{points!r}))
"""


@BOTH
def test_a_killed_run_that_is_repeated_ends_the_same(tmp_path: Path, version: str) -> None:
    stock = stocked(tmp_path, version)
    gone = stock.pages[:2]
    code = KILLED.format(
        path=[str(Path(__file__).parent), *sys.path], root=str(tmp_path), points=gone,
        repository=str(stock.it.repository), program=stock.it.engine.spec.program,
    )  # fmt: skip
    phoenix = subprocess.Popen([sys.executable, "-c", code])
    try:
        assert waited(lambda: locks(stock.it))
    finally:
        phoenix.kill()
        phoenix.wait()
    # 0.14 leaves a lock it is just making when asked to end; a person removes that one.
    if not waited(lambda: not locks(stock.it), 3.0):
        stock.it.by_hand("unlock").communicate()
    left = [point for point in gone if point in stock.ids()]
    if left:
        do(stock.it, forgetting(*left))
    assert stock.only(stock.pages[2], stock.tables, stock.foreign)


@ONE
def test_a_run_cut_between_two_points_is_planned_again_and_ends_the_same(
    tmp_path: Path, version: str
) -> None:
    stock = stocked(tmp_path, version)
    real, dying = stock.it.engine.spec.program, tmp_path / "dying"
    # It ends as if by the kernel, in the middle of two points.
    dying.write_text(
        f'#!/bin/sh\ncase " $* " in *" forget "*)\n'
        f"{real} forget -- {stock.pages[0]} >/dev/null; kill -9 $$;; esac\n"
        f'exec {real} "$@"\n'
    )
    dying.chmod(0o755)
    gone = stock.pages[:2]
    assert error(stock.it.changed(program=str(dying)), forgetting(*gone)).code == "engine-failed"
    assert stock.only(*stock.pages[1:], stock.tables, stock.foreign)
    # What was planned is no more: it has to be planned again, and then ends the same.
    assert error(stock.it, forgetting(*gone)).code == "points-changed"
    do(stock.it, forgetting(gone[1]))
    assert stock.only(stock.pages[2], stock.tables, stock.foreign)


@ONE
def test_long_lists_are_named_piece_by_piece(
    tmp_path: Path, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forget, "AT_ONCE", 2)
    stock = stocked(tmp_path, version)
    it, log = stock.it.counted()
    assert do(it, forgetting(*stock.pages)).note == "points=3"
    named = [call.split(" -- ")[1] for call in log.read_text().splitlines() if " -- " in call]
    assert named == [" ".join(stock.pages[:2]), stock.pages[2]]
    assert stock.only(stock.tables, stock.foreign)


@ONE
def test_a_repository_nobody_may_write_to(tmp_path: Path, version: str) -> None:
    stock = stocked(tmp_path, version)
    repository = stock.it.repository
    if os.geteuid() == 0:
        subprocess.run(["mount", "--bind", repository, repository], check=True)
        subprocess.run(["mount", "-o", "remount,ro,bind", repository], check=True)
    else:
        (repository / "locks").chmod(0o500)
    try:
        for action in (forgetting(stock.pages[0]), COMPACT):
            assert error(stock.it, action).code == "read-only"
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", repository], check=True)


@BOTH
def test_a_new_point_says_how_much_it_added(tmp_path: Path, version: str) -> None:
    stock = stocked(tmp_path, version)
    before = size(stock.it.repository / "data")
    fresh = tmp_path / "fresh"
    fresh.write_bytes(os.urandom(400_000))
    added = do(stock.it, TakePoint("home", PAGES, (str(fresh),))).added
    grown = size(stock.it.repository / "data") - before
    assert added is not None
    assert 400_000 <= added <= grown + 2_000
    again = do(stock.it, TakePoint("home", PAGES, (str(fresh),))).added
    assert again is not None
    assert again < 10_000


def test_added_bytes_are_unknown_where_nobody_says() -> None:
    line = {"message_type": "summary", "snapshot_id": "ab"}
    for more, added in (
        ({}, None),
        ({"data_added": 7}, 7),
        ({"data_added": 7, "data_added_packed": 5}, 5),
        ({"data_added": -7}, None),
        ({"data_added": "7"}, None),
    ):
        found = parse.backup_line(json.dumps(line | more).encode())
        assert isinstance(found, parse.Summary)
        assert found.added == added


@pytest.mark.parametrize(
    ("said", "freed"),
    [
        ("total prune:           7 blobs / 3.001 MiB", 3_146_777),
        ("total prune:           0 blobs / 0 B", 0),
        ("total prune:        9999 blobs / 1.500 TiB", 1_649_267_441_664),
        ("this removes:          7 blobs / 3.001 MiB", None),
        ("total prune: a lot", None),
    ],
)
def test_freed_bytes(said: str, freed: int | None) -> None:
    assert parse.freed(f"loading\n{said}\ndone\n".encode()) == freed


BANNED = (
    "unlock", "--prune", "--force", "--remove-all", "--keep-last", "--tag", "--group-by",
    "--unsafe-recover-no-free-space", "--unsafe-allow-remove-all", "--max-unused",
)  # fmt: skip


def banned(calls: list[str]) -> list[str]:
    """Words no call may hold."""
    return [word for word in BANNED if any(word in call.split() for call in calls)]


@BOTH
def test_banned_calls_never_occur(tmp_path: Path, version: str) -> None:
    stock = stocked(tmp_path, version)
    it, log = stock.it.counted()
    do(it, forgetting(*stock.pages[:2]))
    do(it, COMPACT)
    it.engine.observe(now=NOW)
    with locked(stock.it):
        error(it, COMPACT)
    calls = log.read_text().splitlines()
    verbs = ["snapshots", "forget", "snapshots", "prune", "snapshots", "prune"]
    assert [[word for word in call.split() if word in verbs] for call in calls] == [
        [verb] for verb in verbs
    ]
    assert calls[1].split()[-2:] == list(stock.pages[:2])
    assert banned(calls) == []
    # The broken twin: a shim that is asked for one of them is caught.
    subprocess.run([str(tmp_path / "shim"), "unlock", "--help"], capture_output=True, check=True)
    assert banned(log.read_text().splitlines()) == ["unlock"]
