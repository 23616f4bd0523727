"""Opening: private, of our own version, whole; failures of the disk are one sentence each."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from build_ledger import NOW, point, seen, tamper
from phoenix_dr.errors import LedgerError
from phoenix_dr.ledger import open_ledger
from phoenix_dr.ledger.sqlite import SqliteLedger


def code_of(caught: pytest.ExceptionInfo[LedgerError]) -> str:
    return caught.value.code


def test_a_new_ledger_is_private_and_durable(tmp_path: Path) -> None:
    path = tmp_path / "state" / "ledger.db"
    ledger = SqliteLedger(path)
    ledger.append("note", "x", {}, at=NOW)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()} == {
        "ledger.db": 0o600, "ledger.db-wal": 0o600, "ledger.db-shm": 0o600,
    }  # fmt: skip
    assert ledger.query("PRAGMA journal_mode") == [("wal",)]
    assert ledger.query("PRAGMA synchronous") == [(2,)]


def test_a_directory_that_others_may_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(LedgerError) as caught:
        open_ledger(tmp_path / "ledger.db")
    assert code_of(caught) == "ledger-unsafe"
    tmp_path.chmod(0o700)
    open_ledger(tmp_path / "ledger.db").close()


def test_a_newer_ledger_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    open_ledger(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(LedgerError) as caught:
        open_ledger(path)
    assert (code_of(caught), caught.value.parameters["found"]) == ("ledger-newer", 99)
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["garbage", "foreign", "cut", "half"])
def test_what_is_no_ledger_is_refused_and_left_alone(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "ledger.db"
    if damage == "foreign":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE wiki (page)")
    else:
        ledger = open_ledger(path)
        for index in range(200):
            ledger.append("note", f"{index}", {"text": "x" * 100}, at=NOW)
        ledger.close()
        whole = path.read_bytes()
        half = len(whole) // 2
        spoilt = {
            "garbage": b"not a database at all" * 99,
            "cut": whole[:half],
            "half": whole[:half] + bytes(len(whole) - half),
        }
        path.write_bytes(spoilt[damage])
    before = path.read_bytes()
    with pytest.raises(LedgerError) as caught:
        open_ledger(path).verify()
    assert code_of(caught) == "ledger-broken"
    assert path.read_bytes() == before


def test_text_that_is_no_text_is_a_broken_ledger(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    ledger.append("note", "x", {}, at=NOW)
    tamper(tmp_path / "ledger.db", "UPDATE rows SET payload = CAST(x'ff' AS TEXT)")
    with pytest.raises(LedgerError) as caught:
        list(ledger.rows())
    assert code_of(caught) == "ledger-broken"


def test_a_full_disk_loses_nothing_that_was_written(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger.db")
    ledger.record(seen(point("a")))
    with ledger.transaction() as connection:
        ((pages,),) = connection.execute("PRAGMA page_count")
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerError) as caught:
        ledger.append("note", "large", {"text": "x" * 100_000}, at=NOW)
    assert code_of(caught) == "ledger-full"
    assert ledger.head().seq == 1
    with ledger.transaction() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    assert ledger.append("note", "large", {"text": "x" * 100_000}, at=NOW).seq == 2
    assert ledger.verify().ok


def test_a_writer_that_never_ends_is_told_of(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger.db")
    ledger.query("PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError) as caught:
            ledger.append("note", "x", {}, at=NOW)
        assert code_of(caught) == "ledger-busy"
        assert ledger.verify().ok
    assert ledger.append("note", "x", {}, at=NOW).seq == 1


def test_a_place_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError) as caught:
        open_ledger(tmp_path / "file" / "ledger.db")
    assert code_of(caught) == "ledger-unwritable"
    (tmp_path / "ledger.db").mkdir()
    with pytest.raises(LedgerError) as caught:
        open_ledger(tmp_path / "ledger.db")
    assert code_of(caught) == "ledger-unwritable"


def test_a_wrong_statement_of_ours_stays_a_bug(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        SqliteLedger(tmp_path / "ledger.db").query("SELEKT 1")


def test_threads_share_a_ledger(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")

    def work(name: str) -> None:
        for index in range(40):
            ledger.append("note", name, {"index": index}, at=NOW)
            assert sum(1 for _ in ledger.rows(subject=name)) == index + 1

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert ledger.head().seq == 160
    assert ledger.verify().ok


def test_a_stream_sees_one_moment(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    for index in range(3):
        ledger.append("note", f"{index}", {}, at=NOW)
    for row in ledger.rows():
        ledger.append("note", f"of {row.seq}", {}, at=NOW)
    assert ledger.head().seq == 6
