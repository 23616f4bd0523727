"""A schedule put into words: which phrase `schedule.CODE` says it, and with which parameters."""

from __future__ import annotations

Words = tuple[str, tuple[tuple[str, str | int], ...]]

DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MANY = 6
"""More runs a day than this are told by their interval or by their number, not one by one."""
_HOURS = 24
_MINUTES = 60


def words(expression: str) -> Words:
    """Phrase code and parameters for the common shapes of five valid fields; else `raw`."""
    minute, hour, day, month, weekday = expression.upper().split()
    said: Words | None = None
    if (day, month, weekday) == ("*", "*", "*"):
        said = _every_day(minute, hour)
    elif month == "*" and (times := _times(minute, hour)) and len(times) == 1:
        said = _some_days(day, weekday, times[0])
    return said or ("raw", (("expression", expression),))


def _some_days(day: str, weekday: str, at: str) -> Words | None:
    name = _day_name(weekday)
    if day == "*" and name:
        return f"weekly-{name}", (("time", at),)
    if weekday != "*":
        return None
    if day == "L":
        return "monthly-last", (("time", at),)
    if day.isdecimal():
        return "monthly", (("day", int(day)), ("time", at))
    return None


def _every_day(minute: str, hour: str) -> Words | None:
    if hour == "*":
        return _every_hour(minute)
    times = _times(minute, hour)
    if times is None:
        return None
    if len(times) == 1:
        return "daily", (("time", times[0]),)
    if len(times) <= MANY:
        return "several-daily", (("times", ", ".join(times)),)
    return "times-daily", (("count", len(times)), ("first", times[0]), ("last", times[-1]))


def _every_hour(minute: str) -> Words | None:
    if minute == "*":
        return "every-minute", ()
    minutes = _numbers(minute, _MINUTES)
    if minutes is None:
        return None
    if len(minutes) == 1:
        return "hourly", (("minute", f"{minutes[0]:02d}"),)
    step = minutes[1] - minutes[0]
    if minutes == list(range(0, _MINUTES, step)) and _MINUTES % step == 0:
        return "minutes", (("minutes", step),)
    return None


def _times(minute: str, hour: str) -> list[str] | None:
    minutes, hours = _numbers(minute, _MINUTES), _numbers(hour, _HOURS)
    if minutes is None or hours is None:
        return None
    return [f"{at:02d}:{past:02d}" for at in hours for past in minutes]


def _numbers(field: str, size: int) -> list[int] | None:
    """Values of a minute or hour field, sorted; None for shapes not put into words."""
    found: set[int] = set()
    for term in field.split(","):
        values, _, step = term.partition("/")
        first, _, last = values.partition("-")
        if values == "*":
            first, last = "0", str(size - 1)
        elif step and not last:
            last = str(size - 1)
        last = last or first
        if not (first.isdecimal() and last.isdecimal() and (step or "1").isdecimal()):
            return None
        found.update(range(int(first), int(last) + 1, int(step or "1")))
    return sorted(found)


def _day_name(weekday: str) -> str | None:
    if weekday.isdecimal():
        return DAYS[int(weekday) % 7]
    names = {name[:3].upper(): name for name in DAYS}
    return names.get(weekday)
