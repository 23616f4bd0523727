"""Amounts as people write them in phoenix.yaml."""

from __future__ import annotations

import re
from datetime import timedelta

LONGEST = timedelta(days=365_250)
"""A thousand years: longer means for ever, and dates end before some sums with it."""
LARGEST = 1 << 62
"""Bytes; more is a slip of the finger."""
_DURATION = re.compile(r"(\d+)(min|[smhdw])")
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_SIZE = re.compile(r"(\d{1,19}) ?(?:([kKMGTP])?B|([KMGTP])iB)", re.ASCII)
_STEPS = " KMGTP"


def duration(text: str) -> timedelta:
    """`13h`, `30d`, `90min`, `1d 12h`.

    Raises ValueError for anything else, nothing and beyond LONGEST.
    """
    total = timedelta(0)
    for part in text.split():
        found = _DURATION.fullmatch(part)
        if found is None:
            raise ValueError(text)
        try:
            total += int(found[1]) * _UNITS[found[2]]
        except OverflowError:
            raise ValueError(text) from None
    if not timedelta(0) < total <= LONGEST:
        raise ValueError(text)
    return total


def size(text: str) -> int:
    """Bytes of `50GB`, `500 MB` (powers of 1000), `50GiB` (of 1024).

    Raises ValueError for anything else, a number without its unit, nothing and beyond LARGEST.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    number, thousands, binary = found.groups()
    step = _STEPS.index((thousands or binary or " ").upper())
    total = int(number) * (1024 if binary else 1000) ** step
    if not 0 < total <= LARGEST:
        raise ValueError(text)
    return int(total)
