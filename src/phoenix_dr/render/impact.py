"""What a change reaches, in a few lines, before it is made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from phoenix_dr.core.dependency_graph import Reach
from phoenix_dr.render.text import indent, width
from phoenix_dr.render.view import View

ROOM = 60
"""Columns of names in a list; the rest is counted."""
LONGEST = 40
"""Characters of one name."""
SHOWN = 2
"""Contradictions that are told; all are noted."""


def impact_lines(found: Reach, view: View) -> Iterator[str]:
    """What is touched, what needs it, whom it concerns; that there is no graph is said, too."""
    for line in _said(found, view):
        yield from _folded(line, view)


def _said(found: Reach, view: View) -> Iterator[str]:
    yield view.say("impact.touched", {"names": _few(found.touched, view)})
    if found.services:
        yield view.say("impact.services", {"names": _few(found.services, view)})
    if not found.available:
        yield view.say("impact.absent")
        return
    if found.is_cut:
        yield view.say("impact.cut")
    seen = found.impact
    if not seen.named:
        yield view.say("impact.nothing")
        return
    yield view.say(
        "impact.graph",
        {"named": _few(seen.named, view), "reached": _few(seen.reached, view)},
    )
    yield view.say("impact.who", {"agents": _few(seen.agents, view), "data": _few(seen.data, view)})


def contradiction_lines(found: Reach, view: View) -> Iterator[str]:
    """Where the graph and phoenix.yaml say the opposite."""
    for one, other in found.against[:SHOWN]:
        facts = {"one": _name(one, view), "other": _name(other, view)}
        yield from _folded(view.say("impact.against", facts), view)
    if len(found.against) > SHOWN:
        more = len(found.against) - SHOWN
        yield from _folded(view.say("impact.against-more", {"count": more}), view)


def _folded(line: str, view: View) -> list[str]:
    return indent(line, first="", rest="  ", columns=view.width)


def _name(name: str, view: View) -> str:
    said = view.safe(name)
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def _few(names: Sequence[str], view: View) -> str:
    """As many names as have room, at least one."""
    shown: list[str] = []
    for name in names:
        said = _name(name, view)
        if shown and width(", ".join([*shown, said])) > ROOM:
            break
        shown.append(said)
    more = len(names) - len(shown)
    return (", ".join(shown) or "–") + (f" +{more}" if more else "")
