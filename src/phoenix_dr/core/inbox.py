"""What somebody asks of Phoenix in a project's memory, and whether evidence can serve it.

The words come from other agents and people: they name things and choose a question, no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from phoenix_dr.core.before_change import Answer
from phoenix_dr.core.menu import words
from phoenix_dr.core.request_lines import Request


class Need(StrEnum):
    """A copy to come back to, a proof by a restore, or what takes a person."""

    COPY = "copy"
    PROOF = "proof"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked, about which names of the estate (none: nobody can tell)."""

    need: Need
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Served:
    """One request, what it was taken for, and the answers; checked off when `ok` is True."""

    request: Request
    wanted: Wanted
    answers: tuple[Answer, ...]

    @property
    def ok(self) -> bool | None:
        """True when everything asked for is there, False when not, None when nobody can tell."""
        said = {each.ok for each in self.answers} or {None}
        return False if False in said else None if None in said else True


_SAID = {
    Need.PROOF: "restaurer restauration restaure restore restored test teste tester drill prouver"
    " prouve prove exercice",
    Need.COPY: "snapshot snapshots instantane backup backups sauvegarde sauvegarder sauvegardes"
    " copie copy point avant before",
}
_BEFORE_NUMBER = "ct lxc vm vmid guest invite conteneur container kvm"
ASKED = {need: frozenset(said.split()) for need, said in _SAID.items()}
"""Words that say what is needed; a proof is asked for rather than a copy."""
_NUMBERED = frozenset(_BEFORE_NUMBER.split())
"""Words before a number that make it a guest: other numbers are days, ports and sizes."""
_TOKEN = re.compile(r"[\w./-]+")


def wanted(text: str, names: Iterable[str]) -> Wanted:
    """Read a request; `names` are what the estate calls its services, assets, guests and claims."""
    said = set(words(text))
    named = _named(text, names)
    need = next((need for need, known in ASKED.items() if said & known), Need.PERSON)
    return Wanted(need if named else Need.PERSON, named)


def _named(text: str, names: Iterable[str]) -> tuple[str, ...]:
    tokens = [token.strip("./-").lower() for token in _TOKEN.findall(text)]
    plain = set(tokens)
    numbers = {
        token for before, token in zip(["", *tokens], tokens, strict=False) if before in _NUMBERED
    }
    return tuple(
        name for name in names
        if name.lower() in (numbers if name.isdecimal() else plain)
    )  # fmt: skip
