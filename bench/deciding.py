"""One side of P13 in a process of its own: deciding every point of every asset, or the plain loop.

`plain` counts what a rule keeps in UTC periods of equal length, with no zone, dialect or reason:
what the answer costs at the very least in Python. `decide` also makes a verdict on every point;
the other sides name a dialect and find the bare keep-set.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bench.rows import series
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.retention import Held, decide
from phoenix_dr.core.retention_dialects import Dialect, select

NOW = 1_800_000_000
ZONE = ZoneInfo("Europe/Paris")
RULE = RetentionRule(last=3, hourly=24, daily=7, weekly=5, monthly=12, yearly=3)
"""Its last rules are never filled here, so that no side may stop before the last point."""


def main(side: str, assets: str, points: str) -> None:
    """Processor seconds of the deciding alone, asset by asset, and how many points are kept."""
    work = _work(side)
    seconds, kept = 0.0, 0
    for number in range(int(assets)):
        times = sorted((row[0] for row in series(number, 2, int(points), NOW)), reverse=True)
        # Ids and rows are read from somewhere in any case: making them is no part of deciding.
        held = [Held(f"{number}-{place}", at) for place, at in enumerate(times)]
        began = time.process_time()
        kept += work(times, held)
        seconds += time.process_time() - began
    print(json.dumps({"seconds": seconds, "kept": kept}))


def _work(side: str) -> Callable[[Sequence[int], list[Held]], int]:
    if side == "plain":
        return lambda times, held: plain(times)
    if side == "decide":
        now = datetime.fromtimestamp(NOW, UTC)
        return lambda times, held: sum(
            verdict.kept
            for verdict in decide(held, RULE, zone=ZONE, dialect=Dialect.RESTIC, now=now)
        )
    dialect = Dialect(side)
    return lambda times, held: len(select(times, RULE, zone=ZONE, dialect=dialect, now=NOW) or ())


def plain(times: Sequence[int]) -> int:
    """How many points of one asset the same counts keep, by integer division."""
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


if __name__ == "__main__":
    main(*sys.argv[1:])
