"""Values as YAML, on one line or as a block."""

from __future__ import annotations

import json
import re

_PLAIN = re.compile(r"[A-Za-z_/][\w./@+-]*|\d+[a-z]\w*", re.ASCII)
_MEANING = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def flow(value: object) -> str:
    """None, bool, int, str, list or dict on one line."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            plain = _PLAIN.fullmatch(value) and value.lower() not in _MEANING
            return value if plain else quoted(value, "'")
        case list() | tuple():
            return "[" + ", ".join(map(flow, value)) + "]"
        case dict():
            return (
                "{" + ", ".join(f"{flow(str(k))}: {flow(each)}" for k, each in value.items()) + "}"
            )
        case _:
            return str(value)


def quoted(text: str, mark: str) -> str:
    """A string between such marks; double ones where it holds what is not seen."""
    if any(not each.isprintable() for each in text):
        # JSON's strings are YAML's, but for what YAML does not print or reads as the end of a line.
        as_json = json.dumps(text, ensure_ascii=False)
        return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in as_json)
    if mark == "'":
        return "'" + text.replace("'", "''") + "'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def block(value: object) -> list[str]:
    """Mappings and lists as indented lines, what they hold on one line where it is a value."""
    lines: list[str] = []
    if isinstance(value, dict) and value:
        for name, each in value.items():
            nested = isinstance(each, dict | list) and each
            lines.append(f"{flow(str(name))}:" + ("" if nested else f" {flow(each)}"))
            lines += [f"  {line}" for line in block(each)] if nested else []
        return lines
    if isinstance(value, list) and value:
        for each in value:
            first, *rest = block(each)
            lines += [f"- {first}", *(f"  {line}" for line in rest)]
        return lines
    return [flow(value)]
