"""What a change reaches, in a few lines, before it is made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from phoenix_dr.core.dependency_graph import Reach
from phoenix_dr.render.text import indent
from phoenix_dr.render.view import View

MOST = 8
"""Names on one line; the rest is counted."""


def impact_lines(found: Reach, view: View) -> Iterator[str]:
    """What is touched, what needs it, whom it concerns; that there is no graph is said, too."""
    for line in _said(found, view):
        yield from indent(line, first="", rest="  ", columns=view.width)


def _said(found: Reach, view: View) -> Iterator[str]:
    yield view.say("impact.touched", {"names": _few(found.touched, view)})
    if found.services:
        yield view.say("impact.services", {"names": _few(found.services, view)})
    if not found.available:
        yield view.say("impact.absent")
        return
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
    for one, other in found.against:
        yield view.say("impact.against", {"one": one, "other": other})


def _few(names: Sequence[str], view: View) -> str:
    if not names:
        return "–"
    shown = ", ".join(view.safe(name) for name in names[:MOST])
    return shown + (f" +{len(names) - MOST}" if len(names) > MOST else "")
