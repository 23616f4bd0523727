"""The letters of an age secret key as its 32 bytes, and back (BIP 173, as age uses it).

The checksum finds any four wrong letters, so a key typed in from paper is right or refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
PREFIX = "age-secret-key-"
SIZE = 32
"""Bytes of an age secret key."""
_CHECK = 6
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def secret_bytes(text: str) -> bytes:
    """The 32 bytes of `AGE-SECRET-KEY-1…`. ValueError, without the text, when it is no such key."""
    lower = text.strip().lower()
    prefix, one, data = lower.rpartition("1")
    if prefix != PREFIX or not one or set(data) - set(LETTERS):
        raise ValueError("no age secret key")
    values = [LETTERS.index(letter) for letter in data]
    if _checksum([*_expanded(prefix), *values]) != 1:
        raise ValueError("a letter is wrong")
    found = bytes(_regrouped(values[:-_CHECK], 5, 8))
    if len(found) != SIZE:
        raise ValueError("no age secret key")
    return found


def secret_text(secret: bytes) -> str:
    """`AGE-SECRET-KEY-1…` of 32 bytes, in capitals as age writes it."""
    if len(secret) != SIZE:
        raise ValueError("no age secret key")
    values = [*_regrouped([*secret, 0], 8, 5)][: -(-SIZE * 8 // 5)]
    check = _checksum([*_expanded(PREFIX), *values, *[0] * _CHECK]) ^ 1
    values += [check >> 5 * (_CHECK - 1 - place) & 31 for place in range(_CHECK)]
    return (PREFIX + "1" + "".join(LETTERS[value] for value in values)).upper()


def _expanded(prefix: str) -> list[int]:
    return [*(ord(letter) >> 5 for letter in prefix), 0, *(ord(letter) & 31 for letter in prefix)]


def _checksum(values: Iterable[int]) -> int:
    check = 1
    for value in values:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate(_GENERATOR):
            check ^= term if top >> bit & 1 else 0
    return check


def _regrouped(values: Iterable[int], width: int, wanted: int) -> Iterator[int]:
    """Bits in groups of another width; what is left over at the end is dropped."""
    held = bits = 0
    for value in values:
        held, bits = held << width | value, bits + width
        while bits >= wanted:
            bits -= wanted
            yield held >> bits & (1 << wanted) - 1
        held &= (1 << bits) - 1
