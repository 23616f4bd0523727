"""Which local hour, day, ISO week, month or year an instant lies in, in whole numbers.

Periods are counted as the engines count them, on local wall clocks: an hour that repeats when
clocks go back is one hour, a day may have 23 or 25. Converting costs one table row per day, so
that a million points cost integer comparisons only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, tzinfo
from functools import lru_cache

HOUR = 3600
DAY = 86_400
_EPOCH_DAY = date(1970, 1, 1).toordinal()

Period = tuple[int, int]
"""Number of a period, and the earliest second from which on it is known to have begun."""
Level = Callable[[int], Period]
"""Tells the period of one kind (hours, days, …) that epoch seconds lie in."""


class LocalClock:
    """The wall clock of one zone."""

    __slots__ = ("_days", "_segments", "_zone")

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._segments: dict[int, tuple[Period, ...]] = {}
        self._days: dict[int, int] = {}

    def hour(self, moment: int) -> Period:
        """The local hour; the two passes of a repeated hour are one."""
        begun, offset = self._segment(moment)
        number = (moment + offset) // HOUR
        return number, max(begun, number * HOUR - offset)

    def day(self, moment: int) -> Period:
        """The local calendar day, counted from 1970-01-01."""
        begun, offset = self._segment(moment)
        number = (moment + offset) // DAY
        return number, max(begun, number * DAY - offset)

    def week(self, moment: int) -> Period:
        """The ISO week (Monday to Sunday, across the turn of the year); day 0 was a Thursday."""
        day, begun = self.day(moment)
        return (day + 3) // 7, begun

    def month(self, moment: int) -> Period:
        """The calendar month, counted from year 0."""
        day, begun = self.day(moment)
        number = self._days.get(day)
        if number is None:
            found = date.fromordinal(day + _EPOCH_DAY)
            number = self._days[day] = found.year * 12 + found.month - 1
        return number, begun

    def year(self, moment: int) -> Period:
        """The calendar year."""
        month, begun = self.month(moment)
        return month // 12, begun

    def _segment(self, moment: int) -> Period:
        """Start and offset from UTC of the stretch of one UTC day in which clocks stay put."""
        day = moment // DAY
        segments = self._segments.get(day)
        if segments is None:
            segments = tuple(self._split(day * DAY, (day + 1) * DAY))
            self._segments[day] = segments
        for segment in segments:
            if moment >= segment[0]:
                return segment
        raise AssertionError(moment)

    def _split(self, begun: int, ended: int) -> list[Period]:
        """Segments of [begun, ended), latest first; clocks change at most once in a half."""
        first, last = self._offset(begun), self._offset(ended - 1)
        if first == last:
            return [(begun, first)]
        middle = (begun + ended) // 2
        later, earlier = self._split(middle, ended), self._split(begun, middle)
        if later[-1][1] == earlier[0][1]:
            later.pop()
        return later + earlier

    def _offset(self, moment: int) -> int:
        shift = datetime.fromtimestamp(moment, self._zone).utcoffset()
        return 0 if shift is None else int(shift.total_seconds())


@lru_cache(maxsize=16)
def local_clock(zone: tzinfo) -> LocalClock:
    """The clock of a zone, with its table of days kept for the next asset."""
    return LocalClock(zone)


def periods(times: Iterable[int], level: Level) -> Iterator[tuple[int, int]]:
    """Position of the first instant of each period, and its number; `times` newest first.

    A period is compared with the one just before it only, as restic and borg do.
    """
    begun, known = sys.maxsize, None
    for position, moment in enumerate(times):
        if moment >= begun:
            continue
        number, begun = level(moment)
        if number != known:
            known = number
            yield position, number
