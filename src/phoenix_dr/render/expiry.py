"""What a retention plan would let go, lane by lane, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.plan import Action, CompactData, ForgetPoints, ReleasePoint, SetRetention
from phoenix_dr.render import rules, table, units
from phoenix_dr.render.view import Safe, View

NO_BREAK = "\u00a0"
COLUMNS = ("engine", "asset", "rule", "held", "stay", "go", "period")
STAY = COLUMNS.index("stay")


@dataclass(frozen=True, slots=True)
class LaneRow:
    """One asset on one engine: its rule, the points held, and those that go."""

    engine: str
    asset: str
    rule: RetentionRule
    held: int
    going: tuple[RecoveryPoint, ...]


def lanes(rows: Sequence[LaneRow], view: View) -> list[str]:
    """The table of lanes for a terminal; empty without lanes."""
    if not rows:
        return []
    headers: list[str] = [view.say(f"expiry.column.{name}") for name in COLUMNS]
    cells = [headers, *(_cells(row, view) for row in rows)]
    if not table.has_room(cells, view.width):
        # What stays is what is held without what goes: the column that is missed least.
        cells = [[*row[:STAY], *row[STAY + 1 :]] for row in cells]
    found = table.terminal(cells[0], cells[1:], columns=view.width)
    return [line.replace(NO_BREAK, " ") for line in found]


def left(engine: str, asset: str, reason: str, *, detail: str, view: View) -> Safe:
    """Why something is left alone."""
    subject = f"{engine} {asset}".strip()
    why = view.say(f"left.{reason}", {"detail": detail, "engine": engine})
    return view.say("list.named", {"name": subject, "text": why})


def done(action: Action, view: View) -> Safe:
    """What an action did, in the past tense."""
    match action:
        case ForgetPoints():
            count, engine = len(action.points), action.engine
            return view.say(
                "expiry.forgot", [("count", count), ("asset", action.asset), ("engine", engine)]
            )
        case CompactData():
            return view.say("expiry.compacted", {"engine": action.engine})
        case SetRetention():
            return view.say("expiry.configured", {"engine": action.engine})
        case ReleasePoint():
            return view.say("expiry.released", {"point": action.point[:8], "engine": action.engine})
        case _:
            return view.say("expiry.did", {"verb": type(action).__name__, "engine": action.engine})


def _cells(row: LaneRow, view: View) -> list[str]:
    going = len(row.going)
    return [
        view.safe(row.engine),
        view.safe(row.asset),
        _unbroken(rules.rule(row.rule, view)),
        str(row.held),
        str(row.held - going),
        str(going),
        _period(row.going, view),
    ]


def _unbroken(rule: str) -> str:
    """A rule that breaks between its parts only: a count stays with what it counts."""
    return ", ".join(part.replace(" ", NO_BREAK) for part in rule.split(", "))


def _period(going: Sequence[RecoveryPoint], view: View) -> str:
    if not going:
        return view.say("word.nothing")
    ends = (min(point.taken_at for point in going), max(point.taken_at for point in going))
    first, last = (units.day(moment, view.zone, view.language) for moment in ends)
    return first if first == last else f"{first}{NO_BREAK}– {last}"
