"""Stored points as core values: the only place that builds an object per point."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from phoenix_dr.core.evidence import PointState, RecoveryPoint
from phoenix_dr.ledger.records import Judged
from phoenix_dr.ledger.schema import column, micros, moment_of, plain

POINTS_SQL = """
SELECT points.id, assets.name, places.engine, places.location, taken_at * 1000000 + fraction,
    size, files, complete, duration, host, paths, protected, state
FROM places CROSS JOIN points CROSS JOIN assets CROSS JOIN origins
WHERE points.place = places.id AND assets.id = points.asset AND origins.id = points.origin
"""
OF_ASSET = " AND points.asset = (SELECT id FROM assets WHERE name = ?)"
OF_ENGINE = " AND places.engine = ?"
AT_LOCATION = " AND places.location = ?"


def judged_points(
    connection: sqlite3.Connection,
    engine: str,
    *,
    point: RecoveryPoint | None = None,
    present: bool = True,
) -> Iterator[Judged]:
    """Points of one engine with their verdicts.

    `point` narrows to its asset, place and id; among points gone also to its second.
    """
    arguments: list[object]
    sql, arguments = POINTS_SQL + OF_ENGINE, [column(engine)]
    if present:
        sql += " AND gone_at IS NULL"
    if point is not None:
        sql += AT_LOCATION + " AND points.id = ?" + OF_ASSET
        arguments += [column(point.location), column(point.id), column(point.asset)]
    if point is not None and not present:
        sql += " AND points.taken_at = ?"
        arguments.append(micros(point.taken_at) // 1_000_000)
    return map(judged, connection.execute(sql, arguments))


def judged(found: tuple[Any, ...]) -> Judged:
    """A row of the points query as a point and its verdict."""
    own, asset, engine, location, taken, size, files, complete, duration, host, paths, *rest = found
    return (
        RecoveryPoint(
            id=plain(own),
            asset=plain(asset),
            engine=plain(engine),
            location=plain(location),
            taken_at=moment_of(taken),
            size=size,
            files=files,
            complete=None if complete is None else bool(complete),
            duration=None if duration is None else timedelta(microseconds=duration),
            host=plain(host),
            paths=tuple(json.loads(paths)),
            protected=bool(rest[0]),
        ),
        PointState(rest[1]),
    )
