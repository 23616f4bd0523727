"""SQLite assets: whole copies under a writer; checks of restored ones and their broken twins."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from phoenix_dr.adapters.sqlite import Staged, query, sql_checks, stage, verdict
from phoenix_dr.core.evidence import CheckResult, Level
from phoenix_dr.core.model import Check, CheckKind
from phoenix_dr.errors import EngineError, EngineUnreachable
from tools import program

NEVER = threading.Event()
PAGES = Check("pages", CheckKind.SQL, statement="select count(*) from page", at_least=10)


def database(path: Path, *, rows: int = 50, mode: str = "wal") -> Path:
    with closing(sqlite3.connect(path)) as made:
        made.execute(f"PRAGMA journal_mode={mode}")
        made.execute("CREATE TABLE page (id INTEGER PRIMARY KEY, body TEXT)")
        made.executemany("INSERT INTO page (body) VALUES (?)", [("x" * 500,)] * rows)
        made.commit()
    return path


@contextmanager
def writer(path: Path) -> Iterator[list[int]]:
    """Someone who commits a pair of rows every millisecond; pairs must never be torn."""
    stop, count = threading.Event(), [0]

    def work() -> None:
        with closing(sqlite3.connect(path, timeout=30)) as live:
            live.execute("CREATE TABLE IF NOT EXISTS pair (n INTEGER)")
            while not stop.wait(0.001):
                live.executemany("INSERT INTO pair VALUES (?)", [(count[0],)] * 2)
                live.commit()
                count[0] += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        while count[0] < 5:
            time.sleep(0.005)
        yield count
    finally:
        stop.set()
        thread.join()


def staged(source: Path, into: Path, **options: float) -> Staged:
    return stage(source, into, cancel=NEVER, **options)


def values(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as opened:
        return opened.execute(statement).fetchall()


# stage


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_copy_under_a_writer_is_whole_and_fresh(tmp_path: Path, mode: str) -> None:
    live = database(tmp_path / "wiki.db", mode=mode)
    with writer(live) as count:
        for _ in range(5):
            written = count[0] - 1
            made = staged(live, tmp_path / "stage")
            assert values(made.path, "PRAGMA integrity_check") == [("ok",)]
            assert values(made.path, "SELECT count(*) FROM page") == [(50,)]
            ((pairs, newest),) = values(made.path, "SELECT count(*) % 2, max(n) FROM pair")
            assert pairs == 0
            assert isinstance(newest, int)
            assert newest >= written


def test_a_copied_file_would_have_been_stale(tmp_path: Path) -> None:
    """The accident this module exists for, shown for real."""
    live = database(tmp_path / "wiki.db")
    with writer(live):
        (tmp_path / "copy.db").write_bytes(live.read_bytes())
        assert values(tmp_path / "copy.db", "PRAGMA integrity_check") == [("ok",)]
        with pytest.raises(sqlite3.OperationalError, match="no such table: pair"):
            values(tmp_path / "copy.db", "SELECT count(*) FROM pair")


def test_the_copy_is_one_private_file_with_its_hash(tmp_path: Path) -> None:
    live = database(tmp_path / "wiki.db")
    live.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(live, 1234, 4321)
    made = staged(live, tmp_path / "stage")
    assert (tmp_path / "stage").stat().st_mode & 0o777 == 0o700
    owner = live.stat().st_uid, live.stat().st_gid
    assert (made.path.stat().st_uid, made.path.stat().st_gid) == owner
    assert os.listdir(tmp_path / "stage") == ["wiki.db"]
    found = made.path.stat()
    assert (found.st_mode & 0o777, found.st_size) == (0o640, made.size)
    assert made.path.read_bytes()[18:20] == b"\1\1"  # a rollback journal: no -wal is needed
    again = subprocess.run(["sha256sum", made.path], capture_output=True, check=True, timeout=10)
    assert again.stdout.split()[0].decode() == made.sha256 == made.file_hash.sha256
    assert (made.file_hash.size, made.file_hash.mtime_ns) == (found.st_size, found.st_mtime_ns)


def test_a_quiet_database_gets_no_journal_files_beside_it(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    live = database(tmp_path / "data" / "wiki.db")
    before = live.stat()
    staged(live, tmp_path / "stage")
    assert os.listdir(live.parent) == ["wiki.db"]
    assert live.stat().st_mtime_ns == before.st_mtime_ns


def test_a_second_copy_replaces_the_first(tmp_path: Path) -> None:
    live = database(tmp_path / "wiki.db")
    first = staged(live, tmp_path / "stage")
    with closing(sqlite3.connect(live)) as opened:
        opened.execute("DELETE FROM page WHERE id > 20")
        opened.commit()
    second = staged(live, tmp_path / "stage")
    assert first.path == second.path
    assert values(second.path, "SELECT count(*) FROM page") == [(20,)]


def test_what_a_killed_run_left_is_replaced(tmp_path: Path) -> None:
    live = database(tmp_path / "wiki.db")
    (tmp_path / "stage").mkdir()
    (tmp_path / "secret").write_text("keep")
    (tmp_path / "stage" / ".wiki.db.part").symlink_to(tmp_path / "secret")
    staged(live, tmp_path / "stage")
    assert os.listdir(tmp_path / "stage") == ["wiki.db"]
    assert (tmp_path / "secret").read_text() == "keep"


def test_a_link_is_followed_and_its_wal_read(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    live = database(tmp_path / "real" / "store.db")
    (tmp_path / "wiki.db").symlink_to(live)
    with writer(live) as count:
        written = count[0] - 1
        made = staged(tmp_path / "wiki.db", tmp_path / "stage")
        ((newest,),) = values(made.path, "SELECT max(n) FROM pair")
    assert made.path.name == "wiki.db"
    assert isinstance(newest, int)
    assert newest >= written


@pytest.mark.parametrize("name", ["a b%20?.db", "n\nl.db", "\udcff.db", "#x?mode=rw.db"])
def test_odd_names_are_names(tmp_path: Path, name: str) -> None:
    live = database(tmp_path / "plain.db").rename(tmp_path / name)
    assert staged(live, tmp_path / "stage").path == tmp_path / "stage" / name


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "not-sqlite"), (b"hello\n" * 99, "not-sqlite"), (None, "asset-missing")],
    ids=["empty", "text", "missing"],
)
def test_what_is_no_database_is_refused(tmp_path: Path, content: bytes | None, code: str) -> None:
    source = tmp_path / "data" / "x.db"
    source.parent.mkdir()
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(EngineError) as caught:
        staged(source, tmp_path / "stage")
    assert caught.value.code == code
    assert isinstance(caught.value, EngineUnreachable) == (code == "asset-missing")
    assert os.listdir(source.parent) == ([] if content is None else ["x.db"])
    assert not (tmp_path / "stage" / "x.db").exists()


def test_a_damaged_database_is_an_error_not_a_crash(tmp_path: Path) -> None:
    live = database(tmp_path / "x.db", mode="delete")
    content = bytearray(live.read_bytes())
    content[16:100] = b"\xff" * 84
    live.write_bytes(content)
    with pytest.raises(EngineError) as caught:
        staged(live, tmp_path / "stage")
    assert caught.value.code in {"not-sqlite", "sqlite-failed"}


def test_a_locked_database_is_given_up_in_time(tmp_path: Path) -> None:
    live = database(tmp_path / "x.db", mode="delete")
    with closing(sqlite3.connect(live)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        with pytest.raises(EngineError) as caught:
            staged(live, tmp_path / "stage", timeout=0.4)
        assert caught.value.code == "sqlite-busy"
        assert time.monotonic() - began < 5
        stop = threading.Event()
        threading.Timer(0.3, stop.set).start()
        with pytest.raises(EngineError) as cancelled:
            stage(live, tmp_path / "stage", cancel=stop, timeout=60)
        assert cancelled.value.code == "cancelled"
    assert os.listdir(tmp_path / "stage") == []


# checks of a restored copy, asked by the real sqlite3 program


def asked(path: Path, *checks: Check) -> list[CheckResult]:
    program("sqlite3")
    results = []
    for probe in sql_checks(str(path), checks):
        ran = subprocess.run(probe.argv, capture_output=True, timeout=20, check=False)
        results.append(verdict(probe, ran.returncode, ran.stdout))
    return results


def test_a_good_copy_opens_and_holds_enough(tmp_path: Path) -> None:
    made = staged(database(tmp_path / "n\nl ?.db"), tmp_path / "stage")
    opens, pages = asked(made.path, PAGES)
    assert (opens.code, opens.ok, opens.proves) == ("sqlite-opens", True, Level.STARTS)
    assert (pages.code, pages.ok, pages.proves) == ("sql", True, Level.DATA)
    assert dict(pages.parameters)["answer"] == "50"
    assert os.listdir(tmp_path / "stage") == ["n\nl ?.db"]


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096 + 3] ^= 0xFF  # the cell count of a table's first page
    path.write_bytes(content)


def empty_but_valid(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE t (a)")
        made.execute("DROP TABLE t")


TWINS: dict[str, Callable[[Path], object]] = {
    "truncated": truncate,
    "flipped": flip,
    "empty but valid": empty_but_valid,
    "zero bytes": lambda path: path.write_bytes(b""),
    "not a database": lambda path: path.write_bytes(b"hello\n" * 999),
    "missing": lambda path: path.unlink(),
}


@pytest.mark.parametrize("twin", TWINS)
def test_a_broken_twin_does_not_open(tmp_path: Path, twin: str) -> None:
    made = staged(database(tmp_path / "x.db"), tmp_path / "stage")
    assert [result.ok for result in asked(made.path, PAGES)] == [True, True]
    TWINS[twin](made.path)
    assert asked(made.path, PAGES)[0].ok is False


def test_too_few_rows_are_ko(tmp_path: Path) -> None:
    made = staged(database(tmp_path / "x.db", rows=9), tmp_path / "stage")
    assert [result.ok for result in asked(made.path, PAGES)] == [True, False]


@pytest.mark.parametrize(
    "statement",
    ["select body from page limit 1", "select null", "select 99 union select 100", "select '',99",
     "selekt 99", "select count(*) from missing", "select '٣٣٣'", "select 1e999", "select ''"],
)  # fmt: skip
def test_an_answer_that_is_not_one_number_is_ko(tmp_path: Path, statement: str) -> None:
    made = staged(database(tmp_path / "x.db"), tmp_path / "stage")
    assert asked(made.path, Check("pages", CheckKind.SQL, statement=statement))[1].ok is False


HOSTILE = [
    "CREATE VIEW page AS SELECT load_extension('/tmp/evil') AS id",
    "CREATE VIEW page AS SELECT writefile('{out}', 'x') AS id",
    "CREATE VIEW page AS SELECT readfile('/etc/passwd') AS id",
    "CREATE VIEW page AS SELECT edit('x', 'touch {out}') AS id",
]


@pytest.mark.parametrize("view", HOSTILE)
def test_a_hostile_view_runs_nothing(tmp_path: Path, view: str) -> None:
    out = tmp_path / "out"
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as made:
        made.execute(view.format(out=out))
    counted = Check("pages", CheckKind.SQL, statement="select count(id) from page")
    assert asked(path, counted)[1].ok is False
    assert not out.exists()


@pytest.mark.parametrize(
    "call", ["readfile('/etc/hostname')", "writefile('{out}', 'x')", "load_extension('{out}')"]
)
def test_safe_mode_is_on(tmp_path: Path, call: str) -> None:
    program("sqlite3")
    path = database(tmp_path / "x.db", mode="delete")
    asks = query(str(path), f"SELECT {call.format(out=tmp_path / 'out')}")
    said = subprocess.run(asks, capture_output=True, timeout=10, check=False)
    assert said.returncode != 0
    assert b"in safe mode" in said.stderr
    assert not (tmp_path / "out").exists()


def test_a_database_cannot_attach_another(tmp_path: Path) -> None:
    program("sqlite3")
    path = database(tmp_path / "x.db", mode="delete")
    attach = query(str(path), f"ATTACH '{tmp_path}/new.db' AS n; CREATE TABLE n.t(a)")
    assert subprocess.run(attach, capture_output=True, timeout=10, check=False).returncode != 0
    assert not (tmp_path / "new.db").exists()


def test_a_long_answer_is_cut(tmp_path: Path) -> None:
    path = database(tmp_path / "x.db", mode="delete")
    big = Check("pages", CheckKind.SQL, statement="select printf('%.*c', 90000, '9')")
    result = asked(path, big)[1]
    assert result.ok is False
    assert len(str(dict(result.parameters)["answer"])) <= 1000
