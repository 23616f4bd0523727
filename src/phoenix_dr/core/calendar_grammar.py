"""The grammar of Proxmox calendar events: `mon..fri 8..17,22:0/15`, `*-1..7 15:00`, `daily`.

As "Schedule Format" in the PVE documentation tells it and as proxmox-time, which PVE and PBS
run, reads it; systemd's finer forms (`~`, fractions) are no part of it. A number alone is a
minute: `mon..fri 22` runs every hour, whatever the documentation's introduction says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

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
YEARS = range(1970, 2200)
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
        years=frozenset(_values(parts["year"] or "*", YEARS)),
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
    return 0 if allowed is YEARS else allowed.start


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


def _invalid(expression: str) -> UsageError:
    return UsageError("calendar-invalid", expression=expression)
