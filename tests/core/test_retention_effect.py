"""A change is judged by what it loses and gains, never by its numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_retention import PARIS, epoch, held
from phoenix_dr.core.model import DAY, RetentionRule
from phoenix_dr.core.retention import Held
from phoenix_dr.core.retention_dialects import Dialect
from phoenix_dr.core.retention_effect import Effect, Extent, Regime, compare, foresee
from phoenix_dr.errors import UsageError

NOW = datetime(2026, 11, 6, 12, tzinfo=UTC)
ZONE = ZoneInfo(PARIS)
MONTH = [f"2026-10-{day:02d} 03:00" for day in range(8, 32)] + [
    f"2026-11-{day:02d} 03:00" for day in range(1, 7)
]


def runs(*hours: int, days: int = 60) -> tuple[int, ...]:
    """Runs at these local hours of the coming days."""
    first = epoch("2026-11-07")
    return tuple(first + day * 86_400 + hour * 3600 for day in range(days) for hour in hours)


def regime(rule: RetentionRule, dialect: Dialect = Dialect.RESTIC, *at: int) -> Regime:
    """A rule with runs at these hours of the coming 60 days, or with none."""
    return Regime(rule, dialect, ZONE, runs(*at) if at else ())


def change(before: Regime, after: Regime, points: list[Held] | None = None) -> Effect:
    """The effect of a change on a month of daily points."""
    return compare(held(*MONTH) if points is None else points, before, after, now=NOW)


def test_a_shorter_rule_loses_a_period_and_the_way_back_gains_it() -> None:
    long, short = regime(RetentionRule(daily=30)), regime(RetentionRule(daily=7))
    effect = change(long, short)
    assert effect.loses
    assert effect.lost.points == tuple(MONTH[:23])
    assert effect.lost.count == 23
    assert effect.lost.since == datetime(2026, 10, 8, 1, tzinfo=UTC)
    assert effect.lost.until == datetime(2026, 10, 30, 2, tzinfo=UTC)
    assert effect.gained == Extent()
    back = change(short, long)
    assert not back.loses
    assert back.gained == effect.lost


def test_the_longer_pve_rule_that_deletes_is_a_loss() -> None:
    points = held("2026-11-06", "2026-11-01", "2026-10-27", "2026-10-17")
    before = regime(RetentionRule(hourly=2, monthly=1), Dialect.PVE)
    after = regime(RetentionRule(hourly=2, weekly=1, monthly=1), Dialect.PVE)
    effect = change(before, after, points)
    assert (effect.lost.points, effect.gained.points) == (("2026-10-27",), ("2026-10-17",))


def test_the_first_rule_where_there_was_none_is_a_loss() -> None:
    assert change(regime(RetentionRule()), regime(RetentionRule(last=5))).lost.count == 25
    assert not change(regime(RetentionRule(last=5)), regime(RetentionRule())).loses


def test_a_denser_schedule_under_keep_last_covers_less() -> None:
    rule = RetentionRule(last=7)
    effect = change(regime(rule, Dialect.LONGHORN, 3), regime(rule, Dialect.LONGHORN, 3, 9, 15, 21))
    assert effect.lost == Extent()
    assert effect.loses
    assert effect.lost_later.count == 5
    assert effect.gained_later == Extent()


def test_a_denser_schedule_under_keep_daily_loses_nothing() -> None:
    rule = RetentionRule(daily=7)
    effect = change(regime(rule, Dialect.RESTIC, 3), regime(rule, Dialect.RESTIC, 3, 15))
    assert not effect.loses


def test_an_ended_schedule_under_a_duration_loses_what_would_have_been_made() -> None:
    rule = RetentionRule(within=30 * DAY)
    before = regime(rule, Dialect.VELERO, 3)
    effect = change(before, Regime(rule, Dialect.VELERO, ZONE))
    assert effect.lost == Extent()
    assert effect.lost_later.count == 30
    assert effect.lost_later.points[0].startswith("run:")


def test_another_engine_with_equal_numbers_can_lose() -> None:
    rule = RetentionRule(daily=7, weekly=4)
    effect = change(regime(rule, Dialect.PVE), regime(rule, Dialect.RESTIC))
    assert effect.lost.count > 0


def test_pruning_after_each_run_is_what_is_foreseen() -> None:
    left = foresee(
        held(*MONTH), regime(RetentionRule(last=2, monthly=2), Dialect.RESTIC, 3), now=NOW
    )
    days = [datetime.fromtimestamp(point.at, ZONE).strftime("%m-%d") for point in left]
    assert days == ["01-05", "01-04", "12-31"]


def test_a_rule_the_tool_does_not_have_is_refused() -> None:
    with pytest.raises(UsageError, match="retention-unsupported"):
        change(regime(RetentionRule(last=1)), regime(RetentionRule(daily=1), Dialect.LONGHORN))


@given(
    ages=st.sets(st.integers(0, 400 * 86_400), max_size=20),
    numbers=st.tuples(*[st.integers(1, 9)] * 4),
    dialect=st.sampled_from([Dialect.RESTIC, Dialect.BORG, Dialect.PVE]),
)
def test_no_change_has_no_effect_and_the_way_back_swaps_both_sides(
    ages: set[int], numbers: tuple[int, int, int, int], dialect: Dialect
) -> None:
    points = [Held(f"p{age}", epoch("2026-11-06 03:00") - age) for age in sorted(ages)]
    before = regime(RetentionRule(last=numbers[0], weekly=numbers[1]), dialect)
    after = regime(RetentionRule(daily=numbers[2], monthly=numbers[3]), dialect)
    assert change(before, before, points) == Effect(Extent(), Extent(), Extent(), Extent())
    there, back = change(before, after, points), change(after, before, points)
    assert (there.lost, there.gained) == (back.gained, back.lost)
