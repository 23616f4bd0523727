"""What a credential is good for, as lines: what it sees, what not, and how to give it more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from phoenix_dr.core.capabilities import Capabilities, Capability, Role
from phoenix_dr.render.text import indent
from phoenix_dr.render.view import View

AREAS = {"longhorn": "kubernetes", "velero": "kubernetes", "kubernetes": "kubernetes"}
"""Kinds that share their sentences."""
_STATES = {True: ("yes", "+"), None: ("part", "~"), False: ("no", "-")}


def lines(found: Capabilities, kind: str, *, roles: bool, view: View) -> Iterator[str]:
    """Version and nodes, each thing seen or not; the lines of each role when asked, or when one
    thing that is wanted is not wholly seen.
    """
    area = AREAS.get(kind, kind)
    nodes = view.join(
        view.say(f"{area}.node.{'online' if node.online else 'offline'}", {"name": node.name})
        for node in found.nodes
    )
    yield from _said(view.say(f"{area}.version", {"version": found.version, "nodes": nodes}), view)
    for each in found.can:
        yield from _said(_line(each, area, view), view)
    if not found.roles or (not roles and all(each.ok or not each.wanted for each in found.can)):
        return
    yield from role_lines(found.roles, kind, view)


def role_lines(roles: Sequence[Role], kind: str, view: View) -> Iterator[str]:
    """How to give a credential what it lacks, role by role."""
    area = AREAS.get(kind, kind)
    yield from _said(view.say(f"{area}.roles"), view)
    for role in roles:
        yield from _said(view.say(f"{area}.role.{role.code}"), view)
        # To be copied into a shell: never cut.
        yield from (f"      {view.safe(line)}" for line in role.lines)


def _said(line: str, view: View) -> list[str]:
    return indent(line, first="    ", rest="      ", columns=view.width)


def _line(can: Capability, area: str, view: View) -> str:
    state, sign = _STATES[can.ok]
    said = view.say(f"{area}.sees.{can.code}.{state}", {"subject": can.subject})
    return f"{sign} {said}"
