"""Lines of `tar --list --verbose --full-time --quoting-style=c` as entries."""

from __future__ import annotations

import os
import re

from phoenix_dr.adapters.base import Entry

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_LINE = re.compile(
    rf"([a-zA-Z-])[rwxsStT-]{{9}}[+.]? +[0-9]+/[0-9]+ +([0-9]+)(?:,[0-9]+)? "
    rf"[0-9-]{{10}} [0-9:.]+ +{_QUOTED}(?: -> .*| link to .*)?",
    re.DOTALL,
)
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_SHORT = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_KINDS = {"-": "file", "d": "dir", "l": "symlink", "h": "file"}
UNTOLD = -1
"""Size of a hard link: the list does not repeat it."""


def entry(line: bytes) -> Entry | None:
    """The entry of one line; None for a line that tells something else."""
    found = _LINE.fullmatch(os.fsdecode(line))
    if found is None:
        return None
    letter, size, quoted = found.groups()
    return Entry(
        path="/" + os.fsdecode(unquoted(os.fsencode(quoted))).removeprefix("./").strip("/"),
        kind=_KINDS.get(letter, "other"),
        size=UNTOLD if letter == "h" else int(size) if letter == "-" else 0,
    )


def unquoted(text: bytes) -> bytes:
    """A name as it really is, from how a C string would spell it."""
    return _ESCAPE.sub(_byte, text)


def _byte(found: re.Match[bytes]) -> bytes:
    spelled = found[1]
    return bytes([int(spelled, 8) & 0xFF]) if len(spelled) == 3 else _SHORT.get(spelled, spelled)
