"""What a change of rule, schedule or engine loses and gains, by effect and never by its numbers.

A longer rule can delete more (PVE, PBS), and a denser schedule under keep-last covers less, so
both sides are carried out on the points at hand and on the runs to come, then compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.retention import Held, kept_by_tool, newest_first
from phoenix_dr.core.retention_dialects import Dialect
from phoenix_dr.core.retention_periods import local_clock

RUN = "run:"
"""Prefix of the ids of points not made yet; their epoch seconds follow."""


@dataclass(frozen=True, slots=True)
class Regime:
    """A rule as one engine reads it, with the epoch seconds of the runs to come (may be none)."""

    rule: RetentionRule
    dialect: Dialect
    zone: tzinfo
    runs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Extent:
    """Points, oldest first, and the period from the first to the last; None when there are none."""

    points: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    @property
    def count(self) -> int:
        """How many points."""
        return len(self.points)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one regime restores that the other does not: at once, and after the last run to come.

    `lost` are points held now that go under `after` and would stay under `before`; `lost_later`
    is what could have been restored after the runs to come and no longer can.
    """

    lost: Extent
    gained: Extent
    lost_later: Extent
    gained_later: Extent

    @property
    def loses(self) -> bool:
        """True when anything restorable now, or by the present schedule later, will not be."""
        return bool(self.lost.points or self.lost_later.points)


def compare(points: Iterable[Held], before: Regime, after: Regime, *, now: datetime) -> Effect:
    """The effect of going from one regime to another on the points of one asset.

    Counts what the tools do on their own, which is never less than what Phoenix would remove.
    Later, points are the same when they have one id; between two schedules, whose runs differ,
    when they lie on one local day of `before`. Raises as `decide` does.
    """
    held = newest_first(points)
    at_once = [_kept(held, regime, int(now.timestamp())) for regime in (before, after)]
    later = [foresee(held, regime, now=now) for regime in (before, after)]
    by_day = before.runs != after.runs
    return Effect(
        lost=_missing(*at_once),
        gained=_missing(*reversed(at_once)),
        lost_later=_missing(*later, zone=before.zone if by_day else None),
        gained_later=_missing(*reversed(later), zone=before.zone if by_day else None),
    )


def foresee(points: Iterable[Held], regime: Regime, *, now: datetime) -> list[Held]:
    """What is held, newest first, once every run to come was made and the tool cleaned up after it.

    Run after run, since pruning often and pruning once do not end alike.
    """
    held = _kept(newest_first(points), regime, int(now.timestamp()))
    for run in sorted(regime.runs):
        held = _kept(newest_first([Held(f"{RUN}{run}", run), *held]), regime, run)
    return held


def _kept(held: list[Held], regime: Regime, now: int) -> list[Held]:
    kept = kept_by_tool(held, regime.rule, zone=regime.zone, dialect=regime.dialect, now=now)
    return held if kept is None else [point for point in held if point.id in kept]


def _missing(had: list[Held], has: list[Held], *, zone: tzinfo | None = None) -> Extent:
    ids = {point.id for point in has}
    gone = [point for point in had if point.id not in ids]
    if zone is not None:
        day = local_clock(zone).day
        days = {day(point.at)[0] for point in has}
        gone = [point for point in gone if day(point.at)[0] not in days]
    if not gone:
        return Extent()
    gone.sort(key=lambda point: (point.at, point.id))
    since, until = (datetime.fromtimestamp(gone[i].at, UTC) for i in (0, -1))
    return Extent(tuple(point.id for point in gone), since, until)
