"""Secret keys of age as bytes: what age itself makes comes back letter by letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrage import x25519

from phoenix_dr.core.bech32 import LETTERS, secret_bytes, secret_text


@given(st.binary(min_size=32, max_size=32))
def test_every_key_comes_back_and_is_one_to_age(secret: bytes) -> None:
    text = secret_text(secret)
    assert secret_bytes(text) == secret_bytes(f" {text.lower()}\n") == secret
    assert str(x25519.Identity.from_str(text)) == text


def test_keys_that_age_made_come_back() -> None:
    for _ in range(20):
        text = str(x25519.Identity.generate())
        assert secret_text(secret_bytes(text)) == text


@given(st.integers(16, 73), st.integers(0, 31))
def test_one_wrong_letter_is_refused(place: int, letter: int) -> None:
    text = secret_text(bytes(range(32))).lower()
    wrong = text[:place] + LETTERS[letter] + text[place + 1 :]
    if wrong == text:
        assert secret_bytes(wrong) == bytes(range(32))
        return
    with pytest.raises(ValueError, match=r"^(a letter is wrong|no age secret key)$"):
        secret_bytes(wrong)


@pytest.mark.parametrize("text", ["", "AGE-SECRET-KEY-1", "age1qqqq", "AGE-SECRET-KEY-1" + "Q" * 9])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"age secret key|letter"):
        secret_bytes(text)
    with pytest.raises(ValueError, match="age secret key"):
        secret_text(b"short")
