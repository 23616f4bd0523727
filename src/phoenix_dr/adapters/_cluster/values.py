"""Single values of objects that anybody may have written: what does not fit is none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Row = Mapping[str, Any]
_QUANTITY = re.compile(
    r"([0-9]{1,18}(?:\.[0-9]{0,9})?)"
    r"(?:[eE]([+-]?[0-9]{1,2})|((?:[KMGTPE]i|[numkMGTPE])?))",
    re.ASCII,
)
_POWERS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_LONGEST = 4096
"""Characters kept of a text; names have 253 at most, messages may be any length."""
_LARGEST = 1 << 63
_DIGITS = 19
"""Of the largest number."""


def part(row: object, *names: str) -> Row:
    """The mapping at the end of these names; an empty one where there is none."""
    found: object = row
    for name in names:
        # Decoded JSON has no other mapping; asking for the abstract one costs four times as much.
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def rows(row: object, *names: str) -> Iterator[Row]:
    """The mappings of the list at the end of these names."""
    found = part(row, *names[:-1]).get(names[-1])
    for each in found if isinstance(found, list) else ():
        if isinstance(each, dict):
            yield each


def text(row: Row, name: str) -> str:
    """A text without characters that would move a terminal; "" for anything else."""
    found = row.get(name)
    if not isinstance(found, str):
        return ""
    short = found if len(found) <= _LONGEST else found[:_LONGEST]
    if short.isprintable():
        return short
    return "".join(char if char.isprintable() else " " for char in short)


def number(row: Row, name: str) -> int | None:
    """A whole number, which Longhorn writes as text in some places; None for anything else."""
    found = row.get(name)
    if isinstance(found, str) and len(found) <= _DIGITS and found.isascii() and found.isdigit():
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int):
        return None
    return found if 0 <= found < _LARGEST else None


def flag(row: Row, name: str) -> bool | None:
    """True or False; None when it says neither."""
    found = row.get(name)
    return found if isinstance(found, bool) else None


def moment(row: Row, name: str) -> datetime | None:
    """A time with its zone; Go's zero time and what is no time are None."""
    found = row.get(name)
    if not isinstance(found, str) or len(found) > 40:
        return None
    try:
        made = datetime.fromisoformat(found)
        return made.astimezone(UTC) if made.tzinfo is not None and made.year >= 1970 else None
    except (ValueError, OverflowError):
        return None


def quantity(row: Row, name: str) -> int | None:
    """Bytes of a Kubernetes quantity such as `5Gi`; None for what is none."""
    found = row.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        return found if 0 <= found < _LARGEST else None
    match = _QUANTITY.fullmatch(found) if isinstance(found, str) else None
    if match is None:
        return None
    try:
        made = Decimal(match[1]) * _scale(match[2], match[3] or "")
    except (InvalidOperation, KeyError):
        return None
    return int(made) if made < _LARGEST else None


def _scale(exponent: str | None, unit: str) -> Decimal:
    if exponent is not None:
        return Decimal(10) ** int(exponent)
    if unit.endswith("i"):
        return Decimal(1024) ** (_POWERS[unit[:-1].replace("K", "k")] // 3)
    return Decimal(10) ** _POWERS[unit]


def labels(row: Row, name: str = "labels") -> dict[str, str]:
    """Labels, annotations or parameters whose values are text."""
    found = part(row, name)
    return {
        key: value
        for key, value in found.items()
        if isinstance(key, str) and isinstance(value, str)
    }


def meta(row: Row) -> Row:
    """The metadata of an object."""
    return part(row, "metadata")


def named(row: Row) -> str:
    """The name of an object."""
    return text(meta(row), "name")


def joined(namespace: str, name: str) -> str:
    """`NAMESPACE/NAME`; "" when one of them is not known."""
    return f"{namespace}/{name}" if namespace and name else ""
