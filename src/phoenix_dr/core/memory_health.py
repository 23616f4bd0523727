"""What is wrong with a project's memory, said once at the beginning; nothing is mended here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from phoenix_dr.core.markdown_lines import Lines
from phoenix_dr.core.memory_lines import PENDING, handoffs, learnings
from phoenix_dr.core.request_lines import OURSELVES

MANY = 100
"""Learnings from which on a list is too long to be read."""
OLD = timedelta(days=7)
"""How long a transfer may wait before it is asked after."""
Ailment = tuple[str, int]
"""A code (phrase `health.CODE`) and how many."""


def health(
    context: str | None, handed: str, learned: str, contradictions: str, *, now: datetime
) -> tuple[Ailment, ...]:
    """What ails the memory; `now` is the project's local time, without a zone."""
    found = (
        *_of_context(context),
        ("learnings-many", max(0, len(learnings(learned)) - MANY)),
        ("handoffs-old", sum(_waits(each.source, each.at, now=now) for each in handoffs(handed)
                             if not each.done)),
        ("contradictions", sum(f"{PENDING} actif" in row and "| phoenix |" in row
                               for row in Lines(contradictions).rows)),
    )  # fmt: skip
    return tuple((code, count) for code, count in found if count)


def _of_context(context: str | None) -> Iterator[Ailment]:
    if context is None:
        yield "context-missing", 1
        return
    lines = Lines(context)
    if lines.is_open:
        yield "context-open", 1


def _waits(source: str, at: datetime, *, now: datetime) -> bool:
    return source == OURSELVES and now - at > OLD
