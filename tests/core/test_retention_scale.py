"""Deciding many points takes no more memory than few; how long it takes is measured in bench."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import pytest

from build_retention import PARIS
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.retention_dialects import Dialect, select

NEWEST = 1_793_900_000
RULE = RetentionRule(last=3, hourly=24, daily=7, weekly=5, monthly=12, yearly=3)
DIALECTS = (Dialect.RESTIC, Dialect.BORG, Dialect.PVE)


def ours(dialect: Dialect) -> Callable[[Sequence[int]], int]:
    """How many points the dialect keeps."""

    def count(times: Sequence[int]) -> int:
        return len(select(times, RULE, zone=ZoneInfo(PARIS), dialect=dialect, now=NEWEST) or ())

    return count


@pytest.mark.parametrize("dialect", DIALECTS)
def test_memory_does_not_grow_with_the_points(dialect: Dialect) -> None:
    times = range(NEWEST, NEWEST - 300_000 * 60, -60)
    tracemalloc.start()
    ours(dialect)(times)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A byte per point for PVE's marks, and the table of days.
    assert peak < 1_000_000
