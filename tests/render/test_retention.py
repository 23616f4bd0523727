"""The table of stores at 80 and 100 columns, in both languages, and with hostile names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from phoenix_dr.core.model import DAY, RetentionRule, SpanRule
from phoenix_dr.core.retention_dialects import Dialect
from phoenix_dr.core.retention_need import (
    Proposal,
    Sizes,
    Status,
    Store,
    proposals,
    reach_of,
)
from phoenix_dr.render import retention, retention_policy
from phoenix_dr.render.phrases import phrases
from phoenix_dr.render.text import width
from phoenix_dr.render.view import View

NOW = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
TWICE = "0 3,15 * * *"
GB = 10**9


def points(asset: str, rule: RetentionRule, **more: object) -> Store:
    reach = reach_of(rule, expression=TWICE, dialect=Dialect.RESTIC)
    made = Store(
        "restic-maison", "restic", asset, policy="default", wanted=rule, schedule=TWICE,
        because="une erreur se remarque dans la semaine", dialect=Dialect.RESTIC, reach=reach,
        oldest=NOW - 9 * DAY, held=12, going=5, status=Status.PREPARED, looked_at=NOW,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


MONTH = SpanRule(within=30 * DAY, size=50 * GB)
FULL = Sizes(growth=12_000_000, runs=56, since=NOW - 28 * DAY, newest=GB, projected=2 * GB)
STORES = (
    points("Wiki/pages", RetentionRule(daily=7, weekly=4), sizes=replace(FULL, cost=0.046)),
    points("Wiki/notes", RetentionRule(last=7), rpo=timedelta(hours=8), crowd=9),
    points("phoenix/state", RetentionRule(daily=7, weekly=4), borrowed=True, held=None, going=None,
           rpo=timedelta(hours=14)),
    points("Photos/tout", RetentionRule(), sizes=FULL, policy="albums", going=0),
    Store("prometheus", "prometheus", wanted=MONTH, in_force=SpanRule(within=90 * DAY),
          reach=reach_of(MONTH), sizes=Sizes(growth=2 * GB, held=40 * GB, since=NOW - 20 * DAY),
          status=Status.PREPARED),
    Store("loki", "loki", '{level="alert"}', wanted=SpanRule(within=90 * DAY),
          in_force=SpanRule(within=14 * DAY), reach=reach_of(SpanRule(within=90 * DAY))),
    Store("sauvegardes-k3s", "velero", known=False),
)  # fmt: skip


def view(language: str = "en", columns: int = 100) -> View:
    return View(language, ZoneInfo("Europe/Paris"), width=columns)


def shown(stores: tuple[Store, ...] = STORES, seen: View | None = None) -> str:
    return "\n".join(retention.lines(stores, proposals(stores), view=seen or view()))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("columns", [80, 100])
def test_everything_fits_and_is_said(language: str, columns: int) -> None:
    text = shown(seen=view(language, columns))
    assert max(map(width, text.splitlines())) <= columns
    for store in STORES:
        assert (store.subject or store.engine) in text
    assert {each.code for each in proposals(STORES)} == {
        "reach-short", "gap-wide", "crowded", "keeps-all",
        "in-force-longer", "in-force-shorter", "size-first",
    }  # fmt: skip
    assert "(−5)" in text
    assert ("0,05" if language == "fr" else "0.05") in text


def test_what_is_not_known_is_a_question_mark() -> None:
    dark = shown((STORES[-1],))
    assert "sauvegardes-k3s (velero): ?" in dark
    unseen = [line for line in shown((STORES[2],)).splitlines() if "phoenix/state |" in line]
    assert [cell.strip() for cell in unseen[0].split("|")][3] == "?"


def test_one_change_of_several_stores_is_said_once() -> None:
    short = (points("a/a", RetentionRule(daily=3)), points("b/b", RetentionRule(daily=3)))
    assert shown(short).count("4 days") == 0
    [better] = retention.better(proposals(short), view())
    assert "restic-maison a/a, restic-maison b/b: 3 daily → 7 daily" in better


def test_every_proposal_has_its_phrase_and_every_phrase_its_facts() -> None:
    found: dict[str, Proposal] = {each.code: each for each in proposals(STORES)}
    wanted = {code for code in phrases("en") if code.startswith("proposal.")}
    assert wanted == {f"proposal.{code}" for code in found}
    for language in ("fr", "en"):
        for each in found.values():
            assert view(language).fills(f"proposal.{each.code}", dict(each.parameters))


def test_a_hostile_name_disturbs_neither_the_terminal_nor_the_file() -> None:
    hostile = replace(STORES[5], subject='{a="|<b>\x1b[31m\n# Title"}')
    assert "\x1b" not in shown((hostile,))
    text = document("", (hostile,))
    assert "\x1b" not in text
    assert "\n# Title" not in text
    [row] = [line for line in text.splitlines() if line.startswith("| loki")]
    assert row.replace("\\|", "").count("|") == len(retention_policy.COLUMNS) + 1


DIGEST = f"<!-- phoenix-retention: {'0' * 64} -->"


def document(existing: str, stores: tuple[Store, ...] = STORES, language: str = "en") -> str:
    stamp = ("homelab", DIGEST, NOW)
    return retention_policy.update(
        existing, stores, proposals(stores), stamp=stamp, view=view(language)
    )


def test_a_document_is_written_once_and_people_stay() -> None:
    text = document("")
    assert document(text) == text
    mine = text.replace("| loki ", "Mine.\n| loki ", 1)
    assert "Mine." in document(mine)
    fewer = document(text, STORES[:1])
    assert "loki" not in fewer
    french = document(text.replace("# Retention policy", "# Our own title"), language="fr")
    assert french.count("\n## ") == text.count("\n## ")
    assert "# Our own title" in french


def test_a_document_whose_memory_was_lost_has_one_digest() -> None:
    torn = document("").split("<!-- phoenix-lines")[0].replace("0" * 64, "1" * 64)
    assert document(torn).count("phoenix-retention:") == 1
    assert DIGEST in document(torn)
