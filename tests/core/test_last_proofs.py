"""Which proof of a copy counts: the worst of what it was last to open, made with today's key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from phoenix_dr.core.evidence import KeyProof
from phoenix_dr.core.keys import last_proofs
from phoenix_dr.core.model import Key, KeyCopy

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SAFE = ("safe", "away")
KEY = Key(
    "both",
    secrets=("near.password", "far.password"),
    opens=("/srv/a.enc.yaml",),
    copies=(KeyCopy(*SAFE),),
)


def proof(opened: str, days: int = 0, *, ok: bool = True, mark: str = "") -> KeyProof:
    at = NOW - timedelta(days=days)
    return KeyProof("both", *SAFE, at, ok, opened, fingerprint=mark)


@pytest.mark.parametrize(
    ("proofs", "expected"),
    [
        ((proof("near"), proof("far")), True),
        ((proof("near", ok=False), proof("far")), False),
        ((proof("far"), proof("near", 1, ok=False)), False),
        ((proof("near", 2, ok=False), proof("near", 1), proof("far")), True),
        ((proof("near", 1), proof("near", ok=False)), False),
        ((proof("/home/me/a.enc.yaml", ok=False), proof("near")), False),
        ((proof("/home/me/other.yaml", ok=False), proof("near")), True),
        ((proof("sold", ok=False), proof("near")), True),
        ((proof("sold", ok=False),), None),
    ],
)
def test_a_copy_that_does_not_open_one_thing_is_bad(
    proofs: tuple[KeyProof, ...], expected: bool | None
) -> None:
    for order in (proofs, proofs[::-1]):
        found = last_proofs(KEY, order, (SAFE,))
        assert (found[SAFE].ok if found else None) is expected


def test_a_good_proof_of_a_replaced_key_is_none_and_a_bad_one_stays_bad() -> None:
    def known(*proofs: KeyProof) -> bool | None:
        found = last_proofs(KEY, proofs, (SAFE,), fingerprint="age1new, age1two")
        return found[SAFE].ok if found else None

    assert known(proof("near", mark="age1old")) is None
    assert known(proof("near", mark="age1new")) is None
    assert known(proof("near", mark="age1two, age1new")) is True
    assert known(proof("near")) is True
    assert known(proof("near", mark="age1old", ok=False)) is False


def test_the_newest_of_the_good_ones_is_told() -> None:
    found = last_proofs(KEY, [proof("near", 3), proof("far", 1)], (SAFE,))
    assert found[SAFE].proved_at == NOW - timedelta(days=1)
