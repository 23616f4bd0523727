"""A simulation reads the same at every width, in both languages, and without colour."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from phoenix_dr.app.simulation import parse_rule
from phoenix_dr.core import schedule
from phoenix_dr.core.model import DAY, RetentionRule
from phoenix_dr.core.retention_dialects import Dialect
from phoenix_dr.core.retention_effect import Regime
from phoenix_dr.core.retention_forecast import Side, Told, Window
from phoenix_dr.core.retention_simulation import runs_of, simulate
from phoenix_dr.errors import UsageError
from phoenix_dr.render import retention_calendar, retention_svg
from phoenix_dr.render.errors import explain
from phoenix_dr.render.text import width
from phoenix_dr.render.view import View

NOW = datetime(2026, 11, 6, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Paris")
HOSTILE = '</title><script>alert(1)</script>&"\x1b[31m'
LANGUAGES = ("fr", "en")


def told(*rules: RetentionRule, name: str = "wiki/pages", days: int = 60) -> Told:
    """Rules carried out on restic with a daily run; two of them are compared."""
    cron = schedule.parse("0 3 * * *", "Europe/Paris")
    runs = runs_of(cron, NOW, days)
    names = [chr(ord("A") + number) for number in range(len(rules))]
    sides = tuple(
        Side(each, "restic", rule, schedule.describe(cron))
        for each, rule in zip(names, rules, strict=True)
    )
    regimes = {side.name: Regime(side.rule, Dialect.RESTIC, ZONE, runs) for side in sides}
    made = simulate([], regimes, now=NOW, horizon=NOW + days * DAY)
    return Told(made, sides, asset=name, engine="home", compared=len(rules) == 2)


def lines(of: Told, *, columns: int = 100, language: str = "en") -> list[str]:
    """What the terminal shows."""
    return list(retention_calendar.lines(of, View(language, ZONE, width=columns)))


def drawn(of: Told, language: str = "en") -> str:
    """The drawing."""
    return retention_svg.drawing(of, View(language, ZONE))


WEEK, MONTH = RetentionRule(last=7), RetentionRule(daily=20)


def test_a_day_is_a_letter_of_who_keeps_it() -> None:
    found = lines(told(MONTH, WEEK), columns=60)
    # The horizon is 5 January; of 20 daily points the oldest lies on 17 December.
    assert "2026-12  ················AAAAAAAAAAAAA##" in found
    assert "2027-01  #####" in found
    assert "Days both keep: 7." in found
    assert "A keeps 13 days that B does not: 2026-12-17 to 2026-12-29" in found
    assert "B keeps no day that A does not." in found


def test_the_sides_exchanged_show_the_loss_on_the_other() -> None:
    found = lines(told(WEEK, MONTH), columns=60)
    assert "2026-12  ················BBBBBBBBBBBBB##" in found
    assert "B keeps 13 days that A does not: 2026-12-17 to 2026-12-29" in found


def test_equal_rules_have_no_difference() -> None:
    found = lines(told(WEEK, WEEK))
    assert "No difference: both keep the same days (7)." in found
    assert not [line for line in found if re.match(r"\d{4}-\d\d  .*[AB]", line)]


def test_one_rule_alone_needs_no_letters() -> None:
    found = lines(told(WEEK), columns=60)
    assert "2026-12  " + "·" * 29 + "##" in found
    assert "         # can be restored   · cannot" in found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("columns", [60, 79, 100, 200])
def test_no_line_is_wider_than_the_terminal_and_none_is_coloured(
    language: str, columns: int
) -> None:
    rules = RetentionRule(daily=7, weekly=4, monthly=12, yearly=3), RetentionRule()
    found = lines(told(*rules, days=500), columns=columns, language=language)
    assert max(map(width, found)) <= columns
    assert "\x1b" not in "".join(found)
    assert sum(bool(re.match(r"\d{4}-\d\d  ", line)) for line in found) == 13


def test_days_older_than_a_year_are_counted() -> None:
    found = lines(told(RetentionRule(), WEEK, days=500))
    assert "  Older days that A keeps: 114, from 2026-11-07 on." in found


def test_what_is_not_steady_is_said() -> None:
    said = "\n".join(lines(told(RetentionRule(daily=7, yearly=3))))
    assert "Not steady yet" in said
    assert "not filled: yearly" in said
    assert "Not steady" not in "\n".join(lines(told(WEEK)))


def test_foreign_names_cannot_disturb_terminal_or_drawing() -> None:
    of = told(WEEK, MONTH, name=HOSTILE)
    assert "\x1b" not in "".join(lines(of))
    text = drawn(of)
    assert "<script" not in text
    assert ElementTree.fromstring(text).tag.endswith("svg")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_drawing_stands_alone_and_says_what_it_shows(language: str) -> None:
    text = drawn(told(MONTH, WEEK), language)
    root = ElementTree.fromstring(text)
    space = {"s": "http://www.w3.org/2000/svg"}
    assert root.get("role") == "img"
    assert "2027-01-05" in str(root.findtext("s:title", namespaces=space))
    assert "restic" in str(root.findtext("s:desc", namespaces=space))
    assert "prefers-color-scheme:dark" in text
    links = re.findall(r"(?:href|src|url\(|@import|https?:)[^\"']*", text)
    assert links == ["http://www.w3.org/2000/svg"]


def test_the_drawing_shows_each_day_once_with_its_keepers() -> None:
    root = ElementTree.fromstring(drawn(told(MONTH, WEEK)))
    titles = [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}title")][1:]
    assert sum(title.endswith(" A") for title in titles) == 13
    assert sum(title.endswith(" A+B") for title in titles) == 7
    assert len(titles) == 20


def test_a_store_of_samples_is_drawn_too() -> None:
    made = simulate(
        [], {"A": Window(ZONE, NOW, 14 * DAY)}, now=NOW, horizon=NOW + timedelta(days=30)
    )
    side = Side("A", "prometheus", RetentionRule(within=14 * DAY), ("samples", ()))
    found = "\n".join(lines(Told(made, (side,))))
    assert "every moment of the last 14 d" in found
    assert "samples all the time" in found


def test_a_rule_is_read_as_it_is_typed() -> None:
    assert parse_rule("daily=7, weekly=4,monthly=6") == RetentionRule(daily=7, weekly=4, monthly=6)
    assert parse_rule("within=1d 12h") == RetentionRule(within=timedelta(hours=36))
    assert parse_rule(" ") == RetentionRule()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("last=0", "simulate-count"),
        ("daily=7,last=-1", "simulate-count"),
        ("daily=7,daily=4", "simulate-rule"),
        ("daily", "simulate-rule"),
        ("secondly=3", "simulate-rule"),
        ("last=seven", "simulate-rule"),
        ("last=9999999", "simulate-rule"),
        ("within=30", "simulate-rule"),
        ("within=0d", "simulate-rule"),
        ("daily=7,,", "simulate-rule"),
    ],
)
def test_a_bad_rule_is_refused_with_a_hint(rule: str, code: str, language: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_rule(rule)
    assert caught.value.code == code
    message, hint = explain(caught.value, language)
    assert hint
    assert "simulate" not in message
