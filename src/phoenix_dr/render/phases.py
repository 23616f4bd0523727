"""The five phases of a run on one line."""

from __future__ import annotations

from pathlib import PurePath

from phoenix_dr.core.phases import PhaseRecord
from phoenix_dr.render.view import View


def line(records: tuple[PhaseRecord, ...], view: View) -> str:
    """Each phase by its name, with what shows it; old evidence is called so, none is none."""
    return " · ".join(_said(each, view) for each in records)


def _said(each: PhaseRecord, view: View) -> str:
    name = view.say(f"phase.{each.phase.value}")
    if not each.proof:
        return view.say("phase.none", {"name": name})
    first = each.proof[0]
    shown = f"{each.count}/{each.total}" if each.total else PurePath(first).name
    facts: dict[str, str | int] = {"name": name, "shown": shown}
    return view.say("phase.shown" if each.fresh else "phase.before", facts)
