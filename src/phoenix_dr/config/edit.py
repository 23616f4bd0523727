"""Edits of phoenix.yaml that touch nothing but the value meant.

A parser that writes a file back re-aligns and re-wraps it. So the parser only tells where values
stand, the text is cut there, and the result must read as the old values with the new one in place.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from phoenix_dr.config import reading, source
from phoenix_dr.config.source import Key
from phoenix_dr.config.yaml_text import flow, scalar
from phoenix_dr.errors import ConfigError

_COMMA_BEHIND = re.compile(r"[ ]*,[ ]*")
_COMMA_BEFORE = re.compile(r"[ ]*,[ ]*$")


@dataclass(frozen=True, slots=True)
class _Cut:
    """Replace the text from `start` to `end`; an insertion when both are one place."""

    start: int
    end: int
    text: str


def assigned(text: str, key: Key, value: object) -> str:
    """The text with the value at a key path set. Raises ConfigError when it cannot be kept whole.

    Blocks missing on the way are made; an index of a list must exist.
    """
    root, data = _read(text)
    node, depth = _closest(root, key)
    left = key[depth:]
    if not left:
        return _first(text, [_replacement(text, root, key, value)], _with(data, key, value))
    if isinstance(node, MappingNode):
        cuts = _entries(text, node, str(left[0]), _nested(left[1:], value))
        return _first(text, cuts, _with(data, key, value))
    if depth and not _written(node):
        return assigned(text, key[:depth], _nested(left, value))
    raise ConfigError("edit-not-a-block", key=_shown(key[:depth]))


def appended(text: str, key: Key, item: object) -> str:
    """The text with an item added to the list at a key path, which is made when missing."""
    root, data = _read(text)
    node, depth = _closest(root, key)
    present = _at(data, key) if depth == len(key) else None
    if present is None:
        return assigned(text, key, [item])
    if not isinstance(node, SequenceNode) or not isinstance(present, list):
        raise ConfigError("edit-not-a-list", key=_shown(key))
    return _first(text, _items(text, node, item), _with(data, key, [*present, item]))


def removed(text: str, key: Key) -> str:
    """The text without the entry or item at a key path; comments in its own lines go with it."""
    root, data = _read(text)
    parent, depth = _closest(root, key[:-1])
    if not key or depth < len(key) - 1 or not isinstance(parent, MappingNode | SequenceNode):
        raise ConfigError("edit-no-such-item", key=_shown(key))
    try:
        name, value = _entry(parent, key[-1])
    except LookupError:
        raise ConfigError("edit-no-such-item", key=_shown(key)) from None
    left = deepcopy(data)
    del _at(left, key[:-1])[key[-1]]
    start = (name or value).start_mark.index
    end = max(_end(text, value) if _written(value) else 0, name.end_mark.index + 1 if name else 0)
    cuts = _entry_cuts(text, start, end) if parent.flow_style else [_line_cut(text, start, end)]
    return _first(text, cuts, left)


def rewrite(path: Path, change: Callable[[str], str]) -> None:
    """Write the changed text in one step: the old file, or the new one whole; same mode, owner.

    Raises ConfigError `edit-makes-faults` with every fault the old text did not have.
    """
    real = path.resolve()
    before = real.read_bytes()
    after = change(before.decode("utf-8-sig")).encode()
    found = real.stat()
    handle, fresh = mkstemp(prefix=f".{real.name}.", dir=real.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            if (found.st_uid, found.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(file.fileno(), found.st_uid, found.st_gid)
            os.fchmod(file.fileno(), stat.S_IMODE(found.st_mode))
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        _require_no_new_fault(real, Path(fresh))
        if real.read_bytes() != before:
            raise ConfigError("edit-changed-meanwhile", path=str(path))
        os.replace(fresh, real)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise
    _sync(real.parent)


def _require_no_new_fault(real: Path, fresh: Path) -> None:
    # Lines move, so a fault is known by its key and what is wrong with it.
    known = {(each.path, each.code) for each in reading.check(real)[0]}
    new = [each for each in reading.check(fresh)[0] if (each.path, each.code) not in known]
    if new:
        told = tuple(replace(each, file=str(real)) for each in new)
        raise ConfigError("edit-makes-faults", told, path=str(real), count=len(told))


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(text: str) -> tuple[Node, Any]:
    try:
        root = source.compose(text)
    except (YAMLError, ValueError, RecursionError):
        root = None
    if not isinstance(root, MappingNode):
        raise ConfigError("edit-not-yaml")
    read = source.of(Path(), root, source.Lines(text))
    if any(each.code != "todo" for each in read.problems):
        # What reading leaves out, an edit could lose unseen.
        raise ConfigError("edit-not-yaml")
    return root, read.data


def _first(text: str, cuts: Iterable[_Cut], expected: object) -> str:
    """The first cut that means what was meant, and nothing else."""
    for cut in cuts:
        made = text[: cut.start] + cut.text + text[cut.end :]
        try:
            if _read(made)[1] == expected:
                return made
        except ConfigError:
            continue
    raise ConfigError("edit-cannot-keep")


def _replacement(text: str, root: Node, key: Key, value: object) -> _Cut:
    parent, _ = _closest(root, key[:-1])
    name, node = _entry(parent, key[-1])
    start, end, made = node.start_mark.index, _end(text, node), flow(value)
    block = isinstance(node, MappingNode | SequenceNode) and not node.flow_style
    if name is not None and (block or end <= start):
        # Behind the key's colon: a block begins on the next line, nothing begins nowhere.
        start, made = text.index(":", name.end_mark.index) + 1, f" {made}"
        end = end if block else start
    gone = text[start:end]
    if "\n" in gone and "#" in gone:
        raise ConfigError("edit-loses-comment", key=_shown(key))
    return _Cut(start, end, made)


def _entries(text: str, node: MappingNode, name: str, value: object) -> Iterable[_Cut]:
    """Ways to add `name: value` to a mapping."""
    entry = f"{scalar(name)}: {flow(value)}"
    if node.flow_style:
        return _inside(node, entry)
    column = node.value[0][0].start_mark.column if node.value else 0
    return _below(text, node, " " * column + entry)


def _items(text: str, node: SequenceNode, item: object) -> Iterable[_Cut]:
    """Ways to add an item to a list."""
    if node.flow_style or not node.value:
        return _inside(node, flow(item))
    first = node.value[0].start_mark.index
    line = text.rfind("\n", 0, first) + 1
    dash = text.rfind("-", line, first) - line
    return _below(text, node, " " * dash + f"- {flow(item)}")


def _inside(node: Node, entry: str) -> Iterable[_Cut]:
    last = node.end_mark.index - 1
    # Behind the last value, so that the space before the bracket stays where it is.
    behind = node.value[-1][1] if isinstance(node, MappingNode) and node.value else None
    behind = node.value[-1] if isinstance(node, SequenceNode) and node.value else behind
    places = [behind.end_mark.index] if behind is not None else []
    return [_Cut(at, at, made) for at in (*places, last) for made in (f", {entry}", entry)]


def _below(text: str, node: Node, line: str) -> Iterable[_Cut]:
    end = text.find("\n", _end(text, node))
    mark = "\r\n" if "\r\n" in text else "\n"
    if end < 0:
        return [_Cut(len(text), len(text), mark + line + mark)]
    return [_Cut(end + 1, end + 1, line + mark)]


def _line_cut(text: str, start: int, end: int) -> _Cut:
    """Whole lines, from the one that begins the entry to the one that ends it."""
    newline = text.find("\n", end)
    return _Cut(text.rfind("\n", 0, start) + 1, len(text) if newline < 0 else newline + 1, "")


def _entry_cuts(text: str, start: int, end: int) -> list[_Cut]:
    """An entry between brackets with the comma behind it, else the one before it, else alone."""
    behind = _COMMA_BEHIND.match(text, end)
    before = _COMMA_BEFORE.search(text, 0, start)
    cuts = [_Cut(start, behind.end(), "")] if behind else []
    cuts += [_Cut(before.start(), end, "")] if before else []
    return [*cuts, _Cut(start, end, "")]


def _end(text: str, node: Node) -> int:
    """Where a value ends; a block's own mark lies behind the comments that follow it."""
    if not isinstance(node, MappingNode | SequenceNode) or node.flow_style:
        end: int = node.end_mark.index
    elif isinstance(node, MappingNode):
        name, value = node.value[-1]
        end = max(name.end_mark.index + 1, _end(text, value) if _written(value) else 0)
    else:
        end = _end(text, node.value[-1])
    start: int = node.start_mark.index
    return start + len(text[start:end].rstrip())


