"""When Proxmox calendar events run: the next run, the longest gap, the words for it.

Runs are wall-clock times of the node, as proxmox-time steps through them with the C library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from phoenix_dr.core.cadence import MANY, Words, words
from phoenix_dr.core.calendar_grammar import YEARS, CalendarEvent, Values, parse
from phoenix_dr.core.model import DAY

__all__ = [
    "CalendarEvent",
    "describe",
    "longest_gap",
    "next_after",
    "parse",
    "previous_before",
    "runs_after",
]

YEAR = timedelta(days=366)
# A leap day meets each weekday at least once in 40 years, also across 2100.
_RAREST = 41


def next_after(event: CalendarEvent, moment: datetime) -> datetime | None:
    """The first run strictly after `moment`, in UTC; None when it never runs again."""
    return next(runs_after(event, moment), None)


def runs_after(event: CalendarEvent, moment: datetime) -> Iterator[datetime]:
    """Every run strictly after `moment`, in UTC and in order, while any follows."""
    first = moment.astimezone(ZoneInfo(event.timezone)).date()
    for day in _dates(event, first):
        yield from (run for run in _runs(event, day) if run > moment)


def previous_before(event: CalendarEvent, moment: datetime) -> datetime | None:
    """The last run strictly before `moment`, in UTC; None when it never ran before."""
    last = moment.astimezone(ZoneInfo(event.timezone)).date()
    for day in _dates_back(event, last):
        for run in reversed(_runs(event, day)):
            if run < moment:
                return run
    return None


def longest_gap(event: CalendarEvent, *, after: datetime) -> timedelta | None:
    """The longest distance between two consecutive runs, from the last one before that local day.

    A year is looked at; a rarer event counts the one distance it is in. None when fewer than
    two runs are left, so that no distance bounds the loss.
    """
    today = after.astimezone(ZoneInfo(event.timezone)).date()
    last: datetime | None = None
    gaps: list[timedelta] = []
    for day in _dates(event, next(_dates_back(event, today - DAY), today)):
        first, inside, end = _spread(event, day)
        if first is None or end is None:
            continue
        gaps += [*inside, *([first - last] if last else [])]
        last = end
        if day > today + YEAR and gaps:
            break
    return max(gaps, default=None)


def describe(event: CalendarEvent) -> Words:
    """The phrase `schedule.CODE` that says this event, with its parameters."""
    raw: Words = ("raw", (("expression", event.expression),))
    whole_minutes = all(second % 60 == 0 for second in event.times)
    if not whole_minutes or len(event.months) < 12 or len(event.years) < len(YEARS):
        return raw
    clock = [f"{at // 3600:02d}:{at // 60 % 60:02d}" for at in event.times]
    every_date = len(event.days) == 31
    for code, days in (("workdays", range(5)), ("weekends", range(5, 7))):
        if every_date and event.weekdays == frozenset(days) and len(clock) <= MANY:
            return code, (("times", ", ".join(clock)),)
    said = words(_as_cron(event)) if _is_grid(event) else raw
    return raw if said[0] == "raw" else said


def _dates(event: CalendarEvent, first: date) -> Iterator[date]:
    """Days the event runs on, from `first` on, while any can follow."""
    for year in islice((each for each in sorted(event.years) if each >= first.year), _RAREST):
        yield from (day for day in _dates_of(event, year) if day >= first)


def _dates_of(event: CalendarEvent, year: int) -> Iterator[date]:
    for month in event.months:
        following = date(year + month // 12, month % 12 + 1, 1)
        for number in range((following - date(year, month, 1)).days):
            day = date(year, month, number + 1)
            if number + 1 in event.days and day.weekday() in event.weekdays:
                yield day


def _dates_back(event: CalendarEvent, last: date) -> Iterator[date]:
    """Days the event runs on, from `last` back, while any can have come before."""
    past = (year for year in sorted(event.years, reverse=True) if year <= last.year)
    for year in islice(past, _RAREST):
        yield from (day for day in reversed([*_dates_of(event, year)]) if day <= last)


def _runs(event: CalendarEvent, day: date) -> tuple[datetime, ...]:
    found = (_instant(event, day, at) for at in event.times)
    return tuple(run for run in found if run is not None)


def _spread(
    event: CalendarEvent, day: date
) -> tuple[datetime | None, Iterable[timedelta], datetime | None]:
    """First run of a day, the gaps inside it, last run; no run at all is None twice."""
    if not _clocks_change(event, day):
        midnight = _midnight(event, day)
        first, last = (midnight + timedelta(seconds=event.times[i]) for i in (0, -1))
        return first, (_inner_gap(event.times),) if last > first else (), last
    runs = _runs(event, day)
    return min(runs, default=None), map(_difference, pairwise(runs)), max(runs, default=None)


def _difference(pair: tuple[datetime, datetime]) -> timedelta:
    return pair[1] - pair[0]


@lru_cache(maxsize=64)
def _inner_gap(times: Values) -> timedelta:
    return timedelta(seconds=max(later - sooner for sooner, later in pairwise(times)))


def _instant(event: CalendarEvent, day: date, at: int) -> datetime | None:
    """When the clock shows that time. One that is skipped is no run (PVE goes on to the next
    match, on the next day if need be); one shown twice runs once, here taken as the first."""
    zone = ZoneInfo(event.timezone)
    wall = datetime.combine(day, time(at // 3600, at // 60 % 60, at % 60), tzinfo=zone)
    run = wall.astimezone(UTC)
    return run if run.astimezone(zone).replace(fold=0) == wall else None


def _clocks_change(event: CalendarEvent, day: date) -> bool:
    return _midnight(event, day + DAY) - _midnight(event, day) != DAY


def _midnight(event: CalendarEvent, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(event.timezone)).astimezone(UTC)


def _is_grid(event: CalendarEvent) -> bool:
    """True when the times are every chosen minute of every chosen hour, as cron writes them."""
    hours, minutes = _hours(event), _minutes(event)
    return len(event.times) == len(hours) * len(minutes)


def _hours(event: CalendarEvent) -> list[int]:
    return sorted({at // 3600 for at in event.times})


def _minutes(event: CalendarEvent) -> list[int]:
    return sorted({at // 60 % 60 for at in event.times})


def _as_cron(event: CalendarEvent) -> str:
    """Five cron fields that read the same, for an event without years and seconds."""
    minute = _field(_minutes(event), 60)
    hour = _field(_hours(event), 24)
    day = _field(sorted(event.days), 31)
    weekday = _field(sorted((number + 1) % 7 for number in event.weekdays), 7)
    return f"{minute} {hour} {day} * {weekday}"


def _field(values: list[int], size: int) -> str:
    return "*" if len(values) == size else ",".join(map(str, values))
