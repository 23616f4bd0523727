"""Shares: any set that is large enough gives the key, anything less or wrong gives a reason.

The vectors are some of those SLIP-0039 publishes; bip39-slip39 is another program's reading of it.
"""

from __future__ import annotations

import json
import os
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from bip39_slip39.slip39 import master_secret_from_mnemonics
from shamir_mnemonic import combine_mnemonics

from phoenix_dr.adapters import age, shares
from phoenix_dr.core.bech32 import secret_bytes
from phoenix_dr.errors import EngineDenied, UsageError

VECTORS = json.loads((Path(__file__).parent / "slip39-vectors.json").read_text())
ENVIRON = dict(os.environ)


@pytest.fixture(scope="module")
def made() -> tuple[str, tuple[str, ...]]:
    identity = age.fresh_identity()
    return identity, shares.split(identity, 2, 3, environ=ENVIRON)


def test_any_two_of_three_give_the_key_and_one_does_not(made: tuple[str, tuple[str, ...]]) -> None:
    identity, held = made
    assert [len(share.split()) for share in held] == [33, 33, 33]
    for subset in combinations(held, 2):
        assert shares.join(subset, environ=ENVIRON) == identity
    assert shares.join([held[2].upper() + "  ", held[0]], environ=ENVIRON) == identity
    assert shares.join(held, environ=ENVIRON) == identity
    for few in ([held[0]], [held[0], held[0]]):
        with pytest.raises(EngineDenied) as caught:
            shares.join(few, environ=ENVIRON)
        assert (caught.value.code, caught.value.parameters) == (
            "shares-few", {"held": 1, "needed": 2},
        )  # fmt: skip


def test_an_independent_program_reads_the_same_key(made: tuple[str, tuple[str, ...]]) -> None:
    identity, held = made
    for subset in combinations(held, 2):
        assert master_secret_from_mnemonics(list(subset)) == secret_bytes(identity)


def test_a_wrong_word_and_a_foreign_share_are_named(made: tuple[str, tuple[str, ...]]) -> None:
    words = made[1][1].split()
    words[20] = "academic" if words[20] != "academic" else "acid"
    other = shares.split(age.fresh_identity(), 2, 3, environ=ENVIRON)
    for given, code, facts in (
        ([made[1][0], " ".join(words)], "share-mistyped", {"number": 2}),
        (["not a share", made[1][0]], "share-mistyped", {"number": 1}),
        ([made[1][0], other[1]], "shares-mixed", {}),
    ):
        with pytest.raises(EngineDenied) as caught:
            shares.join(given, environ=ENVIRON)
        assert (caught.value.code, caught.value.parameters) == (code, facts)


@pytest.mark.parametrize(("needed", "of"), [(1, 3), (3, 2), (2, 9), (0, 0)])
def test_what_would_be_no_split_is_refused(needed: int, of: int) -> None:
    with pytest.raises(UsageError):
        shares.split(age.fresh_identity(), needed, of, environ=ENVIRON)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_the_vectors_of_the_standard(vector: dict[str, Any]) -> None:
    mnemonics, secret = vector["mnemonics"], vector["secret"]
    if secret:
        assert combine_mnemonics(mnemonics, b"TREZOR").hex() == secret
        assert master_secret_from_mnemonics(mnemonics, "TREZOR").hex() == secret
        return
    with pytest.raises(EngineDenied, match="share"):
        shares.join(mnemonics, environ=ENVIRON)
