"""Drills, backups and keys as lines, in the words of the seed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from build_report import HOSTILE, NOW, custody, drill, view
from phoenix_dr.core.evidence import CheckResult, KeyProof, Level, Phase, RecoveryPoint
from phoenix_dr.errors import EngineError
from phoenix_dr.render import backup, keys, text
from phoenix_dr.render import drill as shown_drill

CANARY = CheckResult("canary", True, Level.DATA, (("age", 9), ("within", 86_400)))
SQL = CheckResult(
    "sql", False, Level.DATA, (("statement", "select 1"), ("answer", "0"), ("at_least", 10))
)


def point(asset: str, location: str, **changes: object) -> RecoveryPoint:
    made = RecoveryPoint(
        "id", asset, "restic", location, NOW, size=3_000_000, duration=timedelta(seconds=0.7)
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_drill_line_has_phases_rto_level_and_verdict() -> None:
    first, *_ = shown_drill.lines([drill()], view())
    assert first == (
        "  wiki  provision 0.1  fetch 1.2  start 0.1  check 0.3  measured RTO = 1.7 s  L5  OK"
    )
    first, *_ = shown_drill.lines([drill()], view("fr"))
    assert "RTO mesuré = 1,7\u202fs  L5  OK" in first


def test_a_service_sums_its_assets_and_shows_every_level_it_reached() -> None:
    uploads = drill("wiki/uploads", ok=False, level=Level.INTEGRITY, checks=(SQL,))
    lines = shown_drill.lines([drill(), uploads], view())
    assert "measured RTO = 3.4 s  L2–L5  KO" in lines[0]
    assert any("uploads: select 1 → “0”, at least 10 wanted" in line for line in lines)


def test_the_canary_says_how_much_would_be_lost() -> None:
    lines = shown_drill.lines([drill(checks=(CANARY,))], view())
    assert "→ data lost if the house burns now: 14 s" in " ".join(line.strip() for line in lines)


def test_failures_come_first_and_skipped_checks_are_shown() -> None:
    skipped = CheckResult("isolation", None, Level.STARTS)
    record = drill(checks=(CANARY, skipped, SQL), ok=False, dirty=True, isolated=False)
    said = " ".join(line.strip() for line in shown_drill.lines([record], view())[1:])
    assert said.startswith("select 1 → “0”")
    assert "no isolation on this machine" in said
    assert "clean-up incomplete" in said
    assert "not isolated" in said
    assert "restored from offsite (simulated), point of 2026-11-23 03:12" in said


def test_a_drill_without_checks_says_so() -> None:
    assert any(
        "no check could run" in line for line in shown_drill.lines([drill(checks=())], view())
    )
    assert shown_drill.lines([], view()) == ()


def test_a_caught_twin_is_good_and_a_missed_one_is_told() -> None:
    record = drill(ok=False, mutated=True, phases=(Phase("fetch", 1.0),), checks=(SQL,))
    assert shown_drill.twin(record, view()) == (
        "KO at fetch: select 1 → “0”, at least 10 wanted",
        "good: the drill can tell a bad backup from a good one",
    )
    assert shown_drill.twin(drill(mutated=True), view("fr"))[0].startswith("MANQUÉ")


def test_a_backup_line_has_sizes_by_asset_and_seconds_by_place() -> None:
    points = [
        point(asset, place, size=size)
        for place in ("home", "offsite")
        for asset, size in (("wiki/pages", 1_100_000), ("wiki/uploads", 3_000_000))
    ]
    points.append(point("system/etc", "home", size=None, complete=False))
    lines = backup.lines(points, view())
    assert lines[0] == (
        "  wiki    pages 1.1 MB, uploads 3 MB  → home 1.4 s  → offsite (simulated) 1.4 s"
    )
    assert lines[1] == "  system  ?                           → home 0.7 s"
    assert "system/etc: incomplete" in lines[2]
    assert backup.lines([], view("fr")) == ("Rien à sauvegarder.",)


def test_a_failed_destination_says_why() -> None:
    error = EngineError("never-heard-of", path="/x")
    assert backup.failed("wiki", "restic-home", error=error, view=view()) == (
        "  ✗ wiki → restic-home: never-heard-of (path /x)"
    )


@pytest.mark.parametrize(
    ("language", "headings"),
    [
        ("fr", "Clé | Empreinte | Ouvre | Sans elle, perdu | Copies (lieu, site) | Hors site"),
        ("en", "Key | Fingerprint | Opens | Lost without it | Copies (place, site) | Off-site"),
    ],
)
def test_the_key_table(language: str, headings: str) -> None:
    never = custody("age", copies=(), off_site=False, proved_at=None, fingerprint="")
    rows = keys.markdown([custody(), never], view(language).for_markdown())
    assert rows[0].startswith(f"| {headings} | ")
    assert "paper kit (parents)" in rows[2]
    assert ("AUCUNE COPIE" if language == "fr" else "NO COPY") in rows[3]
    assert (
        max(map(text.width, keys.terminal([custody(), never], view(language)).splitlines())) <= 100
    )


def test_a_failed_proof_is_ko() -> None:
    assert "KO" in keys.markdown([custody(last_proof_ok=False)], view())[2]
    proof = KeyProof("age", "offsite", "s", NOW, ok=True, opened="secrets.enc", simulated=True)
    assert keys.proof(proof, view()) == "the copy in offsite (simulated) opens secrets.enc: OK"
    failed = replace(proof, ok=False, simulated=False)
    assert keys.proof(failed, view("fr")) == "la copie « offsite » n’ouvre pas secrets.enc : KO"


def test_a_restore_that_failed_says_why() -> None:
    facts = (("error", "wrong-password"), ("detail", "no key found"), ("engine", "far"))
    failed = CheckResult("restore", False, Level.RESTORES, facts)
    said = " ".join(
        "\n".join(shown_drill.lines([drill(ok=False, checks=(failed,))], view())).split()
    )
    assert "could not restore everything: engine far refuses the password: no key found" in said


@pytest.mark.parametrize("language", ["fr", "en"])
def test_hostile_values_are_harmless_on_the_terminal(language: str) -> None:
    bad = CheckResult(HOSTILE, True, Level.DATA, (("x", HOSTILE),))
    record = drill(
        f"{HOSTILE}/{HOSTILE}", location=HOSTILE, checks=(bad,), phases=(Phase(HOSTILE, 1),)
    )
    output = [
        *shown_drill.lines([record], view(language)),
        *shown_drill.twin(replace(record, ok=False), view(language)),
        *backup.lines([point(f"{HOSTILE}/{HOSTILE}", HOSTILE)], view(language)),
        *keys.terminal([custody(HOSTILE, copies=((HOSTILE, HOSTILE),))], view(language)).split(
            "\n"
        ),
    ]
    for line in output:
        assert "\x1b" not in line
        assert "\u202e" not in line
        assert "\n" not in line
        assert line.encode() or not line
