"""Durations and sizes as Prometheus spells them, and the rule that two such words make."""

from __future__ import annotations

import re
from datetime import timedelta

from phoenix_dr.core.model import DAY, SpanRule

DEFAULT_TIME = 15 * DAY
"""What Prometheus keeps when neither limit is set."""
FOR_EVER = 36500 * DAY
"""100y: Prometheus has no word for keeping without end, and warns of longer ones."""
SHORTEST = timedelta(hours=2)
"""A block's length: Prometheus cannot keep less, and a shorter rule is a slip of the pen."""
LARGEST = 2**63 - 1
_UNITS = {
    "y": 365 * DAY,
    "w": 7 * DAY,
    "d": DAY,
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_DURATION = re.compile(r"(\d{1,12})(ms|[ywdhms])")
_WRITTEN = (("d", DAY), ("h", _UNITS["h"]), ("m", _UNITS["m"]), ("s", _UNITS["s"]))
_SIZE = re.compile(r"(\d{1,19})(?:\.(\d{1,9}))?([KMGTPE]?)(?:i?B)", re.ASCII)
_POWERS = "KMGTPE"


def duration(text: str) -> timedelta:
    """`1y2w3d` as a timedelta; 0 is zero. ValueError for anything else."""
    if text == "0":
        return timedelta(0)
    found = _DURATION.findall(text)
    if not found or "".join(f"{count}{unit}" for count, unit in found) != text:
        raise ValueError(text)
    try:
        return sum((int(count) * _UNITS[unit] for count, unit in found), timedelta(0))
    except OverflowError:
        raise ValueError(text) from None


def size(text: str) -> int:
    """`1GiB512MiB` as bytes. Prometheus counts in steps of 1024 whether an i is written or not.

    ValueError for anything else, a percentage among it.
    """
    if text == "0":
        return 0
    found = list(_SIZE.finditer(text))
    if not found or "".join(each.group() for each in found) != text:
        raise ValueError(text)
    return sum(_bytes(each) for each in found)


def _bytes(found: re.Match[str]) -> int:
    whole, part, letter = found.groups()
    unit = 1 << 10 * (_POWERS.index(letter) + 1 if letter else 0)
    return int(whole) * unit + int((part or "").ljust(9, "0")) * unit // 10**9


def duration_text(length: timedelta) -> str:
    """A duration in one unit, rounded up to whole seconds: nothing is kept shorter than asked."""
    if length >= FOR_EVER:
        return "100y"
    seconds = -(-length // timedelta(seconds=1)) * timedelta(seconds=1)
    return next(f"{seconds // unit}{name}" for name, unit in _WRITTEN if seconds % unit == 0 * unit)


def size_text(count: int) -> str:
    """Exactly so many bytes, in the largest unit that divides them."""
    power = 0
    while power < len(_POWERS) and count and count % 1024 == 0:
        count, power = count // 1024, power + 1
    return f"{count}{_POWERS[power - 1] if power else ''}B"


def rule(time: str | None, bytes_: str | None) -> SpanRule:
    """The rule that a retention time and size make together; 0 and absent are the same.

    ValueError for a word Prometheus would not take, or that has no meaning here (a percentage).
    """
    within = duration(time) if time else timedelta(0)
    most = size(bytes_) if bytes_ else 0
    if not within and not most:
        within = DEFAULT_TIME
    kept = within if within and within < FOR_EVER else None
    return SpanRule("", kept, most or None)


def is_fit(wanted: SpanRule) -> bool:
    """Whether Prometheus can keep by this rule: everything alike, two hours or more, some bytes."""
    time_fits = wanted.within is None or wanted.within >= SHORTEST
    size_fits = wanted.size is None or 0 < wanted.size <= LARGEST
    return wanted.stream == "" and time_fits and size_fits


def words(wanted: SpanRule) -> tuple[str | None, str | None]:
    """Retention time and size as to be written; for ever needs a time, or the default counts."""
    most = None if wanted.size is None else size_text(wanted.size)
    if wanted.within is None:
        return (None if most else duration_text(FOR_EVER)), most
    return duration_text(wanted.within), most
