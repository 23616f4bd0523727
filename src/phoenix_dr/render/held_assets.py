"""The points of an engine without guests, as a table: one row per asset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.render import audit_parts, table, units
from phoenix_dr.render.view import View

COLUMNS = ("asset", "points", "oldest", "newest-point", "size")
Row = tuple[str, int, datetime, datetime, int | None]
"""(asset, points, when the oldest and the newest was taken, bytes of the newest)."""


def lines(
    rows: Iterable[Row], blind: Iterable[BlindSpot], view: View, *, now: datetime
) -> Iterator[str]:
    """One row per asset, then what could not be seen."""
    cells = [_cells(row, view, now=now) for row in rows]
    headers = [view.say(f"inventory.column.{name}") for name in COLUMNS]
    if cells:
        yield from table.terminal(headers, cells, columns=view.width)
    spots = [audit_parts.blind_text(spot, view) for spot in blind]
    if not cells and not spots:
        yield view.say("inventory.no.points")
    yield from spots


def _cells(row: Row, view: View, *, now: datetime) -> list[str]:
    asset, points, oldest, newest, size = row
    return [
        view.safe(asset),
        units.number(points),
        units.age(now - oldest, view.language),
        units.age(now - newest, view.language),
        units.size(size, view.language),
    ]
