"""The server's token against a datastore, checked with vectors made by others."""

from __future__ import annotations

import pytest

from build_k3s import BOOTSTRAP, MARK, OTHER, PASSWORD, SEALED, TOKEN
from phoenix_dr.adapters.k3s import sealed
from phoenix_dr.adapters.k3s.token import Match, fingerprint, match, password

HELD = {BOOTSTRAP: SEALED.encode()}

# FIPS 197, appendix C.3.
BLOCK = (bytes(range(32)), "00112233445566778899aabbccddeeff", "8ea2b7ca516745bfeafc49904b496089")
# "The Galois/Counter Mode of Operation", McGrew and Viega, test cases 13, 14 and 15.
NOBODY = bytes(32)
KEY = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
NONCE = bytes.fromhex("cafebabefacedbaddecaf888")
CASES = [
    (NOBODY, bytes(12), "530f8afbc74536b9a963b4f1c4cb738b"),
    (NOBODY, bytes(12), "cea7403d4d606b6e074ec5d3baf39d18" + "d0d1c8a799996bf0265b98b5d48ab919"),
    (
        KEY,
        NONCE,
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
        "b094dac5d93471bdec1a502270e3cc6c",
    ),
]


def test_a_block_is_that_of_the_standard() -> None:
    key, block, expected = BLOCK
    assert sealed.encrypted(sealed.schedule(key), bytes.fromhex(block)).hex() == expected


@pytest.mark.parametrize(("key", "nonce", "data"), CASES)
def test_tags_are_those_of_the_standard(key: bytes, nonce: bytes, data: str) -> None:
    whole = bytes.fromhex(data)
    assert sealed.is_sealed_with(key, nonce, whole)
    for at in range(len(whole)):
        flipped = whole[:at] + bytes((whole[at] ^ 1,)) + whole[at + 1 :]
        assert not sealed.is_sealed_with(key, nonce, flipped)
    assert not sealed.is_sealed_with(key, nonce, whole[1:])
    assert not sealed.is_sealed_with(KEY[::-1], nonce, whole)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (TOKEN, PASSWORD),
        (TOKEN + "\n", PASSWORD),
        (PASSWORD, PASSWORD),
        ("plain:with:colons", "plain:with:colons"),
        ("K10abc::server:with::two", "with::two"),
        ("K10server:short", "short"),
    ],
)
def test_the_password_is_the_part_after_the_user(token: str, expected: str) -> None:
    assert password(token) == expected


@pytest.mark.parametrize(
    "token", ["", "\n", "K10", "K10abc::", "K10abc::server:", "K10abc::server"]
)
def test_what_is_no_token_has_no_password(token: str) -> None:
    with pytest.raises(ValueError, match=r"empty|no user"):
        password(token)
    assert match(token, HELD) is Match.MALFORMED


def test_a_token_opens_its_own_bootstrap_data_alone() -> None:
    assert fingerprint(TOKEN) == MARK
    assert match(TOKEN, HELD) is Match.OPENS
    assert match(PASSWORD, HELD) is Match.OPENS
    assert match(OTHER, HELD) is Match.OTHER
    assert match(TOKEN, {}) is Match.NO_BOOTSTRAP


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"no colon",
        SEALED.encode()[:-4],
        SEALED.encode()[:-5] + b"AAAA=",
        SEALED.replace("0011", "0012").encode(),
        b"salt:" + b"A" * 12,
        b"salt:\xff\xfe",
    ],
)
def test_bootstrap_data_that_changed_is_damaged(value: bytes) -> None:
    assert match(TOKEN, {BOOTSTRAP: value}) is Match.DAMAGED
