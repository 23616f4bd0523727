"""The five fields of a cron schedule as numbers, for whoever must say them in other words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from phoenix_dr.core.schedule import Cron
from phoenix_dr.errors import UsageError

DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Field:
    """One of the five fields: its bounds and the names its numbers may have."""

    first: int
    last: int
    names: tuple[str, ...] = ()

    def number(self, word: str) -> int:
        """The number a word of the field stands for."""
        if word.isdigit():
            return int(word)
        return [name.upper() for name in self.names].index(word) + self.first

    def numbers(self, text: str) -> frozenset[int]:
        """Every number a field stands for, lists, ranges and steps spelled out."""
        return frozenset(number for term in text.split(",") for number in self._term(term))

    def _term(self, term: str) -> Iterable[int]:
        span, _, step = term.partition("/")
        start, dash, end = span.partition("-")
        if span == "*":
            low, high = self.first, self.last
        else:
            low = self.number(start)
            high = self.number(end) if dash else (self.last if step else low)
        return range(low, high + 1, int(step or 1))


MINUTE, HOUR, DAY = Field(0, 59), Field(0, 23), Field(1, 31)
MONTH, WEEKDAY = Field(1, 12, MONTHS), Field(0, 7, DAYS)
ALL_FIELDS = (MINUTE, HOUR, DAY, MONTH, WEEKDAY)


def numbers(cron: Cron, field: Field, text: str) -> list[int]:
    """The numbers of one field of a schedule, in order.

    Raises UsageError (schedule-not-expressible) for the last day or the third Monday.
    """
    try:
        return sorted(field.numbers(text))
    except ValueError as error:
        raise UsageError("schedule-not-expressible", expression=cron.expression) from error


def listed(field: Field, chosen: Sequence[int]) -> str:
    """A field that stands for these numbers: a star for all of them, else a list."""
    if len(chosen) == field.last - field.first + 1:
        return "*"
    return ",".join(map(str, chosen))
