"""Edits of YAML text that change one value and not one other character.

A parser that writes a file back re-aligns and re-wraps it. So the parser only tells where values
stand, the text is cut there, and the result must read as the old values with the new one in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any

from phoenix_dr.adapters._yaml.spelling import block, flow, quoted
from phoenix_dr.adapters._yaml.values import Key, Node, parsed, shown
from phoenix_dr.errors import EngineError, Refused

_COMMA_BEHIND = re.compile(r"[ ]*,[ ]*")
_COMMA_BEFORE = re.compile(r"[ ]*,[ ]*$")

Cut = tuple[int, int, str]
"""Replace the text from a start to an end; an insertion when both are one place."""


def assigned(text: str, key: Key, value: object) -> str:
    """The text with the value at a key path set; blocks missing on the way are made.

    Only a scalar or nothing may stand there before. Raises Refused (edit-cannot-keep) when no
    edit leaves everything else as it is, for example where an anchor is shared.
    """
    root, data = parsed(text)
    node, depth = _closest(root, key)
    left = key[depth:]
    if not left:
        return _first(text, key, _replacements(text, root, key, value), _with(data, key, value))
    nested = value
    for part in reversed(left[1:]):
        nested = {str(part): nested}
    entry = {str(left[0]): nested}
    if node.id == "mapping":
        return _first(text, key, _entries(text, node, entry), _with(data, key, value))
    if _at(data, key[:depth]) is None:
        return assigned(text, key[:depth], entry)
    raise Refused("edit-cannot-keep", key=shown(key))


def appended(text: str, key: Key, item: object) -> str:
    """The text with an item added to the list at a key path, which is made when missing."""
    root, data = parsed(text)
    node, depth = _closest(root, key)
    present = _at(data, key) if depth == len(key) else None
    if present is None:
        return assigned(text, key, [item])
    if not isinstance(present, list):
        raise Refused("edit-cannot-keep", key=shown(key))
    return _first(text, key, _items(text, node, item), _with(data, key, [*present, item]))


def removed(text: str, key: Key) -> str:
    """The text without the entry or item at a key path; comments in its own lines go with it."""
    root, data = parsed(text)
    parent, depth = _closest(root, key[:-1])
    if depth < len(key) - 1:
        raise Refused("edit-cannot-keep", key=shown(key))
    name, value = _entry(parent, key)
    left = deepcopy(data)
    del _at(left, key[:-1])[key[-1]]
    start, end = (name or value).start_mark.index, _end(text, value, name)
    cuts = _without(text, start, end) if parent.flow_style else [_lines(text, start, end)]
    return _first(text, key, cuts, left)


def _first(text: str, key: Key, cuts: Iterable[Cut], expected: object) -> str:
    """The first cut that means what was meant, and nothing else."""
    for start, end, put in cuts:
        made = text[:start] + put + text[end:]
        try:
            if parsed(made)[1] == expected:
                return made
        except EngineError:
            continue
    raise Refused("edit-cannot-keep", key=shown(key))


def _replacements(text: str, root: Node, key: Key, value: object) -> Iterable[Cut]:
    parent, _ = _closest(root, key[:-1])
    name, node = _entry(parent, key)
    if node.id != "scalar":
        return []
    start, end = node.start_mark.index, node.end_mark.index
    if node.value == "" and start == end and name is not None:
        # Nothing written: its mark stands at the next token, the value belongs behind the colon.
        start = end = text.index(":", name.end_mark.index) + 1
        return [(start, end, f" {flow(value)}")]
    if "\n" in text[start:end]:
        return []
    old = node.style if node.style in ("'", '"') and isinstance(value, str) else None
    return [(start, end, quoted(str(value), old) if old else flow(value))]


def _entries(text: str, node: Node, entry: dict[str, object]) -> Iterable[Cut]:
    """Ways to add one entry to a mapping."""
    if node.flow_style:
        return _inside(node, flow(entry)[1:-1])
    column = node.value[0][0].start_mark.column if node.value else 0
    return _below(text, node, [" " * column + line for line in block(entry)])


def _items(text: str, node: Node, item: object) -> Iterable[Cut]:
    """Ways to add an item to a list."""
    if node.flow_style or not node.value:
        return _inside(node, flow(item))
    first = node.value[0].start_mark.index
    line = text.rfind("\n", 0, first) + 1
    dash = text.rfind("-", line, first) - line
    return _below(text, node, [" " * max(dash, 0) + each for each in block([item])])


def _inside(node: Node, entry: str) -> Iterable[Cut]:
    last = node.end_mark.index - 1
    behind = node.value[-1] if node.value else None
    behind = behind[1] if isinstance(behind, tuple) else behind
    # Behind the last value, so that the space before the bracket stays where it is.
    places = [behind.end_mark.index] if behind is not None else []
    return [(at, at, made) for at in (*places, last) for made in (f", {entry}", entry)]


def _below(text: str, node: Node, lines: Sequence[str]) -> Iterable[Cut]:
    end = text.find("\n", _end(text, node))
    mark = "\r\n" if "\r\n" in text else "\n"
    put = mark.join(lines) + mark
    return [(len(text), len(text), mark + put) if end < 0 else (end + 1, end + 1, put)]


def _lines(text: str, start: int, end: int) -> Cut:
    """Whole lines, from the one that begins the entry to the one that ends it."""
    newline = text.find("\n", end)
    return text.rfind("\n", 0, start) + 1, len(text) if newline < 0 else newline + 1, ""


def _without(text: str, start: int, end: int) -> list[Cut]:
    """An entry between brackets with the comma behind it, else the one before it, else alone."""
    behind = _COMMA_BEHIND.match(text, end)
    before = _COMMA_BEFORE.search(text, 0, start)
    cuts = [(start, behind.end(), "")] if behind else []
    cuts += [(before.start(), end, "")] if before else []
    return [*cuts, (start, end, "")]


def _end(text: str, node: Node, name: Node | None = None) -> int:
    """Where a value ends; a block's own mark lies behind the comments that follow it."""
    start: int = node.start_mark.index
    if start == node.end_mark.index and name is not None:
        return int(name.end_mark.index) + 1
    if node.id == "scalar" or node.flow_style:
        end = int(node.end_mark.index)
    elif node.id == "mapping":
        name, value = node.value[-1]
        end = _end(text, value, name)
    else:
        end = _end(text, node.value[-1])
    return start + len(text[start:end].rstrip())


def _closest(root: Node, key: Key) -> tuple[Node, int]:
    """The deepest node that exists on the way, and how many parts of the path lead to it."""
    node = root
    for depth in range(len(key)):
        try:
            _, node = _entry(node, key[: depth + 1])
        except Refused:
            if isinstance(key[depth], int):
                raise
            return node, depth
    return node, len(key)


def _entry(node: Node, key: Key) -> tuple[Node | None, Node]:
    """The name and value at the last part of a path, in the node above it."""
    part = key[-1]
    if node.id == "mapping":
        for name, value in node.value:
            if name.value == part:
                return name, value
    elif node.id == "sequence" and isinstance(part, int) and part < len(node.value):
        return None, node.value[part]
    raise Refused("edit-cannot-keep", key=shown(key))


def _at(data: Any, key: Key) -> Any:
    for part in key:
        data = data[part]
    return data


def _with(data: Any, key: Key, value: object) -> Any:
    """A copy of the values with one of them set."""
    made = deepcopy(data)
    below: Any = made
    for part in key[:-1]:
        if isinstance(below, dict) and below.get(str(part)) is None:
            below[str(part)] = {}
        below = below[part]
    below[key[-1]] = value
    return made
