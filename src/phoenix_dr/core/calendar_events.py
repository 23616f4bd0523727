"""Proxmox calendar events: `mon..fri 8..17,22:0/15`, `*-1..7 15:00`, `daily`, …

The grammar and the vectors are those of "Schedule Format" in the PVE documentation and of the
tests of proxmox-time, which PVE and PBS both run; systemd's finer forms (`~`, fractions) are no
part of it. Runs are wall-clock times of the node.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from phoenix_dr.core.cadence import MANY, Words, words
from phoenix_dr.core.model import DAY
from phoenix_dr.errors import UsageError

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORTCUTS = {
    "minutely": "*-*-* *:*:00",
    "hourly": "*-*-* *:00:00",
    "daily": "*-*-* 00:00:00",
    "weekly": "mon *-*-* 00:00:00",
    "monthly": "*-*-01 00:00:00",
    "yearly": "*-01-01 00:00:00",
    "annually": "*-01-01 00:00:00",
    "quarterly": "*-01,04,07,10-01 00:00:00",
    "semiannually": "*-01,07-01 00:00:00",
    "semi-annually": "*-01,07-01 00:00:00",
}
YEAR = timedelta(days=366)
_YEARS = range(1970, 2200)
# A leap day meets each weekday at least once in 40 years, also across 2100.
_RAREST = 41
# Atomic: a list of numbers is never cut short to make the rest fit.
_LIST = r"(?>\*(?:/\d+)?|\d[\d./,]*)"
_EVENT = re.compile(
    rf"(?P<days>[A-Za-z][A-Za-z.,]*)? *"
    rf"(?:(?:(?P<year>{_LIST})-)?(?P<month>{_LIST})-(?P<day>{_LIST}))?"
    rf" *(?:(?:(?P<hour>{_LIST}):)?(?P<minute>{_LIST})(?::(?P<second>{_LIST}))?)?",
    re.ASCII,
)
_TERM = re.compile(r"(\d{1,4})(?:\.\.(\d{1,4}))?(?:/(\d{1,4}))?", re.ASCII)

Values = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """A valid event in the node's time zone: the dates and the wall-clock times it runs at.

    `weekdays` count from Monday = 0, `times` are seconds after midnight, sorted; `expression`
    is the event as written.
    """

    expression: str
    timezone: str
    weekdays: frozenset[int]
    years: frozenset[int]
    months: Values
    days: frozenset[int]
    times: Values


def parse(expression: str, timezone: str) -> CalendarEvent:
    """The event an expression stands for; a final `UTC` overrides `timezone`.

    Raises UsageError when PVE would not take it. One that can never run again is valid.
    """
    text = expression.strip(" ")
    if text.endswith("UTC"):
        text, timezone = text.removesuffix("UTC").rstrip(" "), "UTC"
    found = _EVENT.fullmatch(SHORTCUTS.get(text, text))
    if not text or found is None:
        raise _invalid(expression)
    try:
        return _event(expression, ZoneInfo(timezone).key, found.groupdict())
    except ValueError as error:
        raise _invalid(expression) from error
    except (KeyError, OSError) as error:
        raise UsageError("timezone-unknown", timezone=timezone) from error


def next_after(event: CalendarEvent, moment: datetime) -> datetime | None:
    """The first run strictly after `moment`, in UTC; None when it never runs again."""
    first = moment.astimezone(ZoneInfo(event.timezone)).date()
    for day in _dates(event, first):
        for run in _runs(event, day):
            if run > moment:
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
    for day in _dates(event, _previous_date(event, today) or today):
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
    if not whole_minutes or len(event.months) < 12 or len(event.years) < len(_YEARS):
        return raw
    clock = [f"{at // 3600:02d}:{at // 60 % 60:02d}" for at in event.times]
    every_date = len(event.days) == 31
    for code, days in (("workdays", range(5)), ("weekends", range(5, 7))):
        if every_date and event.weekdays == frozenset(days) and len(clock) <= MANY:
            return code, (("times", ", ".join(clock)),)
    said = words(_as_cron(event)) if _is_grid(event) else raw
    return raw if said[0] == "raw" else said


def _event(expression: str, timezone: str, parts: dict[str, str | None]) -> CalendarEvent:
    dated, timed = parts["day"] is not None, parts["minute"] is not None
    if not (parts["days"] or dated or timed):
        raise ValueError(expression)
    hours = _values(parts["hour"] or "*", range(24)) if timed else (0,)
    minutes = _values(parts["minute"] or "0", range(60))
    seconds = _values(parts["second"] or "0", range(60))
    return CalendarEvent(
        expression=expression.strip(),
        timezone=timezone,
        weekdays=_weekdays(parts["days"]) if parts["days"] else frozenset(range(7)),
        years=frozenset(_values(parts["year"] or "*", _YEARS)),
        months=_values(parts["month"] or "*", range(1, 13)),
        days=frozenset(_values(parts["day"] or "*", range(1, 32))),
        times=tuple(h * 3600 + m * 60 + s for h in hours for m in minutes for s in seconds),
    )


def _values(text: str, allowed: range) -> Values:
    """Values of one field, sorted. Below the range is taken and never runs, as in PVE."""
    if text == "*":
        return tuple(allowed)
    if text.startswith("*/"):
        step = _below(text[2:], allowed)
        if step == 0:
            raise ValueError(text)
        return tuple(each for each in allowed if (each - _first(allowed)) % step == 0)
    found: set[int] = set()
    for term in text.split(","):
        match = _TERM.fullmatch(term)
        if match is None:
            raise ValueError(text)
        found.update(_term(match, allowed))
    return tuple(sorted(found & set(allowed)))


def _term(match: re.Match[str], allowed: range) -> range:
    first = _below(match[1], allowed)
    step = _below(match[3], allowed) if match[3] else None
    open_end = first if step is None else allowed.stop - 1
    last = _below(match[2], allowed) if match[2] else open_end
    if last < first:
        raise ValueError(match[0])
    return range(first, (first if step == 0 else last) + 1, step or 1)


def _first(allowed: range) -> int:
    # PVE counts steps of `*/n` years from year 0.
    return 0 if allowed is _YEARS else allowed.start


def _below(text: str, allowed: range) -> int:
    value = int(text)
    if value >= allowed.stop:
        raise ValueError(text)
    return value


def _weekdays(text: str) -> frozenset[int]:
    found: set[int] = set()
    for term in text.split(","):
        first, dots, last = term.partition("..")
        start, end = _weekday(first), _weekday(last if dots else first)
        # `fri..mon` goes round the end of the week.
        found.update((start + step) % 7 for step in range((end - start) % 7 + 1))
    return frozenset(found)


def _weekday(name: str) -> int:
    for number, day in enumerate(WEEKDAYS):
        if name.lower() in (day, day[:3]):
            return number
    raise ValueError(name)


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


def _previous_date(event: CalendarEvent, before: date) -> date | None:
    past = (year for year in sorted(event.years, reverse=True) if year <= before.year)
    for year in islice(past, _RAREST):
        for day in reversed([*_dates_of(event, year)]):
            if day < before:
                return day
    return None


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


def _invalid(expression: str) -> UsageError:
    return UsageError("calendar-invalid", expression=expression)
