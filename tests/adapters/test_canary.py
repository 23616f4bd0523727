"""Canaries: beats that never get in the way, and what a restored copy's newest one proves."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.adapters import canary
from phoenix_dr.adapters.sqlite import first_line, query, stage
from tools import program

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


def database(path: Path, mode: str = "wal") -> Path:
    with closing(sqlite3.connect(path)) as made:
        made.execute(f"PRAGMA journal_mode={mode}")
        made.execute("CREATE TABLE page (a)")
        made.commit()
    return path


def rows(path: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(path)) as opened:
        return opened.execute("SELECT id, beat_at FROM phoenix_canary ORDER BY id").fetchall()


def newest(path: Path) -> str:
    program("sqlite3")
    asked = query(str(path), canary.NEWEST)
    ran = subprocess.run(asked, capture_output=True, timeout=10, check=False)
    return first_line(ran.stdout)


# a database


def test_a_beat_travels_through_a_copy(tmp_path: Path) -> None:
    live = database(tmp_path / "x.db")
    for minute in range(3):
        assert canary.beat_sqlite(live, NOW + timedelta(minutes=minute)) == canary.Beat(True)
    copy = stage(live, tmp_path / "stage", cancel=threading.Event())
    reading = canary.judge(newest(copy.path), taken_at=NOW + timedelta(hours=1), within=DAY)
    assert reading.moment == NOW + timedelta(minutes=2)
    assert reading.result.ok is True
    assert dict(reading.result.parameters) == {"state": "fresh", "age": 58 * 60, "within": 86400}


def test_old_beats_go(tmp_path: Path) -> None:
    live = database(tmp_path / "x.db")
    canary.beat_sqlite(live, NOW)
    with closing(sqlite3.connect(live)) as opened:
        many = [(number, "2026-01-01T00:00:00Z") for number in range(2, 1500)]
        opened.executemany("INSERT INTO phoenix_canary VALUES (?, ?)", many)
        opened.commit()
    canary.beat_sqlite(live, NOW)
    kept = rows(live)
    assert (len(kept), kept[0][0], kept[-1][0]) == (1000, 501, 1500)


def test_a_busy_database_is_skipped_at_once(tmp_path: Path) -> None:
    live = database(tmp_path / "x.db")
    with closing(sqlite3.connect(live)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        assert canary.beat_sqlite(live, NOW, busy_ms=100) == canary.Beat(False, "busy")
        assert time.monotonic() - began < 3
    assert canary.beat_sqlite(live, NOW).ok


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_beat_leaves_the_database_as_it_was(tmp_path: Path, mode: str) -> None:
    live = database(tmp_path / "x.db", mode)
    canary.beat_sqlite(live, NOW)
    with closing(sqlite3.connect(live)) as opened:
        assert opened.execute("PRAGMA journal_mode").fetchone() == (mode,)
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert os.listdir(tmp_path) == ["x.db"]


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "missing"), (b"", "not-sqlite"), (b"text\n", "not-sqlite")]
)
def test_no_database_is_ever_made(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "x.db"
    if content is not None:
        path.write_bytes(content)
    assert canary.beat_sqlite(path, NOW) == canary.Beat(False, reason)
    assert os.listdir(tmp_path) == ([] if content is None else ["x.db"])
    assert content is None or path.read_bytes() == content


def test_a_table_of_that_name_but_not_ours_is_left_alone(tmp_path: Path) -> None:
    live = database(tmp_path / "x.db")
    with closing(sqlite3.connect(live)) as opened:
        opened.execute("CREATE VIEW phoenix_canary AS SELECT 1 AS id")
    assert canary.beat_sqlite(live, NOW) == canary.Beat(False, "failed")


# files


def test_a_file_beat_is_one_line_replaced_whole(tmp_path: Path) -> None:
    for minute in range(2):
        assert canary.beat_file(tmp_path, NOW + timedelta(minutes=minute)).ok
    assert os.listdir(tmp_path) == [".phoenix-canary"]
    assert (tmp_path / ".phoenix-canary").read_text() == "2026-11-23T03:01:00Z\n"
    assert canary.read_file(tmp_path) == "2026-11-23T03:01:00Z"


def test_a_link_planted_in_the_canary_s_place_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("keep")
    folder = tmp_path / "data"
    folder.mkdir()
    for name in (".phoenix-canary", ".phoenix-canary.part"):
        (folder / name).symlink_to(secret)
    assert canary.read_file(folder) is None
    assert canary.beat_file(folder, NOW).ok
    assert secret.read_text() == "keep"
    assert canary.read_file(folder) == "2026-11-23T03:00:00Z"


def test_a_restored_link_does_not_lead_to_the_live_beat(tmp_path: Path) -> None:
    live = tmp_path / "live" / "wiki"
    live.mkdir(parents=True)
    canary.beat_file(live, NOW)
    restored = tmp_path / "restore"
    (restored / "srv").mkdir(parents=True)
    assert canary.read_file(tmp_path / "live", "/wiki") == "2026-11-23T03:00:00Z"
    (restored / "srv" / "wiki").symlink_to(live)
    assert canary.read_file(restored, "/srv/wiki") is None
    (restored / "srv" / "wiki").unlink()
    (restored / "srv").rmdir()
    (restored / "srv").symlink_to(live.parent)
    assert canary.read_file(restored, "/srv/wiki") is None


def test_what_cannot_be_beaten_says_why(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("x")
    assert canary.beat_file(tmp_path / "gone", NOW).reason == "missing"
    assert canary.beat_file(tmp_path / "plain", NOW).reason == "not-a-folder"
    assert canary.beat_file(Path("/proc/self"), NOW).ok is False


def test_a_fifo_or_a_huge_file_is_no_canary(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".phoenix-canary")
    assert canary.read_file(tmp_path) in {None, ""}
    (tmp_path / ".phoenix-canary").unlink()
    (tmp_path / ".phoenix-canary").write_bytes(b"9" * 1_000_000)
    assert len(canary.read_file(tmp_path) or "") == 64


# judging


@pytest.mark.parametrize(
    ("text", "ok", "state"),
    [
        ("2026-11-23T02:59:00Z", True, "fresh"),
        ("2026-11-23T02:59:00.123456Z", True, "fresh"),
        ("2026-11-23T03:04:00Z", True, "fresh"),  # clocks may differ by five minutes
        ("2026-11-22T03:00:00Z", False, "old"),
        ("2026-11-23T03:06:00Z", None, "future"),
        ("9999-12-31T23:59:59Z", None, "future"),
        (None, None, "absent"),
        ("", None, "absent"),
        ("2026-11-23T02:59:00", False, "garbage"),
        ("2026-11-23T02:59:00+00:00", False, "garbage"),
        ("2026-13-23T02:59:00Z", False, "garbage"),
        ("２０２６-11-23T02:59:00Z", False, "garbage"),
        ("2026-11-23T02:59:00Z\n2026", False, "garbage"),
        ("0", False, "garbage"),
    ],
)
def test_a_beat_is_judged_against_the_moment_of_the_copy(
    text: str | None, ok: bool | None, state: str
) -> None:
    reading = canary.judge(text, taken_at=NOW, within=DAY)
    assert (reading.result.ok, dict(reading.result.parameters)["state"]) == (ok, state)
    assert (reading.moment is None) == (state in {"future", "absent", "garbage"})


@given(st.text(max_size=40))
def test_judging_survives_anything(text: str) -> None:
    assert canary.judge(text, taken_at=NOW, within=DAY).result.ok is not True
