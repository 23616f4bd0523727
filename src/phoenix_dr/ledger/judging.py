"""Judging new points against those before them on the same place."""

# ruff: noqa: S608 - statements are put together from constants; every value is bound.

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from phoenix_dr.core.evidence import PointState, RecoveryPoint
from phoenix_dr.core.points import COMPARED
from phoenix_dr.ledger.schema import column, micros, plain

Key = tuple[str, str, str]
"""Asset, location and id: what names a point on one engine."""


def key_of(point: RecoveryPoint) -> Key:
    """The key of a point."""
    return point.asset, point.location, point.id


class Judge(Protocol):
    """The verdict on a point, given the sizes of those before it, newest last."""

    def __call__(
        self, point: RecoveryPoint, earlier_sizes: Sequence[int | None], /, *, now: datetime
    ) -> PointState:
        """The verdict."""
        ...


@dataclass(frozen=True)
class Judging:
    """How the points of one engine are judged, and when."""

    engine: str
    judge: Judge
    now: datetime

    def verdicts(
        self, connection: sqlite3.Connection, points: Iterable[RecoveryPoint]
    ) -> Mapping[Key, PointState]:
        """Lane by lane, each point against those before it: stored ones and one another."""
        lanes: dict[tuple[str, str], list[RecoveryPoint]] = {}
        for point in points:
            lanes.setdefault((point.asset, point.location), []).append(point)
        verdicts: dict[Key, PointState] = {}
        for (asset, location), judged in lanes.items():
            first = min(micros(point.taken_at) for point in judged) // 1_000_000
            around = _sizes_around(connection, (asset, self.engine, location), first)
            verdicts |= self._walk(judged, around)
        return verdicts

    def _walk(
        self, judged: list[RecoveryPoint], around: list[Sized]
    ) -> Iterator[tuple[Key, PointState]]:
        own = {point.id for point in judged}
        walk: list[tuple[int, str, int | None, RecoveryPoint | None]] = [
            (taken, stored, size, None) for taken, stored, size in around if stored not in own
        ]
        walk += [(micros(point.taken_at), point.id, point.size, point) for point in judged]
        sizes: deque[int | None] = deque(maxlen=COMPARED)
        for _, _, size, unjudged in sorted(walk, key=lambda each: each[:2]):
            if unjudged:
                yield key_of(unjudged), self.judge(unjudged, tuple(sizes), now=self.now)
            sizes.append(size)


Sized = tuple[int, str, int | None]
"""(taken_at in microseconds, id, size)."""


def _sizes_around(
    connection: sqlite3.Connection, lane: tuple[str, str, str], first: int
) -> list[Sized]:
    """The sizes of the few points before `first` and all after."""
    columns = "SELECT taken_at * 1000000 + fraction, id, size FROM points WHERE asset = ? AND"
    where = (
        "SELECT assets.id, places.id FROM assets, places"
        " WHERE assets.name = ? AND places.engine = ? AND places.location = ?"
    )
    found = connection.execute(where, tuple(map(column, lane))).fetchone()
    if found is None:
        return []
    asset, place = found
    sql = (
        f"SELECT * FROM ({columns} taken_at < ? AND place = ? ORDER BY taken_at DESC LIMIT ?)"
        f" UNION ALL {columns} taken_at >= ? AND place = ?"
    )
    rows = connection.execute(sql, (asset, first, place, COMPARED, asset, first, place))
    return [(taken, plain(stored), size) for taken, stored, size in rows]
