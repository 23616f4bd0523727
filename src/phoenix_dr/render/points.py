"""The points held now: one table per asset and engine, with what keeps each point."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from phoenix_dr.core.held import HeldLane, HeldPoint
from phoenix_dr.render import rules, table, text, units
from phoenix_dr.render.view import Safe, View

NO_BREAK = "\u00a0"
SHOWN = 20
"""Points of a lane that are shown unless all are asked for."""
DIGITS = 8
"""Characters of an id that people are shown."""
COLUMNS = ("id", "taken", "age", "size", "state", "stays")
ROOMY = 80
"""Terminal columns from which on a moment stays on one line, and an age may have room."""


def lines(
    lanes: Iterable[HeldLane], view: View, *, now: datetime, whole: bool = False
) -> Iterator[str]:
    """Every lane with its heading, table and notes; `whole` shows more than the newest points."""
    for number, lane in enumerate(lanes):
        if number:
            yield ""
        yield from _lane(lane, view, now=now, most=len(lane.points) if whole else SHOWN)


def short(point_id: str) -> str:
    """The beginning of an id that names it well enough for people."""
    return point_id[:DIGITS]


def _lane(lane: HeldLane, view: View, *, now: datetime, most: int) -> Iterator[str]:
    facts: dict[str, str | int] = {"asset": lane.asset, "engine": lane.engine}
    facts |= {"rule": _rule(lane, view), "count": len(lane.points)}
    yield from paragraph(view.say("points.lane", facts), view)
    heads: dict[str, str] = {name: view.say(f"points.column.{name}") for name in COLUMNS}
    cells = [heads, *(_cells(each, view, now=now) for each in lane.points[:most])]
    rows = [[row[name] for name in COLUMNS] for row in cells]
    has_age = view.width >= ROOMY and table.has_room(rows, view.width)
    columns = [name for name in COLUMNS if name != "age" or has_age]
    headers, *rows = [[row[name] for name in columns] for row in cells]
    for line in table.terminal(headers, rows, columns=view.width):
        yield line.replace(NO_BREAK, " ")
    hidden = len(lane.points) - most
    if hidden > 0:
        yield view.say("points.more", {"count": hidden})
    for each in lane.points:
        if each.pin is not None:
            code = "points.pin-note" if each.pin.by else "points.pin-note-nobody"
            pin = {"point": short(each.point.id), "by": each.pin.by, "because": each.pin.because}
            yield from paragraph(view.say(code, pin), view)


def paragraph(said: str, view: View) -> list[str]:
    """A sentence on as many lines as it takes, all but the first set in."""
    return text.indent(said, first="", rest="  ", columns=view.width)


def _rule(lane: HeldLane, view: View) -> Safe:
    if lane.rule is not None:
        return view.say("points.rule", {"rule": rules.rule(lane.rule, view)})
    why = view.say(f"left.{lane.left}", {"detail": lane.detail, "engine": lane.engine})
    return view.say("points.no-rule", {"why": why})


def _cells(held: HeldPoint, view: View, *, now: datetime) -> dict[str, str]:
    point, language = held.point, view.language
    blank = NO_BREAK if view.width >= ROOMY else " "
    return {
        "id": view.safe(short(point.id)),
        "taken": units.moment(point.taken_at, view.zone, language).replace(" ", blank),
        "age": units.duration(now - point.taken_at, language).replace(" ", blank),
        "size": units.size(point.size, language).replace(" ", blank),
        "state": view.say(f"points.state.{held.state.name.lower()}"),
        "stays": view.join([*_by_rule(held, view), *_marks(held, view)], " · "),
    }


def _by_rule(held: HeldPoint, view: View) -> Iterator[Safe]:
    """What the rule does; what Phoenix alone holds fast is told by its mark."""
    if held.verdict is None:
        return
    if held.goes:
        yield view.say("points.goes")
        return
    reasons = [reason for reason in held.verdict.reasons if reason != "protected"]
    if reasons:
        named = view.join(view.say(f"points.keep.{reason}") for reason in reasons)
        yield view.say("points.kept", {"reasons": named})


def _marks(held: HeldPoint, view: View) -> Iterator[Safe]:
    for name, is_so in (
        ("pinned", held.pin is not None),
        ("proven", held.proven),
        ("last", held.last),
        ("protected", held.point.protected),
    ):
        if is_so:
            yield view.say(f"points.mark.{name}")
