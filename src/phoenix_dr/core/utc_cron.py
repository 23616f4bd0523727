"""A schedule of the house said in UTC, for those who know no other time (GitHub's schedules).

Where clocks change, one line in UTC cannot follow them. Then the smallest distance from UTC in
the year counts: nothing ever runs before the hour asked for, only later while clocks are forward,
and the distance between two runs stays the same all year.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from phoenix_dr.core.cron_fields import DAY, HOUR, MINUTE, MONTH, WEEKDAY, listed, numbers
from phoenix_dr.core.schedule import Cron, parse
from phoenix_dr.errors import UsageError

MINUTES = 24 * 60
SAFE_DAY = 28
"""The last day that every month has."""
Time = tuple[int, int]


@dataclass(frozen=True, slots=True)
class InUtc:
    """The lines in UTC that together stand for a schedule; `ahead` is local time less UTC.

    `late` is how much later than asked it runs while clocks are forward; 0 where they never change.
    """

    crons: tuple[Cron, ...]
    ahead: timedelta
    late: timedelta


def in_utc(cron: Cron, *, year: int) -> InUtc:
    """The schedule in UTC, by the distances from it in that year.

    Raises UsageError (schedule-not-utc) for one whose days cannot be moved: the first of the
    month may be the last of another in UTC.
    """
    offsets = _offsets(cron.timezone, year)
    ahead = min(offsets)
    moved = _moved(cron, int(ahead.total_seconds()) // 60)
    return InUtc(tuple(parse(text, "UTC") for text in moved), ahead, max(offsets) - ahead)


def _offsets(timezone: str, year: int) -> set[timedelta]:
    # A change may last a month only (Ramadan in Morocco), never less.
    zone = ZoneInfo(timezone)
    at = (datetime(year, month, day, 12, tzinfo=zone) for month in range(1, 13) for day in (1, 15))
    return {moment.utcoffset() or timedelta(0) for moment in at}


def _moved(cron: Cron, ahead: int) -> tuple[str, ...]:
    minute, hour, day, month, weekday = cron.expression.upper().split()
    every_day = (day, month, weekday) == ("*", "*", "*")
    by_shift: defaultdict[int, list[Time]] = defaultdict(list)
    for h in numbers(cron, HOUR, hour):
        for m in numbers(cron, MINUTE, minute):
            shift, rest = divmod(h * 60 + m - ahead, MINUTES)
            by_shift[0 if every_day else shift].append(divmod(rest, 60))
    lines = []
    for shift, times in sorted(by_shift.items()):
        days = _days(cron, (day, month, weekday), shift)
        lines += [f"{m} {h} {days}" for m, h in _fields(times)]
    return tuple(lines)


def _fields(times: Iterable[Time]) -> list[tuple[str, str]]:
    """Minute and hour fields that together name just these times."""
    minutes_of: defaultdict[int, set[int]] = defaultdict(set)
    for hour, minute in times:
        minutes_of[hour].add(minute)
    hours_of: defaultdict[frozenset[int], list[int]] = defaultdict(list)
    for hour, minutes in sorted(minutes_of.items()):
        hours_of[frozenset(minutes)].append(hour)
    return [(listed(MINUTE, sorted(m)), listed(HOUR, h)) for m, h in hours_of.items()]


def _days(cron: Cron, fields: tuple[str, str, str], shift: int) -> str:
    day, month, weekday = fields
    days, months = numbers(cron, DAY, day), numbers(cron, MONTH, month)
    weekdays = sorted({(n + shift) % 7 for n in numbers(cron, WEEKDAY, weekday)})
    if shift and (
        (month != "*" and day == "*")
        # cron's "and" instead of its "or" hangs on a star that a list has not.
        or (day != "*" and weekday != "*" and (day + weekday).count("*"))
    ):
        raise _unsayable(cron)
    if shift and day != "*":
        days = _within(cron, days, shift)
    starred = weekday == "*" or (weekday.startswith("*") and not shift)
    return " ".join(
        (
            day if day.startswith("*") else listed(DAY, days),
            month if month.startswith("*") else listed(MONTH, months),
            weekday if starred else ",".join(map(str, weekdays)),
        )
    )


def _within(cron: Cron, days: Iterable[int], shift: int) -> list[int]:
    moved = [day + shift for day in days]
    if min(moved) < 1 or max(moved) > SAFE_DAY:
        raise _unsayable(cron)
    return moved


def _unsayable(cron: Cron) -> UsageError:
    return UsageError("schedule-not-utc", expression=cron.expression, timezone=cron.timezone)
