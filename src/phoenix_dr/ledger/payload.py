"""An observation as JSON, and what it does to the tables. The one way points are written.

Recording and verifying both go through `apply`, so that the tables can always be derived anew
from the chained rows.
"""

# ruff: noqa: S608 - statements are put together from constants; every value is bound.

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.ledger.records import Judged, Kind
from phoenix_dr.ledger.schema import column, micros, span_micros

MOST_POINTS = 1000
"""Points one chained row may name; a larger change becomes several rows."""
MANIFESTS_KEPT = 30 * 86_400
"""Seconds a manifest outlives its point: a list may have been wrong. Its hash stays for ever."""
Groups = list[dict[str, Any]]

_APPEAR = """
INSERT INTO points (id, taken_at, fraction, size, files, duration, complete, state, protected,
    asset, place, origin, seen_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET fraction = excluded.fraction, size = excluded.size,
    files = excluded.files, duration = excluded.duration, complete = excluded.complete,
    state = excluded.state, protected = excluded.protected, origin = excluded.origin,
    gone_at = NULL
"""
_CHANGE = """
UPDATE points SET id = ?, taken_at = ?, fraction = ?, size = ?, files = ?, duration = ?,
    complete = ?, state = ?, protected = ?, origin = ?
WHERE asset = ? AND place = ? AND taken_at = ? AND id = ?
"""
_GO = "UPDATE points SET gone_at = ? WHERE asset = ? AND taken_at = ? AND place = ? AND id = ?"


def facts(point: RecoveryPoint, state: int) -> list[Any]:
    """What a chained row keeps of a point; moments and durations in microseconds."""
    return [
        point.id,
        micros(point.taken_at),
        point.size,
        point.files,
        span_micros(point.duration),
        point.complete,
        int(state),
        point.protected,
    ]


def groups(points: Iterable[tuple[RecoveryPoint, list[Any]]]) -> Groups:
    """Facts gathered under what many points share: asset, location, host, paths."""
    found: dict[tuple[object, ...], dict[str, Any]] = {}
    for point, known in points:
        shared = (point.asset, point.location, point.host, point.paths)
        group = found.setdefault(
            shared,
            {
                "asset": point.asset,
                "location": point.location,
                "host": point.host,
                "paths": list(point.paths),
                "points": [],
            },
        )
        group["points"].append(known)
    return list(found.values())


def appeared(points: Iterable[Judged]) -> Groups:
    """Points seen for the first time, or again."""
    return groups((point, facts(point, state)) for point, state in points)


def changed(points: Iterable[tuple[Judged, RecoveryPoint]]) -> Groups:
    """Points as they are now, each with the `taken_at` it was known under."""
    return groups(
        (now, [*facts(now, state), micros(before.taken_at)]) for (now, state), before in points
    )


def gone(points: Iterable[RecoveryPoint]) -> Groups:
    """Points no longer listed: id and `taken_at`."""
    return groups((point, [point.id, micros(point.taken_at)]) for point in points)


def apply(
    connection: sqlite3.Connection, kind: str, payload: Mapping[str, Any], *, at: int
) -> None:
    """Do to the tables what an observation or config row says; `at` in epoch seconds."""
    if kind == Kind.CONFIG:
        for name in _names(payload):
            asset_id(connection, name, at=at)
        return
    for group in payload.get("appeared", ()):
        _appear(connection, payload["engine"], group, at)
    for group in payload.get("changed", ()):
        _change(connection, payload["engine"], group, at)
    for group in payload.get("gone", ()):
        _go(connection, payload["engine"], group, at)
    if "manifest" in payload:
        connection.execute(
            "INSERT OR REPLACE INTO manifests (engine, point, hash, body) VALUES (?, ?, ?, x'')",
            (column(payload["engine"]), column(payload["point"]), payload["manifest"]),
        )


def _names(payload: Mapping[str, Any]) -> list[str]:
    # Any mapping may be stored as configuration; only a list of names means assets.
    found = payload.get("assets") if isinstance(payload, dict) else None
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def asset_id(connection: sqlite3.Connection, name: str, *, at: int) -> int:
    """Number of an asset, given at first sight."""
    return _number(connection, "assets", {"name": column(name)}, {"known_at": at})


def place_id(connection: sqlite3.Connection, engine: str, location: str) -> int:
    """Number of a place: a location of an engine."""
    return _number(connection, "places", {"engine": column(engine), "location": column(location)})


def _number(
    connection: sqlite3.Connection,
    table: str,
    key: Mapping[str, object],
    rest: Mapping[str, object] | None = None,
) -> int:
    where = " AND ".join(f"{name} = ?" for name in key)
    sql = f"SELECT id FROM {table} WHERE {where}"
    found = connection.execute(sql, tuple(key.values())).fetchone()
    if found:
        return int(found[0])
    values = {**key, **(rest or {})}
    marks = ", ".join("?" * len(values))
    connection.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values())
    )
    return _number(connection, table, key)


def _lane(
    connection: sqlite3.Connection, engine: str, group: Mapping[str, Any], at: int
) -> tuple[int, int]:
    asset = asset_id(connection, group["asset"], at=at)
    place = place_id(connection, engine, group["location"])
    connection.execute("INSERT OR IGNORE INTO lanes (asset, place) VALUES (?, ?)", (asset, place))
    return asset, place


def _origin(connection: sqlite3.Connection, group: Mapping[str, Any]) -> int:
    key = {"host": column(group["host"]), "paths": json.dumps(group["paths"])}
    return _number(connection, "origins", key)


def _appear(connection: sqlite3.Connection, engine: str, group: Mapping[str, Any], at: int) -> None:
    asset, place = _lane(connection, engine, group, at)
    shared = (asset, place, _origin(connection, group), at)
    connection.executemany(_APPEAR, ((*_columns(known), *shared) for known in group["points"]))
    if connection.execute("SELECT 1 FROM manifests WHERE gone_at NOT NULL LIMIT 1").fetchone():
        _mark_manifests(connection, engine, group, None)


def _change(connection: sqlite3.Connection, engine: str, group: Mapping[str, Any], at: int) -> None:
    asset, place = _lane(connection, engine, group, at)
    origin = _origin(connection, group)
    connection.executemany(
        _CHANGE,
        (
            (*_columns(known), origin, asset, place, known[8] // 1_000_000, column(known[0]))
            for known in group["points"]
        ),
    )


def _go(connection: sqlite3.Connection, engine: str, group: Mapping[str, Any], at: int) -> None:
    asset, place = _lane(connection, engine, group, at)
    connection.executemany(
        _GO,
        ((at, asset, taken // 1_000_000, place, column(own)) for own, taken in group["points"]),
    )
    _mark_manifests(connection, engine, group, at)
    connection.execute("UPDATE manifests SET body = NULL WHERE gone_at < ?", (at - MANIFESTS_KEPT,))


def _mark_manifests(
    connection: sqlite3.Connection, engine: str, group: Mapping[str, Any], gone_at: int | None
) -> None:
    connection.executemany(
        "UPDATE manifests SET gone_at = ? WHERE engine = ? AND point = ?",
        ((gone_at, column(engine), column(known[0])) for known in group["points"]),
    )


def _columns(known: list[Any]) -> tuple[Any, ...]:
    own, taken, *rest = known[:8]
    return (column(own), taken // 1_000_000, taken % 1_000_000, *rest)
