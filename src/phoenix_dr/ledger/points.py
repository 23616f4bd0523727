"""Questions about points. Histories are integers straight from SQLite; no object per row."""

# ruff: noqa: S608 - statements are put together from constants; every value is bound.

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from phoenix_dr.core.evidence import PointState, RecoveryPoint
from phoenix_dr.core.history import GONE
from phoenix_dr.ledger.records import HistoryRow, Holding, Judged
from phoenix_dr.ledger.schema import column, moment_of, plain
from phoenix_dr.ledger.store import Store
from phoenix_dr.ledger.stored import AT_LOCATION, OF_ASSET, OF_ENGINE, POINTS_SQL, judged

_STATE = f"state + {GONE} * (gone_at IS NOT NULL)"
_ROW = f"taken_at, place, {_STATE}, (ifnull(duration, 0) + 999999) / 1000000"
_HISTORY = (
    f"SELECT {_ROW} FROM points WHERE asset = ? AND taken_at > ? ORDER BY taken_at, place, id"
)
# Each place's last usable point and last point at all: what every survivor set starts from.
_ANCHORS = f"""
SELECT DISTINCT p.taken_at, p.place, {_STATE}, (ifnull(p.duration, 0) + 999999) / 1000000
FROM lanes CROSS JOIN points AS p
WHERE lanes.asset = ?1 AND p.asset = ?1 AND p.place = lanes.place AND p.taken_at IN (
    (SELECT taken_at FROM points WHERE asset = ?1 AND place = lanes.place AND taken_at <= ?2
        AND state = 0 ORDER BY taken_at DESC LIMIT 1),
    (SELECT taken_at FROM points WHERE asset = ?1 AND place = lanes.place AND taken_at <= ?2
        AND state = 0 AND gone_at IS NULL ORDER BY taken_at DESC LIMIT 1),
    (SELECT taken_at FROM points WHERE asset = ?1 AND place = lanes.place AND taken_at <= ?2
        AND gone_at IS NULL ORDER BY taken_at DESC LIMIT 1),
    (SELECT taken_at FROM points WHERE asset = ?1 AND place = lanes.place AND taken_at <= ?2
        ORDER BY taken_at DESC LIMIT 1))
ORDER BY 1, 2, 3
"""
# Best verdict first, then newest: the order of the index, so each answer is one look.
_BEST = (
    "SELECT {what} FROM points INDEXED BY present WHERE place = lanes.place"
    " AND asset = lanes.asset AND gone_at IS NULL"
)
_FIRST = "ORDER BY state, taken_at DESC LIMIT 1"
_HOLDING = f"""
SELECT lanes.place, engine, location,
    ({_BEST.format(what="taken_at")} {_FIRST}),
    ({_BEST.format(what="id")} {_FIRST}),
    ({_BEST.format(what="state")} {_FIRST}),
    ({_BEST.format(what="count(*)")} AND state = 0)
FROM lanes CROSS JOIN places WHERE places.id = lanes.place
    AND lanes.asset = (SELECT id FROM assets WHERE name = ?)
ORDER BY lanes.place
"""


class Points(Store):
    """Reading points: as history, as what is held, and as values to show."""

    def history(self, asset: str, *, since: int) -> Iterable[HistoryRow]:
        """The points made after `since` (epoch seconds), gone ones (GONE) too, oldest first.

        Before them, for each place, the last usable and the last point up to `since`, each held
        or not.
        """
        found = self.query("SELECT id FROM assets WHERE name = ?", (column(asset),))
        if not found:
            return ()
        anchors = self.query(_ANCHORS, (found[0][0], since))
        return chain(anchors, self.query(_HISTORY, (found[0][0], since)))

    def histories(self, *, since: int) -> Iterator[tuple[str, Iterator[HistoryRow]]]:
        """The history of every known asset, streamed in one frozen view.

        Use up the rows of one asset before asking for the next.
        """
        with self.stream() as connection:
            assets = connection.execute("SELECT id, name FROM assets ORDER BY id").fetchall()
            for number, name in assets:
                anchors = connection.execute(_ANCHORS, (number, since)).fetchall()
                rows = connection.execute(_HISTORY, (number, since))
                yield plain(name), chain(anchors, rows)

    def places(self) -> dict[int, tuple[str, str]]:
        """Engine and location by place id, as histories name them."""
        found = self.query("SELECT id, engine, location FROM places ORDER BY id")
        return {number: (plain(engine), plain(location)) for number, engine, location in found}

    def holding(self, asset: str) -> tuple[Holding, ...]:
        """What each place holds of the asset now; places that hold nothing are left out."""
        found = self.query(_HOLDING, (column(asset),))
        return tuple(_held(*row) for row in found if row[3] is not None)

    def judged(
        self,
        asset: str | None = None,
        *,
        engine: str | None = None,
        location: str | None = None,
        present: bool = True,
    ) -> tuple[Judged, ...]:
        """Points with their verdicts, oldest first; `present` leaves out those gone."""
        terms = {OF_ASSET: asset, OF_ENGINE: engine, AT_LOCATION: location}
        given = {term: column(value) for term, value in terms.items() if value is not None}
        sql = POINTS_SQL + "".join(given)
        sql += " AND gone_at IS NULL" if present else ""
        found = self.query(f"{sql} ORDER BY 5, 3, 4, 1", tuple(given.values()))
        return tuple(map(judged, found))

    def points(
        self,
        asset: str | None = None,
        *,
        engine: str | None = None,
        location: str | None = None,
        present: bool = True,
    ) -> tuple[RecoveryPoint, ...]:
        """Points to show, oldest first."""
        found = self.judged(asset, engine=engine, location=location, present=present)
        return tuple(point for point, _ in found)

    def gone(self, engine: str, *, after: datetime | None) -> tuple[RecoveryPoint, ...]:
        """Points of an engine seen gone after a moment (None: ever), oldest first."""
        since = 0 if after is None else int(after.timestamp())
        sql = f"{POINTS_SQL}{OF_ENGINE} AND gone_at > ? ORDER BY 5, 3, 4, 1"
        return tuple(judged(row)[0] for row in self.query(sql, (column(engine), since)))

    def point(self, engine: str, id_prefix: str) -> tuple[Judged, ...]:
        """The points of an engine whose id begins so: present ones, else those gone."""
        sql = f"{POINTS_SQL}{OF_ENGINE} AND substr(points.id, 1, ?) = ?"
        start = column(id_prefix)
        arguments = (column(engine), len(start), start)
        found = self.query(f"{sql} AND gone_at IS NULL", arguments) or self.query(sql, arguments)
        return tuple(map(judged, found))

    def watched_since(
        self, *, asset: str | None = None, engine: str | None = None
    ) -> datetime | None:
        """When an asset was first known, or an engine first asked; None while never."""
        if asset is not None:
            sql, name = "SELECT known_at * 1000000 FROM assets WHERE name = ?", asset
        else:
            sql, name = "SELECT first_at FROM engines WHERE engine = ?", engine or ""
        found = self.query(sql, (column(name),))
        return moment_of(found[0][0]) if found else None


def _held(place: int, engine: str, location: str, *best: Any) -> Holding:
    taken_at, own, state, usable = best
    names = (plain(engine), plain(location))
    return Holding(place, *names, taken_at, plain(own), PointState(state), usable)
