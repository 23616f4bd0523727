"""The first line of a file we made: how to know it, and whether somebody edited it since."""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum

_LINE = re.compile(r"<!-- phoenix agent export ([0-9a-f]{16})[^\n]* -->\n")


class Whose(StrEnum):
    """Who wrote a file, by its mark."""

    OURS = "ours"
    EDITED = "edited"
    FOREIGN = "foreign"


def marked(body: str, note: str) -> str:
    """A body below a comment that holds its digest and a note of ours (without `--`)."""
    return f"<!-- phoenix agent export {_digest(body)}: {note} -->\n{body}"


def whose(text: str) -> Whose:
    """Whether a file stands as we made it."""
    found = _LINE.match(text)
    if found is None:
        return Whose.FOREIGN
    return Whose.OURS if _digest(text[found.end() :]) == found[1] else Whose.EDITED


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8", "surrogateescape")).hexdigest()[:16]
