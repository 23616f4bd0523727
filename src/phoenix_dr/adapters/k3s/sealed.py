"""Whether data was sealed with a key by AES-256-GCM; nothing is ever decrypted here.

The tag alone proves it, and takes two blocks of AES and one sum: too little for a dependency with
a compiled library. Only for data of a few megabytes, and never to encrypt: it does not hide the
key from whoever can measure time on this machine. FIPS 197, NIST SP 800-38D.
"""

from __future__ import annotations

import hmac
from functools import cache

BLOCK = 16
TAG = 16
ROUNDS = 14
_REDUCTION = 0xE1 << 120


def is_sealed_with(key: bytes, nonce: bytes, sealed: bytes) -> bool:
    """Whether `sealed` (ciphertext, then tag) was made with this key of 32 bytes and nonce of 12.

    No additional data. False for anything shorter than a tag.
    """
    if len(sealed) < TAG:
        return False
    ciphertext, tag = sealed[:-TAG], sealed[-TAG:]
    rounds = schedule(key)
    hashed = _ghash(int.from_bytes(encrypted(rounds, bytes(BLOCK))), ciphertext)
    mask = int.from_bytes(encrypted(rounds, nonce + b"\0\0\0\1"))
    return hmac.compare_digest((hashed ^ mask).to_bytes(BLOCK), tag)


def encrypted(rounds: list[bytes], block: bytes) -> bytes:
    """One block through AES with the keys of `schedule`."""
    box = _box()
    state = _xor(block, rounds[0])
    for round_ in range(1, ROUNDS + 1):
        # Substituted, and each row of the column-wise square shifted by its number.
        state = bytes(box[state[(5 * place) % BLOCK]] for place in range(BLOCK))
        if round_ < ROUNDS:
            state = b"".join(_mixed(state[at : at + 4]) for at in range(0, BLOCK, 4))
        state = _xor(state, rounds[round_])
    return state


def schedule(key: bytes) -> list[bytes]:
    """The key of each round, made of one of 32 bytes."""
    box, words, constant = _box(), [key[at : at + 4] for at in range(0, 32, 4)], 1
    for number in range(8, 4 * (ROUNDS + 1)):
        last = words[-1]
        if number % 8 == 0:
            last = bytes(box[each] for each in last[1:] + last[:1])
            last = _xor(last, bytes((constant, 0, 0, 0)))
            constant = _doubled(constant)
        elif number % 8 == 4:
            last = bytes(box[each] for each in last)
        words.append(_xor(words[number - 8], last))
    return [b"".join(words[at : at + 4]) for at in range(0, len(words), 4)]


def _mixed(column: bytes) -> bytes:
    whole = column[0] ^ column[1] ^ column[2] ^ column[3]
    return bytes(
        each ^ whole ^ _doubled(each ^ column[(row + 1) % 4]) for row, each in enumerate(column)
    )


def _doubled(value: int) -> int:
    return (value << 1 ^ 0x11B) & 0xFF if value & 0x80 else value << 1


@cache
def _box() -> bytes:
    """The substitution: the inverse in the field, then an affine map."""
    box = bytearray(256)
    power, inverse = 1, 1
    for _ in range(255):
        power ^= _doubled(power)  # times 3, which generates the field
        inverse = _third(inverse)
        turned = (inverse << turn | inverse >> 8 - turn for turn in range(5))
        value = 0x63
        for each in turned:
            value ^= each & 0xFF
        box[power] = value
    box[0] = 0x63
    return bytes(box)


def _third(value: int) -> int:
    """Divided by 3."""
    for shift in (1, 2, 4):
        value ^= value << shift
    value &= 0xFF
    return value ^ 0x09 if value & 0x80 else value


def _ghash(subkey: int, data: bytes) -> int:
    table = _multiples(subkey)
    total = 0
    for at in range(0, len(data), BLOCK):
        block = int.from_bytes(data[at : at + BLOCK].ljust(BLOCK, b"\0"))
        total = _times(table, total ^ block)
    return _times(table, total ^ len(data) * 8)


def _multiples(subkey: int) -> list[list[int]]:
    """For each byte of a block, what each of its values adds to a product with the subkey."""
    table, power = [], subkey
    for _ in range(BLOCK):
        row = [0] * 256
        for bit in range(7, -1, -1):
            row[1 << bit] = power
            power = power >> 1 ^ (_REDUCTION if power & 1 else 0)
        for value in range(1, 256):
            row[value] = row[value & -value] ^ row[value & value - 1]
        table.append(row)
    return table


def _times(table: list[list[int]], block: int) -> int:
    product = 0
    for row, value in zip(table, block.to_bytes(BLOCK), strict=True):
        product ^= row[value]
    return product


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
