"""What a sibling's request is taken for: hostile words name things and choose, no more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.core.inbox import Need, Wanted, wanted

NAMES = ("wiki", "wiki/pages", "pve1/215", "215", "14", "media/jellyfin-config", "jellyfin-config")


@pytest.mark.parametrize(
    ("text", "need", "names"),
    [
        ("snapshot du CT 215 avant sysctl", Need.COPY, ("215",)),
        ("Snapshot of pve1/215 before the upgrade.", Need.COPY, ("pve1/215",)),
        ("sauvegarde de wiki/pages, svp", Need.COPY, ("wiki/pages",)),
        ("tester la restauration de wiki", Need.PROOF, ("wiki",)),
        ("un backup de wiki et de media/jellyfin-config", Need.COPY,
         ("wiki", "media/jellyfin-config")),
        ("garder 14 jours de sauvegarde", Need.PERSON, ()),
        ("backup du port 215", Need.PERSON, ()),
        ("wiki : changer le mot de passe", Need.PERSON, ("wiki",)),
        ("sauvegarde de wikipedia", Need.PERSON, ()),
        ("", Need.PERSON, ()),
    ],
)  # fmt: skip
def test_a_request_is_read(text: str, need: Need, names: tuple[str, ...]) -> None:
    assert wanted(text, NAMES) == Wanted(need, names)


@given(st.text())
def test_only_names_of_the_estate_are_named(text: str) -> None:
    assert set(wanted(text, NAMES).names) <= set(NAMES)
