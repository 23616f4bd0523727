"""Values as YAML on one line."""

from __future__ import annotations

import json
import re
from datetime import date

from phoenix_dr.errors import ConfigError

_PLAIN = re.compile(r"[A-Za-z_/~][\w./@+~ -]*(?::[\w./@+~-]+)*(?<! )", re.ASCII)
_MEANING = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n", "~"})
_OUTSIDE = re.compile("[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\uffef]")


def scalar(text: str) -> str:
    """A string that reads back unchanged."""
    if _PLAIN.fullmatch(text) and text.lower() not in _MEANING:
        return text
    # JSON's strings are YAML's, but for what YAML does not print.
    quoted = json.dumps(text, ensure_ascii=False)
    return _OUTSIDE.sub(lambda found: f"\\U{ord(found[0]):08x}", quoted)


def flow(value: object) -> str:
    """Text, number, truth, day, list or mapping. Raises ConfigError for anything else."""
    match value:
        case None:
            return "null"
        case bool() | int() | float():
            return json.dumps(value)
        case str():
            return scalar(value)
        case date():
            return value.isoformat()
        case list() | tuple():
            return "[" + ", ".join(map(flow, value)) + "]"
        case dict():
            pairs = (f"{scalar(str(name))}: {flow(each)}" for name, each in value.items())
            return "{" + ", ".join(pairs) + "}"
        case _:
            raise ConfigError("edit-cannot-write", kind=type(value).__name__)
