"""Names of phoenix.yaml that must stand for something in it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from phoenix_dr.config.source import STAND_IN, Key, Source

BLOCKS = {"policy": "policies"}
"""Where the names of a thing stand, when it is not its plural in s."""


def known(source: Source, key: Key, name: str, among: Iterable[str], what: str) -> bool:
    """Whether a name stands for something; otherwise note it with the closest name."""
    block = source.data.get(BLOCKS.get(what, f"{what}s"))
    # A name whose own block is faulty is still a name.
    both = (*among, *(block if isinstance(block, dict) else ()))
    names = [each for each in dict.fromkeys(both) if STAND_IN not in each]
    if name in names or STAND_IN in name or "TODO" in name or _told(block, names, what):
        return True
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    shown = close[0] if close else ", ".join(names) or "—"
    source.problem(key, f"unknown-{what}", name=name, known=shown)
    return False


def _told(block: object, names: list[str], what: str) -> bool:
    """Whether the whole block of these names is missing or faulty: one fault is enough."""
    nothing = not names and what in {"host", "location", "engine"}
    return nothing or not (block is None or isinstance(block, dict))
