"""How far back a rule reaches under a schedule: known answers, and laws against every run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phoenix_dr.core import schedule
from phoenix_dr.core.model import DAY, RetentionRule
from phoenix_dr.core.retention_dialects import Dialect, select
from phoenix_dr.core.retention_reach import FIRST, FOR_EVER, LAST, Reach, of_points, of_span
from phoenix_dr.errors import UsageError

TWICE, DAILY, HOURLY, SUNDAYS = "0 3,15 * * *", "0 3 * * *", "0 * * * *", "0 3 * * 0"
RESTIC, BORG = Dialect.RESTIC, Dialect.BORG
HOUR = timedelta(hours=1)

KNOWN = {
    "seven days are this one and six before": (
        (RetentionRule(daily=7), DAILY, RESTIC), Reach(7, 6 * DAY, DAY, 7),
    ),
    "twice a day the morning run is the worst moment": (
        (RetentionRule(daily=7), TWICE, RESTIC), Reach(7, 5.5 * DAY, DAY, 7),
    ),
    "seven points are a week of daily runs": (
        (RetentionRule(last=7), DAILY, RESTIC), Reach(7, 6 * DAY, DAY, 7),
    ),
    "and four days of two runs a day": (
        (RetentionRule(last=7), TWICE, RESTIC), Reach(4, 3 * DAY, 12 * HOUR, 7),
    ),
    "and six hours of hourly ones": (
        (RetentionRule(last=7), HOURLY, RESTIC), Reach(1, 6 * HOUR, HOUR, 7),
    ),
    "four weeks on a Monday are three and a day": (
        (RetentionRule(weekly=4), DAILY, RESTIC), Reach(16, 15 * DAY, 7 * DAY, 4),
    ),
    "four Sundays": ((RetentionRule(weekly=4), SUNDAYS, RESTIC), Reach(22, 21 * DAY, 7 * DAY, 4)),
    "a month of days": (
        (RetentionRule(within=30 * DAY), DAILY, BORG), Reach(30, 29 * DAY, DAY, 30),
    ),
    "borg counts months beyond what days and weeks keep": (
        (RetentionRule(daily=7, weekly=4, monthly=6), TWICE, BORG),
        Reach(185, 183.5 * DAY, DAY, 17),
    ),
    "restic does not": (
        (RetentionRule(daily=7, weekly=4, monthly=6), TWICE, RESTIC),
        Reach(124, 122.5 * DAY, DAY, 15),
    ),
    "five years": (
        (RetentionRule(yearly=5), "@yearly", RESTIC), Reach(1462, 1461 * DAY, 365 * DAY, 5),
    ),
    "no rule has no end": ((RetentionRule(), TWICE, RESTIC), Reach(None, None, 12 * HOUR)),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "reach"), KNOWN.values(), ids=KNOWN.keys())
def test_known_answers(asked: tuple[RetentionRule, str, Dialect], reach: Reach) -> None:
    assert of_points(*asked) == reach


def test_many_runs_are_answered_soon_and_right() -> None:
    assert of_points(RetentionRule(last=5000), "* * * * *", RESTIC) == Reach(
        4, timedelta(minutes=4999), timedelta(minutes=1), 5000
    )
    month = of_points(RetentionRule(within=30 * DAY), "*/15 * * * *", RESTIC)
    assert (month.days, month.least) == (31, 30 * DAY)


def test_spans() -> None:
    assert of_span(30 * DAY) == Reach(30, 30 * DAY, timedelta(0))
    assert of_span(None) == FOR_EVER


def test_a_schedule_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError):
        of_points(RetentionRule(daily=7), "every day", RESTIC)


schedules = st.sampled_from([TWICE, DAILY, SUNDAYS, "30 4 * * 1-5", "0 6 1 * *", "0 */6 * * *"])
counts = st.one_of(st.none(), st.integers(1, 5))
rules = st.builds(
    RetentionRule, last=counts, hourly=counts, daily=counts, weekly=counts, monthly=counts
)
tools = st.sampled_from([RESTIC, BORG])


def every_run(rule: RetentionRule, expression: str, dialect: Dialect) -> Reach:
    """The same by carrying out every single run of the years before."""
    cron = schedule.parse(expression, "UTC")
    held: list[int] = []
    kept: list[list[int]] = []
    for run in schedule.runs_after(cron, FIRST - timedelta(days=700)):
        if run >= LAST:
            break
        at = int(run.timestamp())
        chosen = select([at, *held], rule, zone=UTC, dialect=dialect, now=at) or {}
        held = [[at, *held][position] for position in sorted(chosen)]
        kept = [*kept, held] if run >= FIRST else []
    kept = kept or [held]
    days = min(each[0] // 86_400 - each[-1] // 86_400 + 1 for each in kept)
    return Reach(days, timedelta(seconds=min(each[0] - each[-1] for each in kept)))


@settings(max_examples=25, deadline=None)
@given(rules.filter(lambda rule: not rule.is_empty), schedules, tools)
def test_runs_left_out_change_nothing(rule: RetentionRule, when: str, dialect: Dialect) -> None:
    found, slow = of_points(rule, when, dialect), every_run(rule, when, dialect)
    assert (found.days, found.least) == (slow.days, slow.least)


@settings(max_examples=40, deadline=None)
@given(rules, schedules, tools, st.integers(1, 12))
def test_so_many_daily_points_are_at_least_so_many_days(
    rule: RetentionRule, when: str, dialect: Dialect, daily: int
) -> None:
    found = of_points(replace(rule, daily=daily), when, dialect)
    assert found.days is not None
    assert found.days >= daily
