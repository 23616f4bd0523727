"""restic's exclude patterns, as far as a sample needs them.

A leading `/` anchors at the root of the file system, otherwise any run of path components may
match; `*` and `?` stay within a component, `**` spans several; a match on a folder leaves out
everything below it. Patterns that begin with `!` (include again) are ignored, so that we may
sample fewer files than the engine saved, never one that it left out.
https://restic.readthedocs.io/en/v0.14.0/040_backup.html#excluding-files
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence


def matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    """A function that is True for each absolute path the patterns leave out."""
    used = [pattern for pattern in patterns if pattern.strip("/") and pattern[0] != "!"]
    if not used:
        return lambda path: False
    expression = re.compile("|".join(_expression(pattern) for pattern in used), re.DOTALL)
    return lambda path: expression.search(path + "/") is not None


def _expression(pattern: str) -> str:
    start = "^/" if pattern.startswith("/") else "(?:^|/)"
    parts = [part for part in pattern.split("/") if part not in {"", "."}]
    return start + "".join(_component(part) for part in parts)


def _component(part: str) -> str:
    if part == "**":
        return "(?:[^/]+/)*"
    return re.sub(r"\\.|\[[^]/]+\]|.", _piece, part, flags=re.DOTALL) + "/"


def _piece(found: re.Match[str]) -> str:
    text = found.group()
    if text == "*":
        return "[^/]*"
    if text == "?":
        return "[^/]"
    if len(text) > 1 and text[0] == "[":
        inner = re.sub(r"([\[&~|\\])", r"\\\1", text[1:-1])
        return f"[{inner}]"
    return re.escape(text[1:] if len(text) > 1 else text)
