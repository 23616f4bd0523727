"""Questions as people ask them, read as one of a few that can be answered."""

from __future__ import annotations

import pytest

from phoenix_dr.core.chat import Intent, question
from phoenix_dr.core.evidence import Scope

NAMES = ("wiki/pages", "media/films", "wiki", "media")


@pytest.mark.parametrize(
    ("said", "intent", "about", "scope"),
    [
        ("Pourquoi ce score ?", Intent.SCORE, (), None),
        ("why this score", Intent.SCORE, (), None),
        ("quand wiki a-t-il été sauvegardé", Intent.SAVED, ("wiki",), None),
        ("When was wiki/pages saved?", Intent.SAVED, ("wiki/pages", "wiki"), None),
        ("que perdrais-je si la maison brûle ?", Intent.LOSS, (), Scope.SITE),
        ("what would I lose if the disk dies", Intent.LOSS, (), Scope.DISK),
        ("et sans la clé ?", Intent.LOSS, (), Scope.KEY),
        ("combien de temps pour restaurer media", Intent.DOWN, ("media",), None),
        ("what should I do next", Intent.NEXT, (), None),
        ("was media ever tested", Intent.TESTED, ("media",), None),
    ],
)
def test_what_is_asked(
    said: str, intent: Intent, about: tuple[str, ...], scope: Scope | None
) -> None:
    found = question(said, NAMES)
    assert (found.intent, found.about, found.scope) == (intent, about, scope)


@pytest.mark.parametrize(
    "said", ["", "bonjour", "quel temps fait-il à Paris ?", "raconte une blague", "multimedia"]
)
def test_what_nobody_here_can_answer(said: str) -> None:
    assert question(said, NAMES).intent is None
