"""Amounts as people write them in phoenix.yaml."""

from __future__ import annotations

import re
from datetime import timedelta

_DURATION = re.compile(r"(\d+)(min|[smhdw])")
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def duration(text: str) -> timedelta:
    """`13h`, `30d`, `90min`, `1d 12h`. Raises ValueError for anything else, and for nothing."""
    total = timedelta(0)
    for part in text.split():
        found = _DURATION.fullmatch(part)
        if found is None:
            raise ValueError(text)
        try:
            total += int(found[1]) * _UNITS[found[2]]
        except OverflowError:
            raise ValueError(text) from None
    if total <= timedelta(0):
        raise ValueError(text)
    return total
