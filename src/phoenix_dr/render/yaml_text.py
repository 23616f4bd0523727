"""Small pieces of YAML written by hand, since a commented file is made for reading."""

from __future__ import annotations

import json
import re

PLAIN = re.compile(r"[A-Za-z_/~][\w./@+~-]*(?::[\w./@+~-]+)*", re.ASCII)
WORDS_WITH_A_MEANING = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n", "~"})


def is_writable(text: str) -> bool:
    """False for a name that is not UTF-8: YAML has no way to write it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def scalar(text: str) -> str:
    """A string that YAML reads back unchanged. UnicodeEncodeError when it is not writable."""
    text.encode()
    if PLAIN.fullmatch(text) and text.lower() not in WORDS_WITH_A_MEANING:
        return text
    # JSON's strings are YAML's, but for what YAML does not print.
    return "".join(
        char if char.isprintable() or char == '"' else _escaped(char)
        for char in json.dumps(text, ensure_ascii=False)
    )


def _escaped(char: str) -> str:
    return f"\\U{ord(char):08x}"


def flow(values: dict[str, str | list[str]]) -> str:
    """A mapping on one line."""
    return "{" + ", ".join(f"{name}: {_flow_value(value)}" for name, value in values.items()) + "}"


def _flow_value(value: str | list[str]) -> str:
    if isinstance(value, str):
        return scalar(value)
    return "[" + ", ".join(scalar(each) for each in value) + "]"


def shown(text: str) -> str:
    """A path as one line of a comment: what does not print is escaped."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def slug(text: str, fallback: str = "unnamed") -> str:
    """A name for a key: lower-case letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or fallback


def unused(name: str, taken: set[str]) -> str:
    """The name, with a number when it is taken; it is taken from now on."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    taken.add(found)
    return found
