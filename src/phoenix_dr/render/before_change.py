"""Whether a change may be made, a line for each asset and one that says it all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from phoenix_dr.core.before_change import Leave
from phoenix_dr.core.evidence import Level
from phoenix_dr.render import units
from phoenix_dr.render.view import View

WORDS = {True: "yes", False: "no", None: "unknown"}
DIGITS = 12
"""Digits of an id that people are shown."""


def lines(leaves: tuple[Leave, ...], view: View, *, ok: bool | None) -> Iterator[str]:
    """The verdict first, then each asset with the point one would come back to."""
    yield view.say(f"before.{WORDS[ok]}")
    for each in leaves:
        yield f"  {_line(each, view)}"
    held = next((each.point for each in leaves if each.ok and each.point), None)
    if ok and held is not None:
        yield view.say("before.pin", {"point": held.id[:DIGITS]})


def _line(each: Leave, view: View) -> str:
    said = view.say(f"before.word.{WORDS[each.ok]}")
    why = view.say(f"before.why.{each.why}", {"objective": _objective(each, view)})
    if each.point is None:
        return view.say("before.without", {"word": said, "asset": each.asset, "why": why})
    facts = {
        "word": said,
        "asset": each.asset,
        "why": why,
        "point": each.point.id[:DIGITS] if _is_digest(each.point.id) else each.point.id,
        "engine": each.point.engine,
        "age": units.age(each.age, view.language) if each.age is not None else "?",
        "moment": _moment(each.point.taken_at, view),
        "level": view.say(f"level.{int(each.level)}"),
    }
    line = view.say("before.with", facts)
    untested = each.ok and each.level < Level.RESTORES
    return f"{line}\n      {view.say('before.untested')}" if untested else line


def _objective(each: Leave, view: View) -> str:
    return units.duration(each.objective, view.language) if each.objective else "?"


def _moment(when: datetime, view: View) -> str:
    return units.moment(when, view.zone, view.language)


def _is_digest(text: str) -> bool:
    return len(text) > 32 and all(char in "0123456789abcdef" for char in text)
