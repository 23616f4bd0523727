"""How Phoenix is asked to work: act at once, plan and write nothing, or think before deciding."""

from __future__ import annotations

import re
from enum import StrEnum

from phoenix_dr.core.menu import words


class Mode(StrEnum):
    """ACT does what is asked; PLAN says what it would do and writes nothing; THINK weighs."""

    ACT = "act"
    PLAN = "plan"
    THINK = "think"


_MARK = re.compile(r"\[(ACT|PLAN|THINK)\]", re.IGNORECASE)
_SAID: dict[tuple[str, ...], Mode] = {
    ("mode", "plan"): Mode.PLAN,
    ("plan", "mode"): Mode.PLAN,
    ("mode", "think"): Mode.THINK,
    ("think", "mode"): Mode.THINK,
    ("mode", "reflexion"): Mode.THINK,
    ("mode", "act"): Mode.ACT,
    ("act", "mode"): Mode.ACT,
    ("mode", "action"): Mode.ACT,
}
_FIRST = {"planifie": Mode.PLAN, "planifions": Mode.PLAN, "reflechis": Mode.THINK}
"""Words that begin a sentence in a mode; what follows is what it is about."""
_APPROVED = {("ok",), ("ok", "go"), ("go",), ("valide",), ("vas-y",), ("approved",), ("validated",)}


def mode_said(text: str) -> tuple[Mode | None, str]:
    """The mode somebody asks for, and the rest of what they said; None when they name none."""
    mark = _MARK.search(text)
    if mark:
        return Mode(mark[1].lower()), f"{text[: mark.start()]} {text[mark.end() :]}".strip()
    said = words(text)
    pair = _SAID.get(tuple(said[:2]))
    if pair:
        return pair, _without(text, 2)
    first = _FIRST.get(said[0]) if said else None
    return (first, _without(text, 1)) if first else (None, text)


def is_approval(text: str) -> bool:
    """Whether these words, and nothing beside them, let a plan that was shown be carried out.

    They start commands, no more: what would lose data still needs its signature.
    """
    return tuple(words(text)) in _APPROVED


def _without(text: str, count: int) -> str:
    """What stands after the first words."""
    return " ".join(text.split()[count:]).lstrip(" :,")
