"""Words of success are said only where something was checked: each place is written down here."""

from __future__ import annotations

import re

import pytest

from phoenix_dr.render.phrases import phrases

SUCCESS = {
    "fr": re.compile(r"\b(terminée?s?|implémentée?s?|corrigée?s?|prête?s?|réussie?s?)\b"),
    "en": re.compile(r"\b(ready|fixed|implemented|completed|succeeded|success)\b|\bdone\W*$"),
}
TALKING = (
    "agent.file.",
    "help.",
    "short.",
    "option.",
    "hint.",
    "error.",
    "examples.",
    "remedy.",
    "finding.",
)
"""Phrases that speak about work, and claim none."""
CHECKED = {
    "cap.critical-drill-stale": "a drill's own record, which is its checks' verdict",
    "check.command.ok": "the exit code of the check command itself",
    "handoff.schedules.applied": "tells the sibling when it may be called so",
    "handoff.schedules.verified": "tells the sibling when it may be called so",
    "handoff.volumes.verified": "tells the sibling when it may be called so",
    "hawk.unready": "says that it is not",
    "points.mark.proven": "a drill's own record, which is its checks' verdict",
    "proxmox.sees.tasks.yes": "speaks of the tasks of a Proxmox, not of Phoenix",
    "expiry.did": "an Outcome of apply, which is Done only after the engine confirmed it",
    "protect.handed-prepared": "the files were judged by their checkers; it says that nothing is "
    "applied",
}


def claims(language: str) -> dict[str, str]:
    """Phrases that may claim that something is done."""
    return {
        code: said
        for code, said in phrases(language).items()
        if not code.startswith(TALKING) and SUCCESS[language].search(said.lower())
    }


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_phrase_claims_success_where_nothing_is_checked(language: str) -> None:
    assert set(claims(language)) <= set(CHECKED), claims(language)


def test_every_excuse_is_still_needed() -> None:
    assert set(CHECKED) == set(claims("fr")) | set(claims("en"))
