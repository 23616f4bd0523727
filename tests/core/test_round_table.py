"""Who speaks at the table, and what ways there are to decide between."""

from __future__ import annotations

from datetime import timedelta

from build_report import HOSTILE, coverage, finding, report, row, view
from phoenix_dr.core.evidence import Scope
from phoenix_dr.core.report import Severity
from phoenix_dr.core.round_table import SEATS, TableFacts, round_table
from phoenix_dr.core.score_facts import Gain
from phoenix_dr.core.thinking import Option, think
from phoenix_dr.render.round_table import LONGEST, lines

LATE = timedelta(hours=30)


def test_the_gravest_finding_of_each_is_said_and_unknown_counts_as_grave() -> None:
    found = (
        finding("never-drilled", owner="forge", severity=Severity.WARNING, subject="a"),
        finding("never-drilled", owner="forge", severity=Severity.UNKNOWN, subject="b"),
        finding("no-backup", owner="forge", severity=Severity.CRITICAL, subject="c"),
    )
    [forge] = [each for each in round_table(report(findings=found)) if each.who == "forge"]
    assert forge.first == found[2]
    assert (forge.count, forge.grave) == (3, 2)


def test_hawk_and_flow_speak_of_the_evidence_without_any_finding() -> None:
    made = report(
        row("wiki"),
        coverages=(coverage("wiki/pages"), coverage("wiki/late", rpo=LATE, schedule=""),
                   coverage("wiki/blind", rpo=None), coverage("phoenix/state", rpo=None)),
        findings=(),
    )  # fmt: skip
    said = {each.who: (each.count, each.grave, each.asked) for each in round_table(
        made, TableFacts(asked={"hawk": "asked"}))}  # fmt: skip
    assert said == {"flow": (3, 1, ""), "hawk": (3, 2, "asked")}


def test_who_looks_after_nothing_stays_silent_and_who_does_speaks() -> None:
    made = report(coverages=(), findings=())
    assert round_table(made) == ()
    named = [each.who for each in round_table(made, TableFacts(guests=5, claims=2, keys=1))]
    assert named == ["forge", "helm", "vault"]


def test_every_seat_has_its_words_in_both_languages_and_fits_a_line() -> None:
    found = [finding(owner=who, subject=HOSTILE * 3) for who in SEATS]
    facts = TableFacts(guests=1, claims=1, keys=1, asked={"flow": "closed", "hawk": "asked"})
    for language in ("fr", "en"):
        seen = view(language)
        for made in (report(row(), coverages=(coverage(),), findings=()),
                     report(row(), coverages=(coverage(),), findings=tuple(found))):  # fmt: skip
            said = list(lines(made, round_table(made, facts), {"hawk": "🦅 Hawk"}, seen))
            assert any("🦅 Hawk" in line for line in said)
            assert not any("table." in line for line in said)
    made = report(row(), coverages=(coverage(),), findings=(finding(owner="forge"),))
    said = list(lines(made, round_table(made, facts), {}, view()))
    assert max(map(len, said[:-2])) <= LONGEST


def test_there_is_always_the_way_of_changing_nothing() -> None:
    gains = tuple(Gain("drill", name, 300) for name in ("a", "b", "c", "d", "e"))
    thought = think(report(gains=gains))
    assert thought.options == (*(Option(gain) for gain in gains[:3]), Option())
    assert thought.enough
    mended = finding(subject="other", severity=Severity.CRITICAL)
    found = (finding(subject="a"), finding(severity=Severity.INFO), mended)
    few = think(report(gains=gains[:1], findings=found))
    assert few.options == (Option(gains[0]), Option(finding=mended), Option())
    assert few.enough
    none = think(report(gains=gains[:1], findings=found[:2]))
    assert none.options == (Option(gains[0]), Option())
    assert not none.enough


def test_each_failure_is_played_through_over_what_is_described() -> None:
    survives = dict.fromkeys(Scope, timedelta(hours=1))
    alone = {**survives, Scope.HOST: None, Scope.SITE: None}
    made = report(row("wiki"), coverages=(
        coverage("wiki/a", rpo_by_scope=survives), coverage("wiki/b", rpo_by_scope=alone),
        coverage("phoenix/state", rpo_by_scope=alone), coverage("wiki/c", has_data=False),
    ))  # fmt: skip
    gone = {each.scope: (each.gone, each.total) for each in think(made).failures}
    assert gone[Scope.HOST] == (1, 2)
    assert gone[Scope.DISK] == (0, 2)
    assert set(gone) == set(Scope)
