"""Cron schedules in the words of systemd and of Debian's cron."""

from __future__ import annotations

from itertools import pairwise

from phoenix_dr.core.cron_fields import (
    ALL_FIELDS,
    DAY,
    DAYS,
    HOUR,
    MINUTE,
    MONTH,
    WEEKDAY,
    Field,
    numbers,
)
from phoenix_dr.core.schedule import Cron

MONDAY_FIRST = (1, 2, 3, 4, 5, 6, 0)
FEW = 3


def on_calendar(cron: Cron) -> tuple[str, ...]:
    """The OnCalendar values that together run when `cron` does, in its time zone.

    Two when cron's rule is "this day of the month or that weekday", which one line cannot say.
    Raises UsageError for what systemd cannot say (the third Monday, the last working day).
    """
    minute, hour, day, month, weekday = cron.expression.upper().split()
    time = f"{_part(cron, HOUR, hour)}:{_part(cron, MINUTE, minute)}:00 {cron.timezone}"
    months, weekdays = _part(cron, MONTH, month), _weekdays(cron, weekday)
    date = f"*-{months}~01" if day == "L" else f"*-{months}-{_part(cron, DAY, day)}"
    if day.startswith("*") or weekday.startswith("*"):
        return (f"{weekdays}{date} {time}",)
    return f"{date} {time}", f"{weekdays}*-{months}-* {time}"


def for_crontab(cron: Cron) -> str:
    """The five fields as Debian's cron accepts them: `5/15` becomes `5-59/15`.

    Raises UsageError for what it cannot say (the last day, the third Monday).
    """
    fields = cron.expression.split()
    for text, field in zip(fields, ALL_FIELDS, strict=True):
        numbers(cron, field, text.upper())
    return " ".join(
        ",".join(_with_end(term, field) for term in text.split(","))
        for text, field in zip(fields, ALL_FIELDS, strict=True)
    )


def _with_end(term: str, field: Field) -> str:
    start, slash, step = term.partition("/")
    if not slash or start == "*" or "-" in start:
        return term
    return f"{start}-{field.last}/{step}"


def _weekdays(cron: Cron, text: str) -> str:
    chosen = {number % 7 for number in numbers(cron, WEEKDAY, text)}
    places = [place for place, number in enumerate(MONDAY_FIRST) if number in chosen]
    names = [DAYS[MONDAY_FIRST[place]] for place in places]
    if len(names) == len(DAYS):
        return ""
    together = places[-1] - places[0] == len(places) - 1
    if together and len(names) >= FEW:
        return f"{names[0]}..{names[-1]} "
    return ",".join(names) + " "


def _part(cron: Cron, field: Field, text: str) -> str:
    chosen = numbers(cron, field, text)
    if len(chosen) == field.last - field.first + 1:
        return "*"
    steps = {after - before for before, after in pairwise(chosen)}
    if len(chosen) >= FEW and len(steps) == 1:
        step = steps.pop()
        if step == 1:
            return f"{chosen[0]:02d}..{chosen[-1]:02d}"
        if chosen[-1] + step > field.last:
            return f"{chosen[0]:02d}/{step}"
    return ",".join(f"{number:02d}" for number in chosen)
