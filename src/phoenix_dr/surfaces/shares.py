"""`python -m phoenix_dr.surfaces.shares`: splits and joins one age identity (SLIP-39), then ends.

A process of its own, since the library says of itself that it is not hardened against side
channels: it sees one secret, has no network to talk to, starts nothing and lives for a moment.
The secret comes by stdin and leaves by stdout, never as an argument. No SLIP-39 passphrase is
used: a wrong one gives another key without any error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from itertools import combinations

from phoenix_dr.app.quiet import no_core_dumps
from phoenix_dr.core.bech32 import secret_bytes, secret_text

LIMIT = 64 * 1024
"""Bytes that are read."""
FAILED = 1
_ROUNDS = 0
"""SLIP-39's iteration exponent: it hardens a passphrase, and there is none."""


def split(identity: str, needed: int, of: int) -> list[str]:
    """Shares of 33 words, any `needed` of which make the identity again.

    Every set of `needed` was put together and gave the same public key, else ValueError.
    """
    from shamir_mnemonic import generate_mnemonics

    secret = secret_bytes(identity)
    # A single group; 1 of several is refused by the standard, as each share would be the secret.
    groups = generate_mnemonics(1, [(needed, of)], secret, iteration_exponent=_ROUNDS)
    shares = [str(share) for share in groups[0]]
    for subset in combinations(shares, needed):
        if _public(join(subset)) != _public(identity):
            raise ValueError("shares-wrong")
    return shares


def join(shares: Sequence[str]) -> str:
    """The identity of enough shares. ValueError: shares-few, shares-mixed, share-mistyped N."""
    from shamir_mnemonic import MnemonicError, Share, combine_mnemonics

    parsed = []
    for number, words in enumerate(shares, 1):
        try:
            parsed.append(Share.from_mnemonic(words))
        except (MnemonicError, ValueError, IndexError):
            raise ValueError(f"share-mistyped {number}") from None
    if len({share.common_parameters() for share in parsed}) != 1:
        raise ValueError("shares-mixed")
    needed = parsed[0].member_threshold
    distinct = {share.index: words for share, words in zip(parsed, shares, strict=True)}
    if len(distinct) < needed:
        raise ValueError(f"shares-few {len(distinct)} {needed}")
    try:
        # The library wants exactly as many as are needed.
        secret = combine_mnemonics(list(distinct.values())[:needed])
    except MnemonicError:
        raise ValueError("shares-wrong") from None
    return secret_text(secret)


def _public(identity: str) -> str:
    from pyrage import x25519

    return str(x25519.Identity.from_str(identity).to_public())


def main(arguments: Sequence[str]) -> int:
    """`split M N` or `join`, on what stdin holds; a reason on stderr and 1 when it cannot."""
    no_core_dumps()
    text = sys.stdin.read(LIMIT)
    try:
        if arguments[0] == "split":
            made = split(text, int(arguments[1]), int(arguments[2]))
            sys.stdout.write(json.dumps(made))
        else:
            lines = [" ".join(line.lower().split()) for line in text.splitlines() if line.strip()]
            sys.stdout.write(join(lines))
    except ValueError as error:
        sys.stderr.write(str(error))
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
