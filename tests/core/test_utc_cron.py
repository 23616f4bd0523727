"""Schedules said in UTC: the same moments, or never too early where clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phoenix_dr.core.schedule import Cron, parse, runs_after
from phoenix_dr.core.utc_cron import InUtc, in_utc
from phoenix_dr.errors import UsageError

WINTER, RAMADAN, SUMMER = (
    datetime(2026, month, day, tzinfo=UTC) for month, day in ((11, 23), (3, 1), (7, 1))
)
# None of these changes its clocks; two are not whole hours away.
STEADY = ("UTC", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo", "America/Bogota", "Etc/GMT+12")


def lines(expression: str, zone: str) -> tuple[str, ...]:
    return tuple(cron.expression for cron in in_utc(parse(expression, zone), year=2026).crons)


@pytest.mark.parametrize(
    ("expression", "zone", "expected"),
    [
        ("0 3,15 * * *", "Europe/Paris", ("0 2,14 * * *",)),
        ("30 0 * * *", "Europe/Paris", ("30 23 * * *",)),
        ("30 0 * * 0", "Europe/Paris", ("30 23 * * 6",)),
        ("*/15 * * * *", "Europe/Paris", ("0,15,30,45 * * * *",)),
        ("0 0,12 * * 1", "Europe/Paris", ("0 23 * * 0", "0 11 * * 1")),
        ("0 0,5 * * *", "Asia/Kolkata", ("30 18,23 * * *",)),
        ("0 3 15 * *", "Pacific/Auckland", ("0 15 14 * *",)),
        ("0 20 27 * *", "America/New_York", ("0 1 28 * *",)),
        ("0 12 1 1 *", "Europe/Paris", ("0 11 1 1 *",)),
        ("0 12 * * mon-fri/2", "Europe/Paris", ("0 11 * * 1,3,5",)),
    ],
)
def test_a_schedule_in_utc(expression: str, zone: str, expected: tuple[str, ...]) -> None:
    assert lines(expression, zone) == expected


@pytest.mark.parametrize(
    ("expression", "zone"),
    [
        ("0 0 1 * *", "Europe/Paris"),
        ("0 20 28 * *", "America/New_York"),
        ("0 0 * 1 *", "Europe/Paris"),
        ("0 0 */2 * 1", "Europe/Paris"),
        ("0 0 5 * */2", "Europe/Paris"),
    ],
)
def test_days_that_cannot_be_moved_are_refused(expression: str, zone: str) -> None:
    with pytest.raises(UsageError, match="schedule-not-utc"):
        lines(expression, zone)


@pytest.mark.parametrize("expression", ["0 12 L * *", "0 12 * * 1#3"])
def test_what_github_cannot_say_is_refused(expression: str) -> None:
    with pytest.raises(UsageError, match="schedule-not-expressible"):
        lines(expression, "UTC")


@pytest.mark.parametrize("zone", STEADY)
def test_a_zone_that_never_changes_is_not_late(zone: str) -> None:
    assert in_utc(parse("0 3 * * *", zone), year=2026).late == timedelta(0)


@pytest.mark.parametrize("zone", ["Europe/Paris", "Europe/Dublin", "Africa/Casablanca"])
def test_where_clocks_change_it_runs_later_and_never_before(zone: str) -> None:
    cron = parse("0 9,21 * * *", zone)
    made = in_utc(cron, year=2026)
    assert made.late == timedelta(hours=1)
    late = {
        theirs - ours
        for begin in (WINTER, RAMADAN, SUMMER)
        for ours, theirs in pairs(cron, made, begin)
    }
    assert late == {timedelta(0), timedelta(hours=1)}


def pairs(cron: Cron, made: InUtc, begin: datetime) -> list[tuple[datetime, datetime]]:
    ours = list(islice(runs_after(cron, begin), 6))
    theirs = utc_runs(made, ours[0] - timedelta(minutes=1), 6)
    return list(zip(ours, theirs, strict=True))


def utc_runs(made: InUtc, begin: datetime, count: int) -> list[datetime]:
    runs = {run for cron in made.crons for run in islice(runs_after(cron, begin), count)}
    return sorted(runs)[:count]


FIELD = st.tuples(st.integers(0, 59), st.integers(0, 23), st.integers(0, 23), st.integers(0, 6))


@settings(max_examples=150)
@given(FIELD, st.sampled_from(STEADY), st.sampled_from(["*", "day", "week"]))
def test_the_same_moments_in_any_steady_zone(
    numbers: tuple[int, int, int, int], zone: str, kind: str
) -> None:
    minute, one, other, weekday = numbers
    days = {"*": "* * *", "day": "15,20 * *", "week": f"* * {weekday},3"}[kind]
    cron = parse(f"{minute},59 {one},{other} {days}", zone)
    expected = list(islice(runs_after(cron, WINTER), 12))
    assert utc_runs(in_utc(cron, year=2026), WINTER, 12) == expected
