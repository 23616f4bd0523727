"""Schedules: which instants a cron expression means, clock changes included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phoenix_dr.core.schedule import (
    Cron,
    describe,
    longest_gap,
    next_after,
    parse,
    previous_before,
)
from phoenix_dr.errors import UsageError

PARIS = "Europe/Paris"
ZONES = ("UTC", PARIS, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo")
EXPRESSIONS = (
    "30 2 * * *",
    "0 3,15 * * *",
    "0,30 2,3 * * *",
    "*/20 * * * *",
    "15 */5 * * *",
    "*/30 1-4 * * *",
    "0 0 * * *",
    "10 1 * * 0",
    "5 4 1 * *",
    "0 6 L * *",
    "0 2 13 * 5",
    "0 9 * * 1-5",
)

crons = st.builds(Cron, st.sampled_from(EXPRESSIONS), st.sampled_from(ZONES))
CHANGES = (
    "2026-03-29T01:00+00:00",
    "2026-10-25T01:00+00:00",
    "2026-03-08T07:00+00:00",
    "2026-11-01T06:00+00:00",
    "2026-04-04T15:00+00:00",
    "2026-10-03T15:30+00:00",
    "2026-04-23T22:00+00:00",
    "2026-10-29T21:00+00:00",
)
"""When clocks change in these zones."""

moments = st.builds(
    lambda change, seconds: datetime.fromisoformat(change) + timedelta(seconds=seconds),
    st.sampled_from(CHANGES),
    st.integers(-2 * 86_400, 2 * 86_400) | st.integers(-90 * 86_400, 90 * 86_400),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def runs(expression: str, since: str, until: str) -> list[str]:
    cron = parse(expression, PARIS)
    found, moment = [], at(since)
    while (moment := next_after(cron, moment)) < at(until):
        found.append(moment.strftime("%d %H:%M"))
    return found


def runs_backwards(expression: str, since: str, until: str) -> list[str]:
    cron = parse(expression, PARIS)
    found, moment = [], at(until)
    while (moment := previous_before(cron, moment)) > at(since):
        found.append(moment.strftime("%d %H:%M"))
    return found[::-1]


# In Paris clocks jump from 02:00 to 03:00 at 01:00 UTC on 29 March 2026,
# and fall back from 03:00 to 02:00 at 01:00 UTC on 25 October 2026.
SPRING = ("2026-03-27T23:00", "2026-03-30T22:00")
AUTUMN = ("2026-10-23T22:00", "2026-10-26T23:00")
RUNS = {
    "twice a day, spring": (
        "0 3,15 * * *",
        SPRING,
        ["28 02:00", "28 14:00", "29 01:00", "29 13:00", "30 01:00", "30 13:00"],
    ),
    "twice a day, autumn": (
        "0 3,15 * * *",
        AUTUMN,
        ["24 01:00", "24 13:00", "25 02:00", "25 14:00", "26 02:00", "26 14:00"],
    ),
    "an hour that does not exist runs once, right after the jump": (
        "30 2 * * *",
        SPRING,
        ["28 01:30", "29 01:00", "30 00:30"],
    ),
    "an hour that comes twice runs the first time only": (
        "30 2 * * *",
        AUTUMN,
        ["24 00:30", "25 00:30", "26 01:30"],
    ),
}


@pytest.mark.parametrize(("expression", "span", "expected"), RUNS.values(), ids=RUNS.keys())
def test_runs_on_the_days_clocks_change(
    expression: str, span: tuple[str, str], expected: list[str]
) -> None:
    assert runs(expression, *span) == expected
    assert runs_backwards(expression, *span) == expected


@pytest.mark.parametrize(
    ("now", "before", "after"),
    [
        ("2026-10-25T00:10", "2026-10-24T00:30", "2026-10-25T00:30"),
        ("2026-10-25T00:30", "2026-10-24T00:30", "2026-10-26T01:30"),
        ("2026-10-25T00:45", "2026-10-25T00:30", "2026-10-26T01:30"),
        ("2026-10-25T01:10", "2026-10-25T00:30", "2026-10-26T01:30"),
        ("2026-10-25T01:45", "2026-10-25T00:30", "2026-10-26T01:30"),
    ],
)
def test_inside_the_hour_that_repeats(now: str, before: str, after: str) -> None:
    cron = parse("30 2 * * *", PARIS)
    assert previous_before(cron, at(now)) == at(before)
    assert next_after(cron, at(now)) == at(after)


@given(crons, moments)
def test_next_and_previous_agree(cron: Cron, moment: datetime) -> None:
    following = next_after(cron, moment)
    assert following > moment
    assert previous_before(cron, following + timedelta(seconds=1)) == following
    before = previous_before(cron, moment)
    assert before < moment <= next_after(cron, before)


LONGEST = {
    "daily: a day and the hour of autumn": ("0 3 * * *", timedelta(hours=25)),
    "twice a day: twelve hours and the hour of autumn": ("0 3,15 * * *", timedelta(hours=13)),
    "every minute": ("* * * * *", timedelta(minutes=1)),
    "every minute by day": ("* 8-19 * * *", timedelta(hours=13, minutes=1)),
    "every minute but in the night of the change": ("* 4-23 * * *", timedelta(hours=5, minutes=1)),
    "weekly": ("0 4 * * 0", timedelta(days=7, hours=1)),
    "working days": ("0 2 * * 1-5", timedelta(days=3, hours=1)),
    "monthly": ("@monthly", timedelta(days=31, hours=1)),
    "the end of each month is skipped": ("* * 1-27 * *", timedelta(days=4, hours=1, minutes=1)),
    "only in leap years": ("0 0 29 2 *", timedelta(days=1461)),
}


@pytest.mark.parametrize(("expression", "longest"), LONGEST.values(), ids=LONGEST.keys())
def test_longest_gap(expression: str, longest: timedelta) -> None:
    assert longest_gap(parse(expression, PARIS), after=at("2026-11-23T10:00")) == longest


def test_longest_gap_follows_the_zone() -> None:
    assert longest_gap(parse("0 3 * * *", "UTC"), after=at("2026-11-23T10:00")) == timedelta(days=1)


@settings(max_examples=25)
@given(crons, moments, st.integers(0, 360))
def test_worst_case_holds_for_every_gap_of_the_year(cron: Cron, after: datetime, days: int) -> None:
    worst = longest_gap(cron, after=after)
    run = next_after(cron, after + timedelta(days=days))
    for _ in range(30):
        following = next_after(cron, run)
        if following > after + timedelta(days=365):
            break
        assert following - run <= worst
        run = following


@pytest.mark.parametrize(
    ("nickname", "expression"),
    [
        ("@hourly", "0 * * * *"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
        (" @Daily ", "0 0 * * *"),
        ("  0   3 * * * ", "0 3 * * *"),
    ],
)
def test_nicknames_and_spaces(nickname: str, expression: str) -> None:
    assert parse(nickname, "UTC") == Cron(expression, "UTC")


@pytest.mark.parametrize(
    "junk",
    [
        "0 0 31 2 *",
        "0 0 30 2 *",
        "0 0 31 4,6,9,11 *",
        "60 * * * *",
        "0 24 * * *",
        "*/0 * * * *",
        "0 3 * *",
        "0 0 3 * * *",
        "@reboot",
        "tous les jours",
        "",
        "²L * * * *",
        "9" * 5000 + " * * * *",
    ],
    ids=lambda junk: junk[:20] or "empty",
)
def test_what_never_runs_or_means_nothing_is_refused(junk: str) -> None:
    with pytest.raises(UsageError, match="cron-invalid"):
        parse(junk, PARIS)


@given(st.text(st.sampled_from("0123456789*/,-#LW ² @"), max_size=20))
def test_any_text_is_a_schedule_or_a_usage_error(text: str) -> None:
    try:
        cron = parse(text, PARIS)
    except UsageError:
        return
    assert next_after(cron, at("2026-11-23T10:00")) > at("2026-11-23T10:00")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "America", "../etc", "/etc/localtime", ""])
def test_unknown_time_zone(zone: str) -> None:
    with pytest.raises(UsageError, match="timezone-unknown"):
        parse("@daily", zone)


WORDS = {
    "0 3 * * *": ("daily", {"time": "03:00"}),
    "@midnight": ("daily", {"time": "00:00"}),
    "0 3,15 * * *": ("several-daily", {"times": "03:00, 15:00"}),
    "0 */6 * * *": ("several-daily", {"times": "00:00, 06:00, 12:00, 18:00"}),
    "5 8-18 * * *": ("times-daily", {"count": 11, "first": "08:05", "last": "18:05"}),
    "@hourly": ("hourly", {"minute": "00"}),
    "7 * * * *": ("hourly", {"minute": "07"}),
    "* * * * *": ("every-minute", {}),
    "*/15 * * * *": ("minutes", {"minutes": 15}),
    "*/7 * * * *": ("raw", {"expression": "*/7 * * * *"}),
    "0 4 * * 0": ("weekly-sunday", {"time": "04:00"}),
    "0 4 * * 7": ("weekly-sunday", {"time": "04:00"}),
    "0 4 * * thu": ("weekly-thursday", {"time": "04:00"}),
    "30 4 1 * *": ("monthly", {"day": 1, "time": "04:30"}),
    "30 4 L * *": ("monthly-last", {"time": "04:30"}),
    "0 2 * * 1-5": ("raw", {"expression": "0 2 * * 1-5"}),
    "@yearly": ("raw", {"expression": "0 0 1 1 *"}),
    "0 2 13 * 5": ("raw", {"expression": "0 2 13 * 5"}),
}


@pytest.mark.parametrize(("expression", "words"), WORDS.items(), ids=WORDS.keys())
def test_describe(expression: str, words: tuple[str, dict[str, str | int]]) -> None:
    code, parameters = describe(parse(expression, "UTC"))
    assert (code, dict(parameters)) == words
