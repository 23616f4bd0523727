"""When Kubernetes schedules run: every run, the runs around a moment, the longest gap, words.

A run is every moment at which the zone's clock shows a chosen minute, as the library steps
through real time. So a time the clocks skip is no run that day, and one they show twice is two
runs; cron of Debian makes one run of each. In UTC, the rule for controllers, neither happens.
Not imitated: where clocks change at midnight the library can also miss a whole chosen day.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from phoenix_dr.core.cadence import MANY, Words, words
from phoenix_dr.core.kubernetes_grammar import KubernetesCron, parse_k8s

__all__ = [
    "KubernetesCron", "describe", "longest_gap", "next_after", "parse_k8s", "previous_before",
    "runs_after",
]  # fmt: skip

_DAY = 86_400
_YEAR = 366
_RAREST = 9 * _YEAR
# 29 February is eight years away at most (across 2100); years beyond it bring nothing new.
_EPOCH_DAY = date(1970, 1, 1).toordinal()

Stretch = tuple[int, int, int]
"""[begin, end) in epoch seconds of a stretch in which clocks stay put, and their offset."""
Chunk = tuple[int, tuple[int, ...]]
"""Epoch seconds of a (nominal) local midnight, and the runs of a stretch in seconds after it."""


def next_after(cron: KubernetesCron, moment: datetime) -> datetime | None:
    """The first run strictly after `moment`, in UTC; None when it never runs again.

    An interval counts from the run before, so `moment` is taken for one.
    """
    return next(runs_after(cron, moment), None)


def runs_after(cron: KubernetesCron, moment: datetime) -> Iterator[datetime]:
    """Every run strictly after `moment`, in UTC and in order, while any follows."""
    moment = moment.astimezone(UTC)
    while cron.every:
        moment = moment.replace(microsecond=0) + cron.every
        yield moment
    second = int(moment.timestamp())
    day = last = second // _DAY
    while day <= last + _RAREST:
        for midnight, times in _chunks(cron, day):
            last = day
            for at in times[bisect_left(times, second + 1 - midnight) :]:
                yield datetime.fromtimestamp(midnight + at, UTC)
        day += 1


def previous_before(cron: KubernetesCron, moment: datetime) -> datetime | None:
    """The last run strictly before `moment`, in UTC; None when there is none in nine years.

    An interval counts from the run before, so `moment` is taken for one.
    """
    moment = moment.astimezone(UTC)
    if cron.every:
        return moment - cron.every
    second = int(moment.timestamp()) + bool(moment.microsecond)
    today = second // _DAY
    for day in range(today, today - _RAREST, -1):
        for midnight, times in reversed(_chunks(cron, day)):
            if count := bisect_left(times, second - midnight):
                return datetime.fromtimestamp(midnight + times[count - 1], UTC)
    return None


def longest_gap(cron: KubernetesCron, *, after: datetime) -> timedelta | None:
    """The longest distance between two consecutive runs, from the last one before that local day.

    A year is looked at; a rarer schedule counts the one distance it is in. None when fewer than
    two runs are left, so that no distance bounds the loss.
    """
    if cron.every:
        return cron.every
    local = after.astimezone(ZoneInfo(cron.timezone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return _longest_gap(cron, int(midnight.timestamp()))


def describe(cron: KubernetesCron) -> Words:
    """The phrase `schedule.CODE` that says this schedule (in its own zone), with parameters."""
    if cron.every:
        return "every", (("seconds", int(cron.every.total_seconds())),)
    raw: Words = ("raw", (("expression", cron.expression),))
    if cron.either or not cron.times or len(cron.months) < 12:
        return raw
    clock = [f"{at // 3600:02d}:{at // 60 % 60:02d}" for at in cron.times]
    for code, days in (("workdays", range(1, 6)), ("weekends", (0, 6))):
        if len(cron.days) == 31 and cron.weekdays == frozenset(days) and len(clock) <= MANY:
            return code, (("times", ", ".join(clock)),)
    said = words(_as_cron(cron))
    return raw if said[0] == "raw" else said


@lru_cache(maxsize=256)
def _longest_gap(cron: KubernetesCron, start: int) -> timedelta | None:
    before = previous_before(cron, datetime.fromtimestamp(start, UTC))
    last = int(before.timestamp()) if before else None
    worst = 0
    for day in range(start // _DAY, start // _DAY + 2 * _RAREST):
        if worst and day * _DAY > start + _YEAR * _DAY:
            break
        for midnight, times in _chunks(cron, day):
            kept = times[bisect_left(times, start - midnight) :]
            if not kept:
                continue
            first = midnight + kept[0]
            worst = max(worst, _inner_gap(kept), first - last if last is not None else 0)
            last = midnight + kept[-1]
    return timedelta(seconds=worst) if worst else None


@lru_cache(maxsize=64)
def _inner_gap(times: tuple[int, ...]) -> int:
    return max((later - sooner for sooner, later in pairwise(times)), default=0)


def _chunks(cron: KubernetesCron, day: int) -> list[Chunk]:
    """The runs of one day of UTC, by stretch and local day, in order."""
    if not any(_fits(cron, near) for near in (day - 1, day, day + 1)):
        return []
    found = []
    for begin, end, offset in _stretches(cron.timezone, day):
        first, last = begin + offset, end + offset
        for local in range(first // _DAY, (last - 1) // _DAY + 1):
            start = local * _DAY
            low, high = (bisect_left(cron.times, at - start) for at in (first, last))
            if low < high and _fits(cron, local):
                found.append((start - offset, cron.times[low:high]))
    return found


def _fits(cron: KubernetesCron, day: int) -> bool:
    """Whether it runs on a local date; with `either` one of its two kinds of days is enough."""
    when = date.fromordinal(day + _EPOCH_DAY)
    if when.month not in cron.months:
        return False
    chosen = when.day in cron.days, when.isoweekday() % 7 in cron.weekdays
    return any(chosen) if cron.either else all(chosen)


@lru_cache(maxsize=4096)
def _stretches(timezone: str, day: int) -> tuple[Stretch, ...]:
    return tuple(_split(ZoneInfo(timezone), day * _DAY, (day + 1) * _DAY))


def _split(zone: ZoneInfo, begin: int, end: int) -> Iterator[Stretch]:
    """Halves until clocks stay put in each; they change at most once in a half."""
    first, last = (_offset(zone, at) for at in (begin, end - 1))
    if first == last:
        yield begin, end, first
        return
    middle = (begin + end) // 2
    yield from _split(zone, begin, middle)
    yield from _split(zone, middle, end)


def _offset(zone: ZoneInfo, moment: int) -> int:
    shift = datetime.fromtimestamp(moment, zone).utcoffset()
    return 0 if shift is None else int(shift.total_seconds())


def _as_cron(cron: KubernetesCron) -> str:
    """Five cron fields that read the same, for a schedule of every month."""
    minutes = {at // 60 % 60 for at in cron.times}
    hours = {at // 3600 for at in cron.times}
    fields = ((minutes, 60), (hours, 24), (cron.days, 31), (cron.weekdays, 7))
    minute, hour, day, weekday = (
        "*" if len(values) == size else ",".join(map(str, sorted(values)))
        for values, size in fields
    )
    return f"{minute} {hour} {day} * {weekday}"