def _written(node: Node) -> bool:
    return bool(node.start_mark.index < node.end_mark.index)


def _closest(root: Node, key: Key) -> tuple[Node, int]:
    """The deepest node that exists on the way, and how many parts of the path lead to it."""
    node = root
    for depth, part in enumerate(key):
        try:
            _, node = _entry(node, part)
        except LookupError:
            if isinstance(part, int):
                raise ConfigError("edit-no-such-item", key=_shown(key)) from None
            return node, depth
    return node, len(key)


def _entry(node: Node, part: str | int) -> tuple[Node | None, Node]:
    if isinstance(node, MappingNode):
        for name, value in node.value:
            if name.value == part:
                return name, value
    elif isinstance(node, SequenceNode) and isinstance(part, int):
        return None, node.value[part]
    raise LookupError(part)


def _at(data: Any, key: Key) -> Any:
    for part in key:
        data = data[part]
    return data


def _nested(key: Key, value: object) -> object:
    for part in reversed(key):
        value = {str(part): value}
    return value


def _with(data: Any, key: Key, value: object) -> Any:
    """A copy of the values with one of them set."""
    if not key:
        return _plain(value)
    made = deepcopy(data) if isinstance(data, dict | list) else {}
    below: Any = made
    for part in key[:-1]:
        if isinstance(below, dict) and not isinstance(below.get(part), dict | list):
            below[part] = {}
        below = below[part]
    below[key[-1]] = _plain(value)
    return made


def _plain(value: object) -> object:
    """As it must be found again: days are text, names of keys too."""
    match value:
        case date():
            return value.isoformat()
        case list() | tuple():
            return [_plain(each) for each in value]
        case dict():
            return {str(name): _plain(each) for name, each in value.items()}
        case _:
            return value


def _shown(key: Key) -> str:
    return ".".join(map(str, key))
