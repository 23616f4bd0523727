"""Cron schedules in the words of Proxmox calendar events, and where the two differ.

Both run at wall-clock times. They differ when clocks change: cron makes up for a time that is
skipped and, for `*`, runs in both hours of a repeated one; PVE does neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim

from phoenix_dr.core import calendar_events, schedule
from phoenix_dr.core.calendar_events import YEAR
from phoenix_dr.core.model import DAY
from phoenix_dr.core.schedule import Cron
from phoenix_dr.errors import UsageError

LONGEST = 128
"""Characters PVE takes as a schedule (proxmox.md 3)."""
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONDAY_FIRST = (1, 2, 3, 4, 5, 6, 0)
_FEW = 3
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ClockChange:
    """Runs of the coming year that only cron makes (`missed` by PVE), or only PVE (`added`)."""

    missed: tuple[datetime, ...] = ()
    added: tuple[datetime, ...] = ()


def event_of(cron: Cron) -> str:
    """The calendar event that runs when `cron` does, its hours always written `HH:MM`.

    Raises UsageError (vzdump-schedule), naming the part PVE has no form for: the last day, the
    third Monday, "that day of the month or that weekday", more than PVE takes.
    """
    read = CronSim(cron.expression, _ANY_TIME)
    _, _, day, _, weekday = cron.expression.split()
    if any(not isinstance(each, int) or each < 0 for each in read.days):
        raise _unsayable(cron, day)
    if any(not isinstance(each, int) for each in read.weekdays):
        raise _unsayable(cron, weekday)
    if not read.day_and:
        # Cron means either of the two, PVE both.
        raise _unsayable(cron, f"{day} * {weekday}")
    weekdays = {each % 7 for each in read.weekdays if isinstance(each, int)}
    date = _date(read.months, read.days)
    clock = f"{_list(read.hours, range(24))}:{_list(read.minutes, range(60))}"
    said = " ".join(part for part in (_weekdays(weekdays), date, clock) if part)
    if len(said) > LONGEST:
        raise _unsayable(cron, said)
    return said


def clock_change(cron: Cron, event: str, *, after: datetime) -> ClockChange:
    """Where the two differ in the year after `after`, on days when clocks change.

    On all other days they are the same, so only those days are looked at.
    """
    zone = ZoneInfo(cron.timezone)
    there = calendar_events.parse(event, cron.timezone)
    missed: list[datetime] = []
    added: list[datetime] = []
    for start, end in _changing_days(zone, after):
        # One second back, since runs are strictly after.
        early = start - DAY / 86_400
        ours = _until(end, schedule.runs_after(cron, early))
        theirs = _until(end, calendar_events.runs_after(there, early))
        missed += sorted(ours - theirs)
        added += sorted(theirs - ours)
    return ClockChange(tuple(missed), tuple(added))


def _until(end: datetime, runs: Iterator[datetime]) -> set[datetime]:
    return set(takewhile(lambda run: run < end, runs))


def _changing_days(zone: ZoneInfo, after: datetime) -> Iterator[tuple[datetime, datetime]]:
    day = after.astimezone(zone).date()
    last = (after + YEAR).astimezone(zone).date()
    while day <= last:
        start, end = (
            datetime.combine(each, time(), tzinfo=zone).astimezone(UTC) for each in (day, day + DAY)
        )
        if end - start != DAY:
            yield start, end
        day += DAY


def _date(months: set[int], days: set[int]) -> str:
    month, day = _list(months, range(1, 13)), _list(days, range(1, 32))
    return "" if (month, day) == ("*", "*") else f"{month}-{day}"


def _weekdays(chosen: set[int]) -> str:
    places = [place for place, number in enumerate(MONDAY_FIRST) if number in chosen]
    names = [DAYS[MONDAY_FIRST[place]] for place in places]
    if len(names) == len(DAYS):
        return ""
    if len(names) >= _FEW and places[-1] - places[0] == len(places) - 1:
        return f"{names[0]}..{names[-1]}"
    return ",".join(names)


def _list(chosen: Iterable[int], allowed: range) -> str:
    """Numbers as PVE lists them: all, a range, a step to the end, else one by one."""
    numbers = sorted(chosen)
    if len(numbers) == len(allowed):
        return "*"
    steps = {after - before for before, after in pairwise(numbers)}
    if len(numbers) >= _FEW and len(steps) == 1:
        step = steps.pop()
        if step == 1:
            return f"{numbers[0]:02d}..{numbers[-1]:02d}"
        if numbers[-1] + step >= allowed.stop:
            return f"{numbers[0]:02d}/{step}"
    return ",".join(f"{number:02d}" for number in numbers)


def _unsayable(cron: Cron, part: str) -> UsageError:
    return UsageError("vzdump-schedule", expression=cron.expression, part=part)
