"""Intents and outcomes tell what is open; proofs come back as what they were."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from build_ledger import NOW, drill, hours, point, seen, tamper
from phoenix_dr.core.evidence import KeyProof
from phoenix_dr.core.plan import Action, ForgetPoints, Outcome, ReadData, TakePoint
from phoenix_dr.ledger import CachedHash, ImmutabilityProof, Ledger, open_ledger

TAKE = TakePoint("home", "wiki/pages", ("/srv/\udce9",))
READ = ReadData("home", "1/10")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(tmp_path / "ledger.db")


def ended(action: Action, at: float) -> Outcome:
    return Outcome(action, ok=True, started_at=NOW, ended_at=hours(at))


def test_an_intent_is_open_until_its_outcome(ledger: Ledger) -> None:
    ledger.intent("run-0", TAKE, at=NOW)
    ledger.intent("run-1", READ, at=hours(1))
    assert [(each.key, each.action, each.at) for each in ledger.open_intents()] == [
        ("run-0", TAKE, NOW),
        ("run-1", READ, hours(1)),
    ]
    ledger.outcome("run-0", ended(TAKE, 2), at=hours(2))
    assert [each.key for each in ledger.open_intents()] == ["run-1"]
    ledger.outcome("run-1", ended(READ, 2), at=hours(2))
    assert ledger.open_intents() == ()


def test_a_key_used_again_is_open_again(ledger: Ledger) -> None:
    ledger.intent("k", TAKE, at=NOW)
    ledger.outcome("k", ended(TAKE, 1), at=hours(1))
    ledger.intent("k", TAKE, at=hours(2))
    assert [each.seq for each in ledger.open_intents()] == [3]


def test_an_outcome_needs_no_intent(ledger: Ledger) -> None:
    forget = ForgetPoints("home", "wiki/pages", ("a",))
    row = ledger.outcome("skipped", Outcome(forget, False, NOW, NOW, error="x"), at=NOW)
    assert row.read(Outcome).action == forget
    assert ledger.open_intents() == ()


def test_proofs_come_back_newest_first(ledger: Ledger) -> None:
    for at, (own, asset) in enumerate(
        [("d1", "wiki/pages"), ("d2", "dns/zones"), ("d3", "wiki/pages")]
    ):
        ledger.append("drill", asset, drill(own, asset), at=hours(at))
    assert [each.id for each in ledger.drills()] == ["d3", "d2", "d1"]
    assert ledger.drills(asset="wiki/pages", limit=1) == (drill("d3"),)
    proof = KeyProof("age", "safe", "office", NOW, True, "home")
    ledger.append("key-proof", "age", proof, at=NOW)
    assert ledger.key_proofs() == (proof,)
    refused = ImmutabilityProof("vault", NOW, refused=True)
    ledger.append("immutability", "vault", refused, at=NOW)
    assert ledger.immutability_proofs() == (refused,)
    assert ledger.data_reads() == ()


def test_the_last_audit(ledger: Ledger) -> None:
    assert ledger.last_audit() is None
    ledger.append("audit", "estate", {"score": 1}, at=NOW)
    ledger.append("audit", "estate", {"score": 2}, at=hours(1))
    assert ledger.last_audit() == (hours(1), {"score": 2})


def test_the_hash_cache_keeps_the_last_five_thousand(ledger: Ledger) -> None:
    assert ledger.hash_cache() == {}
    entries = {f"/\udce9/{n}": CachedHash(n, -1, n, 2**64 - 1, "ab") for n in range(6000)}
    ledger.save_hash_cache(entries)
    assert list(ledger.hash_cache().items()) == list(entries.items())[-5000:]
    ledger.save_hash_cache({})
    assert ledger.hash_cache() == {}


@pytest.mark.parametrize("body", ["x'00'", "x'789c8b0600 '", "x'789c8b8e0500011500b9'"])
def test_a_spoilt_hash_cache_is_an_empty_one(tmp_path: Path, body: str) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    ledger.save_hash_cache({"/a": CachedHash(1, 1, 1, 1, "ab")})
    tamper(tmp_path / "ledger.db", f"UPDATE blobs SET body = {body.replace(' ', '')}")
    assert ledger.hash_cache() == {}


def test_a_copy_is_one_whole_file_that_needs_no_writing(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "state" / "ledger.db")
    ledger.record(seen(point("a")))
    copy = tmp_path / "copy.db"
    ledger.backup_to(copy)
    ledger.append("note", "later", {}, at=NOW)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["copy.db"]
    # Bytes 18 and 19 tell the journal mode: 1 is a plain file, 2 would need a WAL beside it.
    assert copy.read_bytes()[18:20] == b"\x01\x01"
    copy.chmod(0o400)
    with closing(sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True)) as found:
        assert found.execute("SELECT count(*) FROM rows").fetchone() == (1,)
        assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with pytest.raises(FileExistsError):
        ledger.backup_to(copy)
    copy.chmod(0o600)
    restored = open_ledger(copy)
    assert restored.verify().ok
    assert restored.append("note", "again", {}, at=NOW).seq == 2
