"""What observing the engines brought, one line each."""

from __future__ import annotations

from collections.abc import Iterable

from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.render import audit_parts
from phoenix_dr.render.text import indent
from phoenix_dr.render.view import View

Seen = tuple[str, int, int, bool, BlindSpot | None]
"""(engine, points appeared, points gone, list unchanged, why nothing could be seen)."""


def lines(seen: Iterable[Seen], view: View) -> tuple[str, ...]:
    """`home: 3 new points, 0 gone`, or unchanged, or why it stayed dark."""
    return tuple(f"  {_line(each, view)}" for each in seen)


def hint(blind: BlindSpot, view: View) -> tuple[str, ...]:
    """What to do about an engine that stayed dark, where something is known."""
    code = f"hint.{blind.reason}"
    if not view.knows(code):
        return ()
    said = view.say(
        code, {"engine": blind.engine, **dict.fromkeys(audit_parts.DETAILS, blind.detail)}
    )
    return tuple(indent(said, first="    ", rest="    ", columns=view.width))


def _line(seen: Seen, view: View) -> str:
    engine, appeared, gone, unchanged, blind = seen
    if blind is not None:
        return audit_parts.blind_text(blind, view)
    if unchanged:
        return view.say("report.observed.unchanged", {"engine": engine})
    facts: dict[str, str | int] = {"engine": engine, "appeared": appeared, "gone": gone}
    return view.say("report.observed.seen", facts)
