"""How long an answer in conversation may be, by a measure anybody can take."""

from __future__ import annotations

MOST = 250
"""Tokens of a reply; whole audits and recovery plans alone may be longer."""
CHARACTERS = 3
"""Characters taken for one token: fewer than any tokenizer needs for French or English."""

MARK = "…"


def tokens(text: str) -> int:
    """The most tokens a text can have."""
    return -(-len(text) // CHARACTERS)


def is_short(text: str) -> bool:
    """Whether a text may be said as it is."""
    return tokens(text) < MOST


def cut(text: str) -> str:
    """The first lines of a text that are short together, with a mark where something was left."""
    if is_short(text):
        return text
    kept: list[str] = []
    for line in text.splitlines():
        if not is_short("\n".join((*kept, line, MARK))):
            break
        kept.append(line)
    return "\n".join((*kept, MARK))
