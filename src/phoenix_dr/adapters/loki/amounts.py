"""Periods and stream selectors as Loki writes them."""

from __future__ import annotations

import re
from datetime import timedelta

SHORTEST = timedelta(hours=24)
"""Loki refuses to start with a retention period below this."""
LONGEST = timedelta(days=106_000)
"""Loki counts nanoseconds in 64 bits, which end after 292 years."""
MOST = 5000
"""Characters a selector may have; Loki refuses longer queries."""
_UNITS = {
    "y": timedelta(days=365),
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_DURATION = re.compile(
    "".join(f"(?:([0-9]{{1,9}}){unit})?" for unit in ("y", "w", "d", "h", "m", "s", "ms"))
)
_SPACE = re.compile(r"[ \t\r\n]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_OPERATOR = re.compile(r"=~|!~|!=|=")
_STRING = re.compile(
    r'"((?:[^"\\\n]|\\(?:[abfnrtv\\"]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}))*)"|`([^`]*)`'
)
_ESCAPED = re.compile(r"\\(.)")

Matcher = tuple[str, str, str]
"""Label, operator, value."""


def duration(text: str) -> timedelta:
    """`744h`, `31d`, `1w2d`: each unit once, the largest first; `0` is nothing.

    Raises ValueError. The units are those of Prometheus' model.Duration: a day always has 24 hours.
    """
    if text == "0":
        return timedelta(0)
    found = _DURATION.fullmatch(text)
    if not text or found is None:
        raise ValueError(text)
    pairs = zip(found.groups(), _UNITS.values(), strict=True)
    total = sum((int(count) * unit for count, unit in pairs if count), timedelta(0))
    if total > LONGEST:
        raise ValueError(text)
    return total


def duration_text(length: timedelta) -> str:
    """The same in hours where they are whole, which every version reads."""
    seconds = int(length.total_seconds())
    return f"{seconds // 3600}h" if seconds % 3600 == 0 else f"{seconds}s"


def selector(text: str) -> tuple[Matcher, ...]:
    """The matchers of `{label="value", …}`; ValueError where Loki would refuse to start.

    At least one matcher must ask for a value that is not empty. Regular expressions are Go's and
    are only looked at from outside: what Python cannot read is refused, although Loki might.
    """
    if len(text) > MOST:
        raise ValueError(text[:50])
    at = _past(text, _past(text, 0), "{")
    found: list[Matcher] = []
    while not text.startswith("}", at):
        if found:
            at = _past(text, at, ",")
        matcher, at = _matcher(text, at)
        found.append(matcher)
    if text[at + 1 :].strip(" \t\r\n") or not any(map(_selects, found)):
        raise ValueError(text)
    return tuple(found)


def _matcher(text: str, at: int) -> tuple[Matcher, int]:
    parts = []
    for pattern in (_LABEL, _OPERATOR, _STRING):
        piece = pattern.match(text, at)
        if piece is None:
            raise ValueError(text)
        parts.append(piece)
        at = _past(text, piece.end())
    label, operator, value = parts
    plain = value[2] if value[1] is None else _ESCAPED.sub(r"\1", value[1])
    if operator[0] in ("=~", "!~"):
        try:
            re.compile(plain)
        except (re.error, RecursionError, OverflowError):
            raise ValueError(text) from None
    return (label[0], operator[0], plain), at


def _past(text: str, at: int, mark: str = "") -> int:
    """Where what follows a mark, and the space behind it, begins."""
    if not text.startswith(mark, at):
        raise ValueError(text)
    space = _SPACE.match(text, at + len(mark))
    return space.end() if space else at


def _selects(matcher: Matcher) -> bool:
    """False for one that a missing label fits too: Loki does not read its whole index for that."""
    _, operator, value = matcher
    if operator in ("=", "!="):
        return (operator == "=") == (value != "")
    return (operator == "=~") != bool(re.fullmatch(value, ""))
