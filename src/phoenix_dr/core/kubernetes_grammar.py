"""Schedules as Kubernetes takes them: CronJob `schedule`, Longhorn RecurringJob `cron`, Velero.

All three hand the text to one Go library (robfig/cron v3, standard parser), which differs from
the cron of Debian: Sunday is 0 and never 7, `?` is `*`, `@every 6h` counts from the run before,
`CRON_TZ=` in front names a zone, and there is no `L`, `W` or `#`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from phoenix_dr.errors import UsageError

DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
"""Written exactly so: the library knows no other case, no space around them, no @reboot."""
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
LONGEST_EVERY = timedelta(days=106_751)
"""Where a Go duration ends."""
_EVERY = "@every "
_ZONE = re.compile(r"(?:CRON_)?TZ=([^ ]*) (.*)", re.DOTALL)
_NUMBER = re.compile(r"\+?\d{1,18}", re.ASCII)
_PART = re.compile(r"(\d{1,18}\.?\d{0,18}|\.\d{1,18})(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_NANOSECONDS = {
    "ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9,
    "h": 3600 * 10**9,
}  # fmt: skip
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class KubernetesCron:
    """A valid schedule: the dates and wall-clock times it runs at, in an IANA time zone.

    `times` are seconds after midnight, sorted; `weekdays` count from Sunday = 0; `either` means
    that one of `days` and `weekdays` is enough. `every` set means an interval and nothing else.
    `expression` is the schedule as written.
    """

    expression: str
    timezone: str
    times: tuple[int, ...] = ()
    days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    either: bool = False
    every: timedelta | None = None


def parse_k8s(expression: str, timezone: str = "UTC") -> KubernetesCron:
    """The schedule an expression stands for; a zone written in front of it overrides `timezone`.

    UTC is what controllers run in unless someone set otherwise (CronJob: `spec.timeZone`).
    Raises UsageError when Kubernetes would not take it. One that never runs is valid.
    """
    text = expression
    if found := _ZONE.fullmatch(text):
        timezone, text = found[1] or "UTC", found[2].strip()
    _require_zone(timezone)
    try:
        if text.startswith(_EVERY):
            return KubernetesCron(expression, timezone, every=_every(text.removeprefix(_EVERY)))
        fields = DESCRIPTORS.get(text, text).split()
        return _cron(expression, timezone, fields)
    except ValueError as error:
        raise UsageError("kubernetes-cron-invalid", expression=expression) from error


def _cron(expression: str, timezone: str, fields: list[str]) -> KubernetesCron:
    if len(fields) != 5:
        raise ValueError(expression)
    minutes, _ = _values(fields[0], range(60))
    hours, _ = _values(fields[1], range(24))
    days, all_days = _values(fields[2], range(1, 32))
    months, _ = _values(fields[3], range(1, 13), MONTHS)
    weekdays, all_weekdays = _values(fields[4], range(7), WEEKDAYS)
    return KubernetesCron(
        expression,
        timezone,
        times=tuple(3600 * hour + 60 * minute for hour in hours for minute in minutes),
        days=frozenset(days),
        months=frozenset(months),
        weekdays=frozenset(weekdays),
        either=not (all_days or all_weekdays),
    )


def _values(field: str, among: range, names: tuple[str, ...] = ()) -> tuple[list[int], bool]:
    """Sorted values of a field, and whether a bare `*` is among its terms.

    Empty terms are passed over, so that `,` alone is a field that never fits.
    """
    found: set[int] = set()
    starred = False
    for term in filter(None, field.split(",")):
        span, slash, written = term.partition("/")
        step = _number(written) if slash else 1
        first, dash, last = span.partition("-")
        if first in ("*", "?"):
            # Whatever follows a hyphen here is ignored; a step makes it a choice like any other.
            starred = starred or step == 1
            start, end = among[0], among[-1]
        else:
            start = _named(first, names, among)
            end = _named(last, names, among) if dash else among[-1] if slash else start
        if not (among[0] <= start <= end <= among[-1] and step):
            raise ValueError(term)
        found.update(range(start, end + 1, step))
    return sorted(found), starred


def _named(text: str, names: tuple[str, ...], among: range) -> int:
    if text.lower() in names:
        return names.index(text.lower()) + among[0]
    return _number(text)


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _every(text: str) -> timedelta:
    """A Go duration, rounded as the library does: down to seconds, and never below one."""
    negative, parts = text.startswith("-"), text[text[:1] in ("-", "+") :]
    total, position = Fraction(0), 0
    while found := _PART.match(parts, position):
        total += Fraction(found[1]) * _NANOSECONDS[found[2]]
        position = found.end()
    if parts != "0" and (not parts or position != len(parts)):
        raise ValueError(text)
    seconds = 0 if negative else int(total // 10**9)
    if seconds > LONGEST_EVERY.total_seconds():
        raise ValueError(text)
    return max(_SECOND, timedelta(seconds=seconds))


def _require_zone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError("timezone-unknown", timezone=timezone) from error
