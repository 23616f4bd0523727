"""A simulated year is what the tools do run after run, and what goes is shown as gone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_retention import PARIS, epoch, held
from phoenix_dr.core import schedule
from phoenix_dr.core.calendar_grammar import parse as parse_event
from phoenix_dr.core.kubernetes_grammar import parse_k8s
from phoenix_dr.core.model import DAY, RetentionRule
from phoenix_dr.core.retention import Held
from phoenix_dr.core.retention_dialects import KNOWS, Dialect
from phoenix_dr.core.retention_effect import Regime, foresee
from phoenix_dr.core.retention_forecast import Forecast, Window, difference
from phoenix_dr.core.retention_simulation import runs_of, simulate
from phoenix_dr.errors import UsageError

NOW = datetime(2026, 11, 6, 12, tzinfo=UTC)
ZONE = ZoneInfo(PARIS)
YEAR = 365
MONTH = [f"2026-10-{day:02d} 03:00" for day in range(8, 32)] + [
    f"2026-11-{day:02d} 03:00" for day in range(1, 7)
]


def regime(
    rule: RetentionRule,
    dialect: Dialect = Dialect.RESTIC,
    *,
    at: str = "0 3 * * *",
    days: int = YEAR,
) -> Regime:
    """A rule with the runs of a cron schedule in Paris."""
    return Regime(rule, dialect, ZONE, runs_of(schedule.parse(at, PARIS), NOW, days))


def forecast(
    of: Regime | Window, points: list[Held] | None = None, *, days: int = YEAR
) -> Forecast:
    """One regime carried out, from nothing when no points are given."""
    return simulate(points or [], {"x": of}, now=NOW, horizon=NOW + days * DAY).forecasts[0]


def test_seven_daily_points_are_a_week() -> None:
    made = forecast(regime(RetentionRule(last=7)))
    assert made.end.count == 7
    assert made.days == tuple(date(2027, 10, 31) + number * DAY for number in range(7))
    # The year ends at 12:00 UTC; the oldest was taken at 03:00 in Paris, six days before.
    assert made.end.reach == 6 * DAY + timedelta(hours=10)
    assert made.end.hole == DAY
    assert made.growing == ()
    assert made.steady_from == datetime.fromtimestamp(epoch("2026-11-13 03:00"), UTC)
    assert made.worst is not None
    # Right after a run the oldest of seven is six days back; clocks change once in between.
    assert (made.worst.reach, made.worst.hole) == (
        6 * DAY - timedelta(hours=1),
        DAY + timedelta(hours=1),
    )
    assert len(made.weeks) == 53


def test_a_short_history_has_a_hole_in_the_last_thirty_days() -> None:
    assert forecast(regime(RetentionRule(last=7))).end.recent_hole == 24 * DAY
    assert forecast(regime(RetentionRule(daily=31))).end.recent_hole == DAY + timedelta(hours=1)


def test_equal_numbers_differ_between_restic_and_pve() -> None:
    rule = RetentionRule(daily=7, weekly=4)
    restic, pve = (forecast(regime(rule, each)) for each in (Dialect.RESTIC, Dialect.PVE))
    # restic: the newest two Sundays are daily points too. PVE: their weeks are done, four more.
    assert (restic.end.count, pve.end.count) == (9, 11)
    found = difference(restic, pve)
    assert found.only_first == ()
    assert found.only_second == (date(2027, 10, 3), date(2027, 10, 10))
    assert found.both == 9
    assert difference(pve, restic).only_first == found.only_second


def test_a_rule_that_loses_days_shows_them_as_lost() -> None:
    points = held(*MONTH)
    long, short = (
        forecast(regime(RetentionRule(daily=count), days=5), points, days=5) for count in (30, 7)
    )
    lost = difference(long, short).only_first
    assert len(lost) == 23
    assert (lost[0], lost[-1]) == (date(2026, 10, 13), date(2026, 11, 4))
    assert short.worst is not None
    assert short.worst.reach < 7 * DAY
    assert difference(long, long).only_first == ()


def test_an_empty_rule_keeps_everything_and_never_settles() -> None:
    made = forecast(regime(RetentionRule()), held(*MONTH))
    assert made.end.count == len(MONTH) + YEAR
    assert made.end.oldest == datetime.fromtimestamp(epoch(MONTH[0]), UTC)
    assert (made.steady_from, made.growing) == (None, ())


def test_a_rule_that_reaches_beyond_the_horizon_is_said_not_to_be_steady() -> None:
    made = forecast(regime(RetentionRule(daily=7, yearly=3)))
    assert made.growing == ("yearly",)
    assert (made.steady_from, made.worst) == (None, None)
    assert forecast(regime(RetentionRule(within=30 * DAY), days=20), days=20).growing == ("within",)


def test_a_denser_schedule_under_a_count_covers_less() -> None:
    rule = RetentionRule(last=7)
    daily, dense = (
        forecast(regime(rule, Dialect.LONGHORN, at=at)) for at in ("0 3 * * *", "0 3,9,15,21 * * *")
    )
    assert difference(daily, dense).only_first == tuple(
        date(2027, 10, 31) + number * DAY for number in range(4)
    )


def test_velero_copies_end_with_their_ttl() -> None:
    made = forecast(regime(RetentionRule(within=10 * DAY), Dialect.VELERO))
    assert made.end.count == 10


def test_nothing_held_and_no_run_is_nothing() -> None:
    made = forecast(Regime(RetentionRule(last=1), Dialect.RESTIC, ZONE))
    assert (made.days, made.end.count, made.end.oldest) == ((), 0, None)
    assert made.end.recent_hole == 30 * DAY


def test_an_unfinished_copy_restores_no_day() -> None:
    points = [
        Held("whole", epoch("2026-11-05 03:00")),
        Held("half", epoch(MONTH[-1]), False, False),
    ]
    made = forecast(Regime(RetentionRule(last=5), Dialect.PBS, ZONE), points)
    assert made.days == (date(2026, 11, 5),)


def test_a_store_of_samples_holds_every_moment_of_its_window() -> None:
    made = forecast(Window(ZONE, NOW, 30 * DAY))
    assert (made.end.count, made.end.reach, made.end.hole) == (None, 30 * DAY, timedelta(0))
    assert len(made.days) == 31
    assert made.steady_from == NOW + 30 * DAY
    young = forecast(Window(ZONE, NOW, 30 * DAY), days=10)
    assert (young.end.reach, young.growing) == (10 * DAY, ("within",))
    assert young.end.recent_hole == 20 * DAY
    assert forecast(Window(ZONE, NOW)).end.reach == YEAR * DAY


@pytest.mark.parametrize("days", [0, -1])
def test_a_horizon_that_is_not_ahead_is_refused(days: int) -> None:
    with pytest.raises(UsageError, match="simulate-days"):
        forecast(Regime(RetentionRule(), Dialect.RESTIC, ZONE), days=days)


def test_negative_counts_and_durations_are_refused() -> None:
    with pytest.raises(UsageError, match="retention-negative"):
        forecast(regime(RetentionRule(last=-1)))
    with pytest.raises(UsageError, match="retention-negative"):
        forecast(Window(ZONE, NOW, -DAY))
    with pytest.raises(UsageError, match="retention-unsupported"):
        forecast(regime(RetentionRule(daily=1), Dialect.LONGHORN))


def test_runs_are_those_the_schedule_names_one_by_one() -> None:
    # From before the clocks go back to after it.
    start = datetime(2026, 10, 24, 12, tzinfo=UTC)
    cron = schedule.parse("30 */2 * * *", PARIS)
    one_by_one, last = [], start
    while (last := schedule.next_after(cron, last)) <= start + 3 * DAY:
        one_by_one.append(int(last.timestamp()))
    assert runs_of(cron, start, 3) == tuple(one_by_one)
    event = parse_event("*:0/30", PARIS)
    assert len(runs_of(event, start, 2)) == 4 * 24 - 2
    # Every two hours of the clock in UTC, whatever clocks do in Paris.
    assert len(runs_of(parse_k8s("0 */2 * * *"), start, 3)) == 36
    assert runs_of(parse_event("2015-10-21", PARIS), start, 3) == ()


def test_too_many_runs_are_refused() -> None:
    with pytest.raises(UsageError, match="simulate-too-many"):
        runs_of(schedule.parse("* * * * *", PARIS), NOW, 200)


def rules(dialect: Dialect) -> st.SearchStrategy[RetentionRule]:
    """Rules a tool has, the empty one among them."""
    parts = {
        name: st.none() | (st.integers(1, 200).map(lambda h: timedelta(hours=h))
                           if name == "within" else st.integers(1, 9))
        for name in KNOWS[dialect]
    }  # fmt: skip
    return st.builds(RetentionRule, **parts)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), dialect=st.sampled_from(Dialect))
def test_the_end_is_what_is_foreseen(data: st.DataObject, dialect: Dialect) -> None:
    at = data.draw(st.sampled_from(["0 3 * * *", "0 * * * *", "0 0 * * 1", "30 2,14 * * *"]))
    days = data.draw(st.integers(1, 30))
    ages = data.draw(st.sets(st.integers(-20, 9000), max_size=15))
    points = [Held(f"p{age}", int(NOW.timestamp()) - age * 3601) for age in sorted(ages)]
    given_rule = regime(data.draw(rules(dialect)), dialect, at=at, days=days)
    made = forecast(given_rule, points, days=days)
    left = foresee(points, given_rule, now=NOW)
    assert made.end.count == len(left)
    assert set(made.days) == {datetime.fromtimestamp(each.at, ZONE).date() for each in left}
    if left:
        assert made.end.oldest == datetime.fromtimestamp(left[-1].at, UTC)


@pytest.mark.parametrize("dialect", [Dialect.RESTIC, Dialect.BORG, Dialect.PVE])
def test_a_year_of_hourly_runs_is_carried_out_run_by_run(dialect: Dialect) -> None:
    rule = RetentionRule(hourly=24, daily=7, weekly=4, monthly=12)
    hourly = regime(rule, dialect, at="0 * * * *")
    made = forecast(hourly)
    assert len(made.weeks) == 53
    assert made.end.count == len(foresee([], hourly, now=NOW))
