"""The main job on real data: what was proved raises the score, what is missing lowers it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from build_app import House, house
from phoenix_dr.app import canary, keys
from phoenix_dr.core.evidence import Level
from phoenix_dr.core.report import AuditReport, State


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house that was backed up, has its key proved and its plan written, but no drill yet."""
    made = house(tmp_path_factory.mktemp("lived"))
    assert all(each.ok for each in made.using(canary.beat))
    assert made.backup().is_whole
    proofs = made.using(keys.prove, None)
    assert [(each.place, each.opened, each.ok) for each in proofs] == [
        (place, engine, True) for place in ("drawer", "safe") for engine in ("home", "offsite")
    ]
    assert made.phoenix("dr", "plan").code == 0
    return made


@pytest.fixture(scope="module")
def story(lived: House) -> dict[str, AuditReport]:
    """The audits of a life: undrilled, drilled, then what two losses make of it."""
    audits = {"undrilled": lived.audit()}
    twin = lived.drilled("wiki", mutate=True)
    assert (twin.ok, twin.mutated) == (False, True)
    report = lived.drill()
    assert report.is_good
    assert {each.asset: each.level for each in report.records} == {
        "wiki/pages": Level.DATA,
        "photos/album": Level.RESTORES,
        "phoenix/state": Level.RESTORES,
    }
    assert {each.location for each in report.records} == {"offsite"}
    audits["drilled"] = lived.audit()
    text = lived.config.read_text()
    lived.say("      - {place: safe, site: parents, path: ROOT/offsite/repositories.pw}\n", "")
    audits["one key copy"] = lived.audit()
    lived.config.write_text(text)
    points = json.loads(lived.restic("offsite", "snapshots", "--json"))
    lived.restic("offsite", "forget", *(point["id"] for point in points))
    audits["no off-site"] = lived.audit()
    assert "no off-site copy" in lived.phoenix("audit", "--no-report").out
    return audits


def losses(report: AuditReport) -> Counter[tuple[str, str]]:
    """Thousandths lost, by (subject, detail)."""
    return Counter({(each.subject, each.detail): each.milli for each in report.score.losses})


def codes(report: AuditReport) -> set[tuple[str, str]]:
    """Findings by (code, subject)."""
    return {(each.code, each.subject) for each in report.findings}


def test_what_was_drilled_from_off_site_is_green(story: dict[str, AuditReport]) -> None:
    rows = {row.service: row for row in story["drilled"].rows}
    assert {name: row.state for name, row in rows.items()} == {
        "wiki": State.OK,
        "photos": State.OK,
    }
    assert rows["wiki"].level is Level.DATA
    assert rows["wiki"].rto_seconds
    assert story["drilled"].score.milli >= 8000


def test_losses_and_score_are_ten_in_every_audit(story: dict[str, AuditReport]) -> None:
    for report in story.values():
        assert report.score.milli + losses(report).total() == 10_000


def test_without_the_drill_the_score_is_lower_for_want_of_proof(
    story: dict[str, AuditReport],
) -> None:
    without, full = story["undrilled"], story["drilled"]
    assert without.score.milli < full.score.milli
    more = losses(without) - losses(full)
    for asset in ("wiki/pages", "photos/album"):
        assert more[asset, "proof"] > 0
        assert more[asset, "rto"] > 0
    assert {("never-drilled", "wiki/pages"), ("never-drilled", "photos/album")} <= codes(without)
    assert not any(code == "never-drilled" for code, _ in codes(full))


def test_without_the_off_site_points_the_score_is_lower_for_want_of_copies(
    story: dict[str, AuditReport],
) -> None:
    without, full = story["no off-site"], story["drilled"]
    assert without.score.milli < full.score.milli
    more = losses(without) - losses(full)
    assert more["wiki/pages", "copies"] > 0
    assert {("no-off-site", "wiki/pages"), ("no-off-site", "photos/album")} <= codes(without)
    assert without.score.cap is not None
    assert without.score.cap.code == "critical-no-off-site"


def test_without_the_second_key_copy_the_score_is_lower_for_that_key(
    story: dict[str, AuditReport],
) -> None:
    without, full = story["one key copy"], story["drilled"]
    assert without.score.milli < full.score.milli
    assert (losses(without) - losses(full))["repositories", "key-few-copies"] > 0
    assert ("key-single-copy", "repositories") in codes(without)
    assert ("key-single-copy", "repositories") not in codes(full)


def test_the_drill_report_shows_the_newest(lived: House, story: dict[str, AuditReport]) -> None:
    assert story
    shown = json.loads(lived.phoenix("drill", "report", "--limit", "1", "--json").out)
    every = json.loads(lived.phoenix("drill", "report", "--json").out)
    assert [each["id"] for each in shown] == [max(every, key=lambda r: r["started_at"])["id"]]
    assert "phoenix" in lived.phoenix("drill", "report", "--limit", "1").out


def test_the_json_form_sums_to_ten(lived: House, story: dict[str, AuditReport]) -> None:
    assert story
    said: dict[str, Any] = json.loads(lived.phoenix("audit", "--json", "--no-report").out)
    score = said["score"]
    assert score["value"] + sum(each["points"] for each in score["losses"]) == pytest.approx(10)
    assert score["milli"] + sum(each["milli"] for each in score["losses"]) == 10_000


def test_unchanged_repositories_start_no_engine(
    lived: House, story: dict[str, AuditReport]
) -> None:
    assert story
    lived.audit()
    before = len(lived.starts())
    again = lived.audit()
    assert len(lived.starts()) == before
    assert {each.engine for each in again.freshness if each.opened_at} == {"home", "offsite"}
    lived.audit(force=True)
    assert len(lived.starts()) == before + 2


def test_a_backup_starts_one_engine_per_copy(tmp_path: Path) -> None:
    made = house(tmp_path)
    report = made.backup("wiki")
    assert [copy.asset for copy in report.copies].count("wiki/pages") == 2
    assert len(made.starts()) == len(report.copies) == 4
    assert all(" backup " in f" {start} " for start in made.starts())
