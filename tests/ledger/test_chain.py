"""The chain: appended rows come back, and every change behind our back is noticed."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_ledger import HOUR, NOW, drill, hours, point, seen, tamper
from phoenix_dr import codec
from phoenix_dr.core.evidence import FileHash, Manifest
from phoenix_dr.errors import LedgerError
from phoenix_dr.ledger import Ledger, open_ledger
from tools import ROOT


def test_an_empty_ledger_is_whole(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    assert (ledger.head().seq, ledger.head().hash, ledger.head().at) == (0, "0" * 64, None)
    assert ledger.verify().ok
    assert ledger.verify("0" * 64).ok


def test_rows_come_back_in_order_and_filtered(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    written = [
        ledger.append("drill", f"wiki/{index}", drill(f"d{index}"), at=hours(index))
        for index in range(4)
    ]
    written.append(ledger.append("note", "wiki/1", {"text": "é"}, at=hours(9)))
    assert list(ledger.rows()) == written
    assert list(ledger.rows(newest_first=True, limit=2)) == written[:2:-1]
    assert list(ledger.rows(kinds=("note",))) == written[4:]
    assert list(ledger.rows(kinds=())) == []
    assert list(ledger.rows(subject="wiki/1")) == [written[1], written[4]]
    assert list(ledger.rows(since=hours(3))) == written[3:]
    assert written[4].value == {"text": "é"}
    assert ledger.head().hash == written[4].hash


def test_a_row_of_an_unknown_kind_or_without_time_zone_is_a_bug(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    with pytest.raises(ValueError, match="gossip"):
        ledger.append("gossip", "x", {}, at=NOW)
    with pytest.raises(ValueError, match="time zone"):
        ledger.append("note", "x", {}, at=NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="recorded"):
        ledger.append("observation", "x", {}, at=NOW)
    assert ledger.head().seq == 0


@settings(max_examples=10)
@given(
    st.lists(
        st.tuples(
            st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")),
            st.dictionaries(st.text(), st.integers() | st.text()),
        ),
        max_size=5,
    )
)
def test_any_text_survives_and_verifies(rows: list[tuple[str, dict[str, Any]]]) -> None:
    with tempfile.TemporaryDirectory() as state:
        ledger = open_ledger(Path(state) / "ledger.db")
        for subject, value in rows:
            ledger.append("note", subject, value, at=NOW)
        assert [(row.subject, row.value) for row in ledger.rows()] == rows
        assert ledger.verify().ok
        ledger.close()


def test_an_export_can_be_verified_without_phoenix(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    lines: list[str] = []
    ledger.export(lines.append)
    assert checked(lines) == f"whole, head {ledger.head().hash}"
    twin = [line.replace('"ok":true', '"ok":false') for line in lines]
    assert checked(twin) == "row 3 does not follow"
    since: list[str] = []
    ledger.export(since.append, since=hours(2))
    assert since == lines[-len(since) :]
    assert 0 < len(since) < len(lines)


def checked(lines: list[str]) -> str:
    """What the program printed in docs/ledger.md says of an export."""
    page = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")
    program = page.split("```python\n")[1].split("```")[0]
    ran = subprocess.run(
        [sys.executable, "-I", "-c", program],
        input="".join(lines), capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    return (ran.stdout + ran.stderr).strip()


TAMPERED = [
    ("UPDATE rows SET payload = replace(payload, '\"ok\":true', '\"ok\":false') WHERE seq = 3",
     "hash-differs", 3, None),
    ("UPDATE rows SET at = at + 1 WHERE seq = 2", "hash-differs", 2, None),
    ("UPDATE rows SET at = 9000000000000000000 WHERE seq = 2", "hash-differs", 2, None),
    ("UPDATE rows SET subject = 'x' WHERE seq = 2", "hash-differs", 2, None),
    ("UPDATE rows SET kind = 'note' WHERE seq = 3", "hash-differs", 3, None),
    ("UPDATE rows SET payload = '{' WHERE seq = 3", "hash-differs", 3, None),
    ("UPDATE rows SET payload = payload || ' ' WHERE seq = 3", "hash-differs", 3, None),
    ("DELETE FROM rows WHERE seq = 2", "row-missing", 2, None),
    ("DELETE FROM rows WHERE seq = 1", "row-missing", 1, None),
    ("UPDATE rows SET seq = -1 WHERE seq = 2; UPDATE rows SET seq = 2 WHERE seq = 3;"
     "UPDATE rows SET seq = 3 WHERE seq = -1", "hash-differs", 2, None),
    ("UPDATE points SET state = 0 WHERE id = 'small'", "points-differ", None, False),
    ("UPDATE points SET size = 5 WHERE id = 'a'", "points-differ", None, False),
    ("UPDATE points SET gone_at = NULL WHERE id = 'b'", "points-differ", None, False),
    ("DELETE FROM points WHERE id = 'a'", "points-differ", None, False),
    ("UPDATE assets SET known_at = known_at + 1", "points-differ", None, False),
    ("UPDATE places SET location = 'far'", "points-differ", None, False),
    ("UPDATE manifests SET body = NULL", "points-differ", None, False),
    ("UPDATE manifests SET body = x'00'", "points-differ", None, False),
    ("UPDATE manifests SET hash = 'x'", "points-differ", None, False),
    ("DELETE FROM manifests", "points-differ", None, False),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "reason", "bad", "agree"), TAMPERED)
def test_a_change_behind_our_back_is_noticed(
    tmp_path: Path, sql: str, reason: str, bad: int | None, agree: bool | None
) -> None:
    filled(tmp_path).close()
    tamper(tmp_path / "ledger.db", *sql.split(";"))
    found = open_ledger(tmp_path / "ledger.db").verify()
    assert (found.ok, found.reason, found.first_bad_seq) == (False, reason, bad)
    assert found.points_agree is agree


def test_a_cut_off_end_is_noticed_only_by_a_printed_head(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    printed = ledger.head().hash
    ledger.append("note", "later", {}, at=hours(20))
    assert ledger.verify(printed).ok
    assert ledger.verify(printed[:12]).ok
    assert ledger.verify(printed[:11]).reason == "head-missing"
    ledger.close()
    tamper(tmp_path / "ledger.db", f"DELETE FROM rows WHERE seq >= {ledger_seq(tmp_path, printed)}")
    cut = open_ledger(tmp_path / "ledger.db")
    assert cut.verify().ok
    found = cut.verify(printed)
    assert (found.ok, found.reason, found.first_bad_seq) == (False, "head-missing", None)


def ledger_seq(state: Path, own: str) -> int:
    """Number of the row with that hash."""
    with closing(sqlite3.connect(state / "ledger.db")) as connection:
        return int(connection.execute("SELECT seq FROM rows WHERE hash = ?", (own,)).fetchone()[0])


def test_a_chain_rewritten_from_the_start_is_noticed_only_by_a_printed_head(tmp_path: Path) -> None:
    printed = filled(tmp_path).head().hash
    forged = open_ledger(tmp_path / "forged" / "ledger.db")
    for row in open_ledger(tmp_path / "ledger.db").rows(kinds=("drill",)):
        forged.append(row.kind, row.subject, replace(drill("d"), ok=False), at=row.at)
    assert forged.verify().ok
    assert forged.verify(printed).reason == "head-missing"


def test_a_row_that_follows_but_is_nonsense_is_noticed(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    ledger.append("note", "home", {"engine": "home", "appeared": [{"points": 1}]}, at=NOW)
    ledger.close()
    payload = '{"appeared":[{"points":1}],"engine":"home"}'
    line = f'[1,"2026-11-20T12:00:00Z","observation","home",{payload}]'
    own = hashlib.sha256(("0" * 64 + line).encode()).hexdigest()
    tamper(tmp_path / "ledger.db", f"UPDATE rows SET kind = 'observation', hash = '{own}'")
    assert open_ledger(tmp_path / "ledger.db").verify().reason == "points-differ"


def test_a_stored_row_that_no_longer_decodes_is_named(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    ledger.append("drill", "wiki/pages", {"id": "d"}, at=NOW)
    with pytest.raises(LedgerError) as caught:
        ledger.drills()
    assert (caught.value.code, caught.value.parameters["seq"]) == ("row-unreadable", 1)


def test_a_batch_stays_whole_or_not_at_all(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    with pytest.raises(ZeroDivisionError):
        _two_writes_and_a_failure(ledger)
    assert (ledger.head().seq, ledger.points()) == (0, ())
    with ledger.batch():
        ledger.append("note", "a", {}, at=NOW)
        with pytest.raises(TypeError):
            ledger.append("note", "b", {"x": object()}, at=NOW)
        ledger.append("note", "c", {}, at=NOW)
    assert [row.subject for row in ledger.rows()] == ["a", "c"]
    assert ledger.verify().ok


def _two_writes_and_a_failure(ledger: Ledger) -> None:
    with ledger.batch():
        ledger.append("note", "a", {}, at=NOW)
        ledger.record(seen(point("a")))
        raise ZeroDivisionError


def filled(state: Path) -> Ledger:
    """A ledger with a bit of everything: drills, points made, seen, suspect, gone."""
    ledger = open_ledger(state / "ledger.db")
    ledger.append("config", "estate", {"assets": ["wiki/pages", "dns/zones"]}, at=hours(-9))
    ledger.record(seen(point("a", -4), point("b", -3), at=-2))
    ledger.append("drill", "wiki/pages", drill("d1"), at=hours(-1))
    manifest = Manifest(10, 1000, (FileHash("/srv/x", 3, 4, "00" * 32),))
    ledger.record_made(point("c", -0.5, duration=HOUR / 3600), manifest, at=NOW)
    ledger.record(seen(point("a", -4), point("c", -0.5), point("small", 0, size=9), at=1))
    ledger.append("note", codec.dumps("é"), {}, at=hours(3))
    assert ledger.verify() == replace(ledger.verify(), ok=True, points_agree=True)
    return ledger
