"""How long an answer in conversation may be, by a measure anybody can take."""

from __future__ import annotations

MOST = 250
"""Tokens of a reply; whole audits and recovery plans alone may be longer."""
CHARACTERS = 3
"""Characters taken for one token: fewer than any tokenizer needs for French or English."""


def tokens(text: str) -> int:
    """The most tokens a text can have."""
    return -(-len(text) // CHARACTERS)


def is_short(text: str) -> bool:
    """Whether a text may be said as it is."""
    return tokens(text) < MOST
