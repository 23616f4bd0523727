"""A million points are decided about as fast as a bare loop counts buckets, in flat memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import pytest

from build_retention import PARIS
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.retention_dialects import Dialect, select

NEWEST = 1_793_900_000
RULE = RetentionRule(last=3, hourly=24, daily=7, weekly=5, monthly=12, yearly=3)
ASSETS = [range(NEWEST - asset, NEWEST - asset - 3600 * 1000, -3600) for asset in range(200)]
DIALECTS = (Dialect.RESTIC, Dialect.BORG, Dialect.PVE)


def plain(times: Sequence[int]) -> int:
    """The loop to compare with: UTC buckets of equal length, no zone, no dialect, no reasons."""
    last, hours, days, weeks, months, years = 3, 24, 7, 5, 12, 3
    hour = day = week = month = year = kept = 0
    for moment in times:
        keep = False
        if last:
            last, keep = last - 1, True
        if hours and (found := moment // 3600) != hour:
            hours, hour, keep = hours - 1, found, True
        if days and (found := moment // 86_400) != day:
            days, day, keep = days - 1, found, True
        if weeks and (found := moment // 604_800) != week:
            weeks, week, keep = weeks - 1, found, True
        if months and (found := moment // 2_592_000) != month:
            months, month, keep = months - 1, found, True
        if years and (found := moment // 31_536_000) != year:
            years, year, keep = years - 1, found, True
        kept += keep
    return kept


def ours(dialect: Dialect) -> Callable[[Sequence[int]], int]:
    """How many points the dialect keeps."""

    def count(times: Sequence[int]) -> int:
        return len(select(times, RULE, zone=ZoneInfo(PARIS), dialect=dialect, now=NEWEST) or ())

    return count


def seconds(work: Callable[[Sequence[int]], int], assets: Sequence[Sequence[int]]) -> float:
    """CPU seconds of the fastest of three passes over all assets."""
    passes = []
    for _ in range(3):
        start = time.process_time()
        assert sum(map(work, assets)) > 0
        passes.append(time.process_time() - start)
    return min(passes)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_deciding_costs_at_most_four_bare_loops(dialect: Dialect) -> None:
    assets = [list(times) for times in ASSETS]
    assert seconds(ours(dialect), assets) <= 4 * seconds(plain, assets)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_ten_times_the_points_cost_ten_times_the_time(dialect: Dialect) -> None:
    # One point a minute: no rule but the yearly one is left unfilled, so every point is walked.
    few, many = (range(NEWEST, NEWEST - count * 60, -60) for count in (30_000, 300_000))
    assert seconds(ours(dialect), [many]) <= 20 * seconds(ours(dialect), [few]) + 0.02


@pytest.mark.parametrize("dialect", DIALECTS)
def test_memory_does_not_grow_with_the_points(dialect: Dialect) -> None:
    times = range(NEWEST, NEWEST - 300_000 * 60, -60)
    tracemalloc.start()
    ours(dialect)(times)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A byte per point for PVE's marks, and the table of days.
    assert peak < 1_000_000
