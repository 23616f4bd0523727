"""phoenix.yaml as plain values with the place of each, duplicates and syntax faults found."""

from __future__ import annotations

import re
import warnings
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from phoenix_dr.errors import ConfigError, Parameter, Problem

Key = tuple[str | int, ...]
Place = tuple[int, int]
LARGEST = 4 << 20
"""Bytes of a configuration; a larger one is a mistake."""
MOST_NODES = 200_000
"""Values of a configuration, aliases counted each time they are used."""
STAND_IN = "\0"
"""Stands where a faulty value stood; refused in a file."""
_TAG = "tag:yaml.org,2002:"
_KNOWN_TAGS = {"null", "bool", "int", "float", "str", "timestamp", "map", "seq", "merge", "value"}
_TRUTHS = {"true": True, "false": False}
_QUOTED = re.compile(r"'(?!<)[^']{2,}'")
"""What the parser quotes from the file (never its own `<block end>`): it may be a secret."""


@dataclass(slots=True)
class Source:
    """The values of one file, where each stands (line and column from 1), and faults so far."""

    path: Path
    data: Any = None
    places: dict[Key, Place] = field(default_factory=dict)
    keys: dict[Key, Place] = field(default_factory=dict)
    blocks: dict[Key, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(
        self, at: Key, code: str, /, *, at_key: bool = False, **parameters: Parameter
    ) -> None:
        """Note a fault at a key path; a missing value is shown at its closest parent."""
        line, column = self._place(at, at_key=at_key)
        shown = ".".join(map(str, at))
        facts = tuple(parameters.items())
        self.problems.append(Problem(str(self.path), line, column, shown, code, facts))

    def below(self, key: Key) -> list[str]:
        """Keys written in the block at a key path, those with a faulty value too."""
        return self.blocks.get(key, [])

    def has_block(self, key: Key) -> bool:
        """Whether a block, even an empty one, is written at a key path."""
        return key in self.blocks

    def _place(self, key: Key, *, at_key: bool) -> Place:
        if at_key and key in self.keys:
            return self.keys[key]
        for length in range(len(key), -1, -1):
            if key[:length] in self.places:
                return self.places[key[:length]]
        return 1, 1


@dataclass(slots=True)
class Lines:
    """Where a character stands, as an editor counts: the parser also ends lines elsewhere."""

    text: str
    starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.starts = [0, *(found.end() for found in re.finditer("\n", self.text))]

    def place(self, index: int) -> Place:
        """Line and column from 1; what stands behind the last character is shown at the end."""
        index = min(index, len(self.text.rstrip()))
        line = bisect_right(self.starts, index)
        return line, index - self.starts[line - 1] + 1


def read(path: Path) -> Source:
    """Read a file. Raises ConfigError for one that is not YAML, with the place of the fault."""
    text = _text(path)
    lines = Lines(text)
    root = _compose(path, lines)
    if not isinstance(root, MappingNode):
        raise _broken(path, (1, 1), "not-a-mapping")
    return of(path, root, lines)


def of(path: Path, root: Node, lines: Lines) -> Source:
    """The values below a node. Raises ConfigError when they are nested without end."""
    source = Source(path)
    try:
        source.data = _value(source, root, (), lines)
    except RecursionError:
        # An alias inside its own anchor.
        raise _broken(path, (1, 1), "nested-too-deep") from None
    return source


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise ConfigError("config-too-large", path=str(path), most=LARGEST)
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _broken(path, (1, 1), "not-utf8", byte=error.start) from error
    except OSError as error:
        reason = error.strerror or ""
        raise ConfigError("config-unreadable", path=str(path), reason=reason) from error


def compose(text: str) -> Node | None:
    """The nodes of a text, as YAML 1.2. Raises the parser's errors."""
    with warnings.catch_warnings():
        # An anchor may be used again; the warning would print it.
        warnings.simplefilter("ignore", ReusedAnchorWarning)
        root: Node | None = YAML(typ="safe", pure=True).compose(text)
    return root


def _compose(path: Path, lines: Lines) -> Node | None:
    try:
        return compose(lines.text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = lines.place(mark.index) if mark else (1, 1)
        parts = (error.context, error.problem)
        said = _QUOTED.sub("…", ", ".join(part for part in parts if part))
        raise _broken(path, place, "not-yaml", said=said) from None
    except ReaderError as error:
        place = lines.place(error.position)
        raise _broken(
            path, place, "bad-character", number=ord(lines.text[error.position])
        ) from None
    except RecursionError:
        raise _broken(path, (1, 1), "nested-too-deep") from None
    except (YAMLError, ValueError) as error:
        raise _broken(path, (1, 1), "not-yaml", said=type(error).__name__) from None


def _broken(path: Path, place: Place, code: str, **parameters: Parameter) -> ConfigError:
    problem = Problem(str(path), *place, "", code, tuple(parameters.items()))
    return ConfigError("config-invalid", (problem,), path=str(path), count=1)


def _value(source: Source, node: Node, key: Key, lines: Lines) -> Any:
    if len(source.places) > MOST_NODES:
        raise ConfigError("config-too-large", path=str(source.path), most=LARGEST)
    # An empty value is marked where the next token stands: its key tells more.
    empty = isinstance(node, ScalarNode) and node.value == "" and key in source.keys
    source.places[key] = source.keys[key] if empty else lines.place(node.start_mark.index)
    if str(node.tag).removeprefix(_TAG) not in _KNOWN_TAGS:
        source.problem(key, "unknown-tag")
    match node:
        case MappingNode():
            return _mapping(source, node, key, lines)
        case SequenceNode():
            return [_value(source, each, (*key, i), lines) for i, each in enumerate(node.value)]
        case ScalarNode():
            return _scalar(source, node, key)
        case _:
            return None


def _mapping(source: Source, node: MappingNode, key: Key, lines: Lines) -> dict[str, Any]:
    found: dict[str, Any] = {}
    written = source.blocks.setdefault(key, [])
    for name_node, value_node in node.value:
        line, column = lines.place(name_node.start_mark.index)
        name = str(name_node.value)
        if not isinstance(name_node, ScalarNode) or STAND_IN in name:
            shown = ".".join(map(str, key))
            problem = Problem(str(source.path), line, column, shown, "key-is-no-text")
            source.problems.append(problem)
            continue
        below = (*key, name)
        first = source.keys.get(below)
        source.keys[below] = line, column
        if "TODO" in name:
            source.problem(below, "todo", at_key=True)
        if name in found and first is not None:
            source.problem(below, "duplicate-key", at_key=True, key=name, first=first[0])
        else:
            written.append(name)
            found[name] = _value(source, value_node, below, lines)
    return found


def _scalar(source: Source, node: ScalarNode, key: Key) -> Any:
    text = str(node.value)
    if STAND_IN in text:
        source.problem(key, "bad-character", number=0)
    if "TODO" in text:
        source.problem(key, "todo")
    match str(node.tag).removeprefix(_TAG):
        case "null":
            return None
        case "bool":
            return _TRUTHS.get(text.lower(), text)
        case "int" | "float" as tag:
            return _number(text.replace("_", ""), tag)
        case _:
            return text


def _number(text: str, tag: str) -> int | float | str:
    try:
        if tag == "float":
            return float(text)
        # In YAML 1.2 a leading zero means nothing.
        return int(text, 0 if "0x" in text or "0o" in text or "0b" in text else 10)
    except ValueError:
        return text
