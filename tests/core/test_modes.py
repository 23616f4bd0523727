"""The modes somebody can ask for, and what lets a plan be carried out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.core.modes import Mode, is_approval, mode_said


@pytest.mark.parametrize(
    ("said", "mode", "rest"),
    [
        ("[PLAN] audite les backups", Mode.PLAN, "audite les backups"),
        ("audite [plan]", Mode.PLAN, "audite"),
        ("mode plan", Mode.PLAN, ""),
        ("Mode plan : les snapshots Proxmox", Mode.PLAN, "les snapshots Proxmox"),
        ("planifie les snapshots Proxmox", Mode.PLAN, "les snapshots Proxmox"),
        ("[THINK] où mettre la copie hors site", Mode.THINK, "où mettre la copie hors site"),
        ("réfléchis au hors-site", Mode.THINK, "au hors-site"),
        ("[ACT]", Mode.ACT, ""),
        ("mode act", Mode.ACT, ""),
        ("plan", None, "plan"),
        ("Crée le plan DR complet", None, "Crée le plan DR complet"),
        ("[PL] [AB]", None, "[PL] [AB]"),
        ("", None, ""),
    ],
)
def test_a_mode_is_asked_for_in_many_ways(said: str, mode: Mode | None, rest: str) -> None:
    assert mode_said(said) == (mode, rest)


@pytest.mark.parametrize("said", ["ok go", "OK go !", "valide", "Validé.", "vas-y", "go"])
def test_a_plan_is_let_through_by_these_words(said: str) -> None:
    assert is_approval(said)


@pytest.mark.parametrize(
    "said", ["", "non", "ok mais pas maintenant", "ne valide pas", "oui ?", "go away", "AB"]
)
def test_anything_else_is_no_approval(said: str) -> None:
    assert not is_approval(said)


@given(st.text())
def test_anything_may_be_typed(said: str) -> None:
    mode, rest = mode_said(said)
    assert mode is not None or rest == said
