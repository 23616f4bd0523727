"""How far back a rule lets one go once it has run long enough: a property of rule and schedule.

Worked out on plain UTC days around a New Year that begins a week, a month and a year at once,
where every rule reaches least. So the answer does not change with the day it is asked.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise, takewhile

from phoenix_dr.core import schedule
from phoenix_dr.core.model import DAY, RetentionRule
from phoenix_dr.core.retention_dialects import Dialect, select

FIRST = datetime(2023, 12, 31, tzinfo=UTC)
LAST = datetime(2024, 1, 9, tzinfo=UTC)
"""The days on which reach is measured; 1 January 2024 is a Monday."""
MOST_RUNS = 20_000
"""More runs are thinned out: far back only one a day."""
MOST_STEPS = 600
"""More runs than this are not carried out one by one; a few are asked what they would leave."""
SAMPLES = 12
LONGEST = timedelta(days=366 * 30)
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Reach:
    """What a rule keeps in steady state, at the least favourable run.

    `days` are calendar days from the oldest point kept to the newest, both counted; `least` is
    the same as a span; `gap` the widest distance between points kept in the newest day;
    `points` the most that are kept. `days` and `least` are None for a rule without an end.
    """

    days: int | None
    least: timedelta | None
    gap: timedelta | None = None
    points: int | None = None


FOR_EVER = Reach(None, None)


def of_span(within: timedelta | None) -> Reach:
    """The reach of a store that holds every moment of its last `within`; None is for ever."""
    return FOR_EVER if within is None else Reach(within // DAY, within, timedelta(0))


@lru_cache(maxsize=256)
def of_points(rule: RetentionRule, expression: str, dialect: Dialect) -> Reach:
    """The reach of a rule on points made by a cron schedule, once every part of it is filled.

    Raises UsageError for a schedule that is none and a rule the dialect does not have.
    """
    if rule.is_empty:
        return Reach(None, None, gap=widest_gap(expression))
    runs = _runs(schedule.parse(expression, "UTC"), rule)
    kept = list(_after_each_run(runs, rule, dialect))
    least = min(each[0] - each[-1] for each in kept)
    return Reach(
        days=min(each[0] // _DAY - each[-1] // _DAY + 1 for each in kept),
        least=timedelta(seconds=least),
        gap=max(_newest_gap(each) for each in kept),
        points=max(map(len, kept)),
    )


def widest_gap(expression: str) -> timedelta:
    """The longest distance between two runs of a schedule, clock changes left out."""
    return schedule.longest_gap(schedule.parse(expression, "UTC"), after=LAST)


def _after_each_run(
    runs: Sequence[int], rule: RetentionRule, dialect: Dialect
) -> Iterator[tuple[int, ...]]:
    """Times kept, newest first, after each run of the days measured."""
    last = [index for index, run in enumerate(runs) if run >= FIRST.timestamp()]
    begin = last[0] if last else len(runs) - 1
    if len(runs) > MOST_STEPS:
        # All at once is what restic ends with too; for borg it may differ by some days.
        step = max(1, (len(runs) - begin) // SAMPLES)
        new_year = bisect_left(runs, int((FIRST + DAY).timestamp()))
        for index in {min(new_year, len(runs) - 1), *range(begin, len(runs), step)}:
            yield _kept(runs[index::-1], rule, dialect)
        return
    held: tuple[int, ...] = ()
    for index, run in enumerate(runs):
        held = _kept((run, *held), rule, dialect)
        if index >= begin:
            yield held


def _kept(held: Sequence[int], rule: RetentionRule, dialect: Dialect) -> tuple[int, ...]:
    kept = select(held, rule, zone=UTC, dialect=dialect, now=held[0]) or {}
    return tuple(held[position] for position in sorted(kept)) or tuple(held[:1])


def _newest_gap(kept: Sequence[int]) -> timedelta:
    floor = kept[0] - _DAY
    gaps = [newer - older for newer, older in pairwise(kept) if newer > floor]
    return timedelta(seconds=max(gaps, default=0))


def _runs(planned: schedule.Cron, rule: RetentionRule) -> list[int]:
    """Runs, oldest first, that fill the rule: all near the end, one a day, then one a month."""
    gap = max(schedule.longest_gap(planned, after=LAST), timedelta(minutes=1))
    counts = {name: getattr(rule, name) or 0 for name in ("hourly", "daily", "weekly", "monthly")}
    fine = max((rule.last or 0) * gap, counts["hourly"] * max(gap, timedelta(hours=1)))
    fine = min(max(fine, rule.within or timedelta(0)), LONGEST) + DAY
    coarse = fine + counts["daily"] * max(gap, DAY) + counts["weekly"] * max(gap, 7 * DAY)
    coarse = min(coarse + counts["monthly"] * max(gap, 31 * DAY), LONGEST) + 62 * DAY
    years = min(coarse + (rule.yearly or 0) * max(gap, 366 * DAY), LONGEST)
    near = _near(planned, FIRST - fine)
    runs = [*_thinned(planned, FIRST - years, FIRST - coarse, step=31)]
    runs += _thinned(planned, FIRST - coarse, datetime.fromtimestamp(near[0], UTC), step=1)
    return sorted({*runs, *near})


def _near(planned: schedule.Cron, since: datetime) -> list[int]:
    """Every run from `since` on, at least two; the newest MOST_RUNS of very many."""
    day = takewhile(lambda run: run < LAST, schedule.runs_after(planned, LAST - DAY))
    since = max(since, LAST - DAY * (MOST_RUNS / max(1, sum(1 for _ in day))))
    last = schedule.previous_before(planned, LAST)
    since = min(since, schedule.previous_before(planned, last)) - timedelta(seconds=1)
    found = takewhile(lambda run: run <= last, schedule.runs_after(planned, since))
    return [int(run.timestamp()) for run in found]


def _thinned(
    planned: schedule.Cron, since: datetime, until: datetime, *, step: int
) -> Iterator[int]:
    """The last run of each day between two moments, or of each month when `step` is 31."""
    moment = until
    while (moment := schedule.previous_before(planned, moment)) >= since:
        yield int(moment.timestamp())
        moment = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        moment = moment.replace(day=1) if step > 1 else moment
