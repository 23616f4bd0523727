"""The audit shows the seed's table and score line exactly, whatever it is given."""

from __future__ import annotations

import re

import pytest

from build_report import HOSTILE, HOUR, NOW, coverage, finding, report, row, score, view
from phoenix_dr.core.evidence import BlindSpot, Level, Scope
from phoenix_dr.core.report import AuditReport, Change, Freshness, Severity, State
from phoenix_dr.core.score_facts import Gain, LossKind, Score, ScoreLoss
from phoenix_dr.render import audit, audit_markdown, text

FRENCH = ["Service", "Données", "Backup", "Fréquence", "Dernier", "RPO effectif", "Statut"]
ENGLISH = ["Service", "Data", "Backup", "Frequency", "Last", "Effective RPO", "Status"]


def cells(line: str) -> list[str]:
    """The cells of a table line, escaped pipes left inside."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


@pytest.mark.parametrize(
    ("language", "title", "columns", "line"),
    [
        ("fr", "## Audit Backup — 2026-11-23", FRENCH, "Score de résilience : 5.0/10"),
        ("en", "## Backup audit — 2026-11-23", ENGLISH, "Resilience score: 5.0/10"),
    ],
)
def test_headings_columns_and_score_line_are_the_seeds(
    language: str, title: str, columns: list[str], line: str
) -> None:
    shown = audit.terminal(report(), view(language)).splitlines()
    assert shown[0] == title
    assert cells(shown[1]) == columns
    assert any(each.startswith(line + "   (") for each in shown)
    page = audit_markdown.document(report(), view(language)).splitlines()
    assert page[0] == title
    assert page[2] == "| " + " | ".join(columns) + " |"
    assert any(each.startswith(line + "   (") for each in page)


def test_the_score_line_names_raw_and_cap() -> None:
    assert audit.score_line(report(), view()) == (
        "Resilience score: 5.0/10   (raw 6.2, cap 5.0: wiki/pages was never restored by a drill)"
    )
    assert audit.score_line(report(), view("fr")) == (
        "Score de résilience : 5.0/10   "
        "(brut 6.2, plafond 5.0 : wiki/pages n’a jamais été restauré lors d’un exercice)"
    )
    assert audit.score_line(report(score=score(cap=None)), view()) == (
        "Resilience score: 5.0/10   (raw 6.2)"
    )


def test_a_row_in_the_file() -> None:
    offsite = row(backups=(("restic-offsite", "offsite"),))
    page = audit_markdown.document(report(offsite), view()).splitlines()
    assert page[4] == (
        "| wiki | pages, uploads | restic-offsite @ offsite (simulated) | daily at 03:00, 15:00 "
        "| 2026-11-22 19:12 | 12 h | ✅ |"
    )


@pytest.mark.parametrize(
    ("state", "sign"),
    [
        (State.OK, "✅"),
        (State.WARN, "⚠️"),
        (State.FAIL, "❌"),
        (State.UNKNOWN, "?"),
        (State.NONE, "—"),
    ],
)
def test_every_state_has_its_sign(state: State, sign: str) -> None:
    page = audit_markdown.document(report(row(state=state)), view("fr")).splitlines()
    assert cells(page[4])[-1] == sign


def test_unknown_is_never_shown_as_never_or_as_good() -> None:
    unseen = row(state=State.UNKNOWN, newest=None, rpo=None, backups=(), schedule="")
    shown = cells(audit_markdown.document(report(unseen), view("fr")).splitlines()[4])
    assert shown[2:] == ["aucun", "—", "?", "?", "?"]
    never = row(state=State.FAIL, newest=None, rpo=None, backups=(), schedule="")
    shown = cells(audit_markdown.document(report(never), view("fr")).splitlines()[4])
    assert shown[2:] == ["aucun", "—", "jamais", "?", "❌"]


def test_nothing_to_protect_shows_dashes_only() -> None:
    nothing = row(state=State.NONE, data=(), backups=(), schedule="", newest=None, rpo=None)
    shown = cells(audit_markdown.document(report(nothing), view()).splitlines()[4])
    assert shown == ["wiki", "—", "—", "—", "—", "—", "—"]


def test_an_unreadable_schedule_is_shown_as_it_is() -> None:
    shown = cells(audit_markdown.document(report(row(schedule="now|then")), view()).splitlines()[4])
    assert shown[3] == "now\\|then"


def test_losses_in_the_file_come_biggest_first_and_add_up() -> None:
    page = audit_markdown.document(report(), view())
    lost = [int(found.replace(".", "")) for found in re.findall(r"^\| −(\d+\.\d{3})", page, re.M)]
    assert lost == [2_500, 1_266, 1_200, 34]
    assert sum(lost) + report().score.milli == 10_000
    assert "5.000 lost + 5.000 earned = 10" in page


def test_findings_are_grouped_with_remedy_and_owner() -> None:
    page = audit_markdown.document(report(), view())
    assert page.index("#### Critical") < page.index("#### Warning")
    assert (
        "| wiki/pages | no usable copy | back it up now (phoenix backup wiki) "
        "and give it a policy | you |"
    ) in page


def test_everything_known_is_in_the_file() -> None:
    page = audit_markdown.document(report(), view())
    for expected in (
        "1. restore wiki/pages in a drill: +2.1",
        "| disk | site | key |",
        "| 5.0 | 4.2 | 0.0 |",
        "| restic-home | 2026-11-23 03:12 | 2026-11-22 19:12 | never |",
        "no route",
        "7f3a" * 16,
        "version 1",
        "site 12 h · ransomware ?",
        "3 / 2 / yes / ?",
    ):
        assert expected in page


def test_changes_say_what_got_worse() -> None:
    worse = Change("wiki/pages", "level", "L5", "L3", worse=True)
    better = Change("", "score", "4.0", "5.0", worse=False)
    assert audit.changes((worse, better), view()) == (
        "▼ wiki/pages: level L5 → L3\n▲ the estate: score 4.0 → 5.0\n"
    )
    state = Change("wiki/pages", "state", "ok", "fail", worse=True)
    offsite = Change("wiki/pages", "off-site", "yes", "no", worse=True)
    assert audit.changes((state, offsite), view("fr")) == (
        "▼ wiki/pages : statut ✅ → ❌\n▼ wiki/pages : hors site oui → non\n"
    )
    assert audit.changes((), view()) == "Nothing changed since the earlier audit.\n"
    assert "▼ wiki/pages : niveau L5 → L3" in audit.terminal(report(changes=(worse,)), view("fr"))


def big() -> AuditReport:
    """Seven services with everything one can say about them."""
    names = ("dns", "traefik", "recipes", "wiki", "cluster", "media", "ollama")
    found = [finding(subject=f"{name}/data") for name in names for _ in range(3)]
    return report(*(row(name, schedule="0 3 * * *") for name in names), findings=tuple(found))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_terminal_audit_is_compact(language: str) -> None:
    shown = audit.terminal(big(), view(language)).splitlines()
    assert len(shown) <= 42
    assert max(map(text.width, shown)) <= 100


def hostile() -> AuditReport:
    """Every foreign string is hostile."""
    bad = row(
        HOSTILE, data=(HOSTILE,), backups=((HOSTILE, HOSTILE),), schedule=HOSTILE, newest=NOW - HOUR
    )
    return report(
        bad,
        estate=HOSTILE,
        coverages=(coverage(f"{HOSTILE}/x", backups=((HOSTILE, HOSTILE),)),),
        findings=(finding(HOSTILE, subject=HOSTILE, owner=HOSTILE), finding(subject=HOSTILE)),
        score=score(losses=(ScoreLoss(LossKind.DIMENSION, 5_000, HOSTILE, HOSTILE),)),
        gains=(Gain(HOSTILE, HOSTILE, 100),),
        blind_spots=(BlindSpot(HOSTILE, HOSTILE, HOSTILE),) * 5,
        freshness=(Freshness(HOSTILE, None, None, NOW, HOSTILE),),
        ledger_head=HOSTILE,
        changes=(Change(HOSTILE, HOSTILE, HOSTILE, HOSTILE, worse=True),),
    )


@pytest.mark.parametrize("language", ["fr", "en"])
def test_hostile_values_cannot_disturb_the_page_or_the_terminal(language: str) -> None:
    shown = audit.terminal(hostile(), view(language))
    page = audit_markdown.document(hostile(), view(language))
    for output in (shown, page):
        assert "\x1b" not in output
        assert "\u202e" not in output
        assert output.encode()
    assert max(map(text.width, shown.splitlines())) <= 100
    assert "<!--" not in page.replace("`" + text.clean(HOSTILE) + "`", "").replace("``", "")
    sizes = {len(cells(line)) for line in page.splitlines()[2:5]}
    assert sizes == {7}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_empty_estate_has_a_report(language: str) -> None:
    nothing = Score(0, 0, None, (), (ScoreLoss(LossKind.NO_COPY, 10_000, "", "empty-estate"),))
    empty = AuditReport("e", NOW, (), (), (), nothing, (), {}, (), (), "", simulated=True)
    assert "0.0/10" in audit.terminal(empty, view(language))
    assert "10" in audit_markdown.document(empty, view(language))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_estate_of_unknowns_has_a_report(language: str) -> None:
    unknown = coverage(
        newest=None,
        rpo=None,
        worst_gap=None,
        worst_case=None,
        backups=(),
        off_site=None,
        level=Level.UNKNOWN,
        level_at=None,
        last_drill_ok=None,
        rpo_by_scope=dict.fromkeys(Scope),
    )
    every = tuple(finding(severity=severity) for severity in Severity)
    audit_report = report(
        row(state=State.UNKNOWN, newest=None), coverages=(unknown,), findings=every
    )
    page = audit_markdown.document(audit_report, view(language))
    assert "L0" in page
    assert "None" not in page + audit.terminal(audit_report, view(language))
