"""Which question somebody asks, and about what: a table over what the last audit knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from phoenix_dr.core.evidence import Scope
from phoenix_dr.core.menu import words


class Intent(StrEnum):
    """A question that can be answered from what is known."""

    SCORE = "score"
    LOSS = "loss"
    SAVED = "saved"
    DOWN = "down"
    NEXT = "next"
    TESTED = "tested"


_SAID = {
    Intent.SCORE: "score note tenths dixiemes resilience pourquoi why points",
    Intent.LOSS: "perdre perds perdrais perdu lose lost losing meurt brule vole stolen dies burns",
    Intent.SAVED: "sauve sauvee sauvegarde sauvegardee saved backed backup copie copy quand when"
    " dernier derniere last newest",
    Intent.DOWN: "temps long longtemps duree rto restaurer revenir restore restoring minutes",
    Intent.NEXT: "faire conseil next should priorite todo ameliorer improve better",
    Intent.TESTED: "teste testee tests test drill prouve prouvee proved proven tested",
}
ASKED: Mapping[Intent, frozenset[str]] = MappingProxyType(
    {intent: frozenset(said.split()) for intent, said in _SAID.items()}
)
"""Words that point at a question; the one with most of them is meant, the first of equals."""
SURE = 2
"""Words of a question that are enough without naming anything of the estate."""
ALONE = frozenset({"score", "rto", "perdre", "perdrais", "lose", "todo", "backup", "sauvegarde"})
"""Words that are enough by themselves."""
SCOPES: Mapping[str, Scope] = MappingProxyType({
    "fichier": Scope.FILE, "file": Scope.FILE, "disque": Scope.DISK, "disk": Scope.DISK,
    "hote": Scope.HOST, "host": Scope.HOST, "machine": Scope.HOST, "serveur": Scope.HOST,
    "server": Scope.HOST, "maison": Scope.SITE, "site": Scope.SITE, "house": Scope.SITE,
    "incendie": Scope.SITE, "fire": Scope.SITE, "brule": Scope.SITE, "burns": Scope.SITE,
    "vole": Scope.SITE, "stolen": Scope.SITE, "rancongiciel": Scope.RANSOMWARE,
    "ransomware": Scope.RANSOMWARE, "cle": Scope.KEY, "cles": Scope.KEY, "key": Scope.KEY,
    "keys": Scope.KEY, "operateur": Scope.OPERATOR, "admin": Scope.OPERATOR,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked (None: nobody knows), about which services or assets, after which loss."""

    intent: Intent | None
    about: tuple[str, ...]
    scope: Scope | None


def question(text: str, names: Iterable[str]) -> Question:
    """Read a question; `names` are services and assets of the estate."""
    said = words(text)
    have = set(said)
    counts = {intent: len(have & known) for intent, known in ASKED.items()}
    best = max(counts.values())
    intent = next((i for i, count in counts.items() if count == best), None) if best else None
    scope = next((SCOPES[word] for word in said if word in SCOPES), None)
    about = tuple(name for name in names if _is_named(name, text.lower(), have))
    if best < SURE and not (about or scope or have & ALONE):
        # A word like « temps » alone is in too many other questions.
        return Question(None, (), None)
    return Question(Intent.LOSS if intent is None and scope else intent, about, scope)


def _is_named(name: str, text: str, have: set[str]) -> bool:
    plain = name.lower()
    return plain in text if "/" in plain else plain in have
