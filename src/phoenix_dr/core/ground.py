"""What a plan stands on, and what it loses, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from phoenix_dr.core.evidence import RecoveryPoint, Span
from phoenix_dr.core.model import SpanRule

Points = Mapping[tuple[str, str], tuple[RecoveryPoint, ...]]
"""The points now held, by (engine, asset)."""
Makers = Mapping[tuple[str, str], tuple[frozenset[str], ...]]
"""Ids of the points each job made of an asset, by (job, asset), a set for each of its volumes."""
PointKeys = frozenset[tuple[str, str]]
"""Points by (engine, id)."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a plan stands on: everything its losses are computed from.

    `pinned` were held fast by a person, `proven` are the last drilled-good points, `unusable`
    cannot be restored from; `forgotten` are points gone since the engine last compacted; `hidden`
    names engines that did not show everything. `spans` and `in_force` are what metric and log
    stores hold and the rules they run under. `made` says of an engine whose jobs count their own
    copies which points each made; of an engine that is not in it nobody knows. `now` matters to
    spans and to jobs.
    """

    points: Points = field(default_factory=dict)
    pinned: PointKeys = frozenset()
    proven: PointKeys = frozenset()
    unusable: PointKeys = frozenset()
    forgotten: Mapping[str, tuple[RecoveryPoint, ...]] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    spans: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    in_force: Mapping[str, tuple[SpanRule, ...]] = field(default_factory=dict)
    made: Mapping[str, Makers] = field(default_factory=dict)
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Loss:
    """Recoverable data that goes: which points, the period they cover, bytes, what remains.

    `asset` is the stream for a metric or log store. `size` is the sum of known sizes, None when
    any is unknown. `remaining` counts points, `reach` is the oldest moment that can be gone back
    to afterwards (None: none). With `later` nothing goes at once: what is held from `since` to
    `until` will go sooner than it would have.
    """

    engine: str
    asset: str
    points: tuple[str, ...]
    since: datetime
    until: datetime
    size: int | None
    remaining: int
    reach: datetime | None = None
    later: bool = False
