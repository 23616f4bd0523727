"""When a policy runs: cron expressions in the estate's time zone, right on the days clocks change.

The rules are Debian cron's (cronsim): a run named by wall-clock time happens exactly once a day,
at the first moment after a gap, and only the first time when an hour repeats.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from phoenix_dr.core.cadence import Words, words
from phoenix_dr.core.model import DAY
from phoenix_dr.errors import UsageError

NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
YEAR = timedelta(days=366)
_FIELDS = 5
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# The longest any zone ever moved its clocks at once; an hour nearly everywhere.
_CLOCK_CHANGE = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Cron:
    """A valid schedule: five cron fields (nicknames already spelled out) in an IANA time zone."""

    expression: str
    timezone: str


def parse(expression: str, timezone: str) -> Cron:
    """The schedule an expression stands for. Raises UsageError when it is invalid or never runs."""
    words = expression.split()
    text = NICKNAMES.get(expression.strip().lower(), " ".join(words))
    _require_zone(timezone)
    if len(text.split()) != _FIELDS:
        raise UsageError("cron-invalid", expression=expression)
    cron = Cron(text, timezone)
    try:
        next(CronSim(text, _EPOCH))
    except (CronSimError, StopIteration, ValueError, AssertionError) as error:
        raise UsageError("cron-invalid", expression=expression) from error
    return cron


def next_after(cron: Cron, moment: datetime) -> datetime:
    """The first run strictly after `moment`, in UTC."""
    for run in runs_after(cron, moment):
        return run
    raise UsageError("cron-invalid", expression=cron.expression)


def runs_after(cron: Cron, moment: datetime) -> Iterator[datetime]:
    """Every run strictly after `moment`, in UTC and in order."""
    return (run for run in _runs(cron, moment) if run > moment)


def previous_before(cron: Cron, moment: datetime) -> datetime:
    """The last run strictly before `moment`, in UTC."""
    # cronsim forgets which of two equal wall-clock times it starts from, so in the hour that
    # repeats it is started after that hour.
    local = moment.astimezone(ZoneInfo(cron.timezone))
    repeats = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    start = moment + _CLOCK_CHANGE if repeats else moment
    for run in _runs(cron, start, reverse=True):
        if run < moment:
            return run
    raise UsageError("cron-invalid", expression=cron.expression)


def longest_gap(cron: Cron, *, after: datetime) -> timedelta:
    """The longest distance between two consecutive runs in the year that follows `after`.

    Counted from the start of that local day, so that one day has one answer; a schedule rarer
    than yearly counts the one distance it is in.
    """
    return _longest_gap(cron, _day_start(cron, after))


def describe(cron: Cron) -> Words:
    """The phrase `schedule.CODE` that says this schedule, with its parameters."""
    return words(cron.expression)


@lru_cache(maxsize=256)
def _longest_gap(cron: Cron, start: datetime) -> timedelta:
    # Two ordinary days with runs have the same runs, so only the first is walked through;
    # days on which clocks change always are.
    last = previous_before(cron, start)
    worst, walked = timedelta(0), False
    while last < start + YEAR:
        first = next_after(cron, last)
        worst = max(worst, first - last)
        midnight = _day_start(cron, first)
        tomorrow = _day_start(cron, midnight + DAY + DAY / 2)
        ordinary = tomorrow - midnight == DAY
        if ordinary and walked:
            last = previous_before(cron, tomorrow)
            continue
        walked = walked or ordinary
        last = first
        while (run := next_after(cron, last)) < tomorrow:
            worst, last = max(worst, run - last), run
    return worst


def _runs(cron: Cron, moment: datetime, *, reverse: bool = False) -> Iterator[datetime]:
    local = moment.astimezone(ZoneInfo(cron.timezone))
    for run in CronSim(cron.expression, local, reverse=reverse):
        yield run.astimezone(UTC)


def _day_start(cron: Cron, moment: datetime) -> datetime:
    zone = ZoneInfo(cron.timezone)
    local = moment.astimezone(zone)
    return datetime.combine(local.date(), time(), tzinfo=zone).astimezone(UTC)


def _require_zone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError("timezone-unknown", timezone=timezone) from error
