"""phoenix.yaml as plain values with the place of each, duplicates and syntax faults found."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from phoenix_dr.errors import ConfigError, Parameter, Problem

Key = tuple[str | int, ...]
Place = tuple[int, int]
LARGEST = 4 << 20
"""Bytes of a configuration; a larger one is a mistake."""
MOST_NODES = 200_000
"""Values of a configuration, aliases counted each time they are used."""
_TAG = "tag:yaml.org,2002:"
_TRUE = {"true", "True", "TRUE"}


@dataclass(slots=True)
class Source:
    """The values of one file, where each stands (line and column from 1), and faults so far."""

    path: Path
    data: Any = None
    places: dict[Key, Place] = field(default_factory=dict)
    keys: dict[Key, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(
        self, at: Key, code: str, /, *, at_key: bool = False, **parameters: Parameter
    ) -> None:
        """Note a fault at a key path; a missing value is shown at its closest parent."""
        line, column = self._place(at, at_key=at_key)
        shown = ".".join(map(str, at))
        facts = tuple(parameters.items())
        self.problems.append(Problem(str(self.path), line, column, shown, code, facts))

    def _place(self, key: Key, *, at_key: bool) -> Place:
        if at_key and key in self.keys:
            return self.keys[key]
        for length in range(len(key), -1, -1):
            if key[:length] in self.places:
                return self.places[key[:length]]
        return 1, 1


def read(path: Path) -> Source:
    """Read a file. Raises ConfigError for one that is not YAML, with the place of the fault."""
    source = Source(path)
    root = _compose(path)
    if not isinstance(root, MappingNode):
        raise _broken(path, (1, 1), "not-a-mapping")
    source.data = _value(source, root, ())
    return source


def _compose(path: Path) -> Node | None:
    try:
        if path.stat().st_size > LARGEST:
            raise ConfigError("config-too-large", path=str(path), most=LARGEST)
        text = path.read_text(encoding="utf-8")
        root: Node | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _broken(path, place, "not-yaml", said=error.problem or "") from error
    except UnicodeDecodeError as error:
        raise _broken(path, (1, 1), "not-utf8", byte=error.start) from error
    except (YAMLError, RecursionError, ValueError) as error:
        raise _broken(path, (1, 1), "not-yaml", said=type(error).__name__) from error
    except OSError as error:
        reason = error.strerror or ""
        raise ConfigError("config-unreadable", path=str(path), reason=reason) from error
    return root


def _broken(path: Path, place: Place, code: str, **parameters: Parameter) -> ConfigError:
    problem = Problem(str(path), *place, "", code, tuple(parameters.items()))
    return ConfigError("config-invalid", (problem,), path=str(path), count=1)


def _value(source: Source, node: Node, key: Key) -> Any:
    if len(source.places) > MOST_NODES:
        raise ConfigError("config-too-large", path=str(source.path), most=LARGEST)
    # An empty value is marked where the next token stands: its key tells more.
    empty = isinstance(node, ScalarNode) and node.value == "" and key in source.keys
    here = (node.start_mark.line + 1, node.start_mark.column + 1)
    source.places[key] = source.keys[key] if empty else here
    match node:
        case MappingNode():
            return _mapping(source, node, key)
        case SequenceNode():
            return [_value(source, each, (*key, i)) for i, each in enumerate(node.value)]
        case ScalarNode():
            return _scalar(source, node, key)
        case _:
            return None


def _mapping(source: Source, node: MappingNode, key: Key) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name_node, value_node in node.value:
        name = str(name_node.value)
        below = (*key, name)
        first = source.keys.get(below)
        source.keys[below] = (name_node.start_mark.line + 1, name_node.start_mark.column + 1)
        if name in found and first is not None:
            source.problem(below, "duplicate-key", at_key=True, key=name, first=first[0])
        else:
            found[name] = _value(source, value_node, below)
    return found


def _scalar(source: Source, node: ScalarNode, key: Key) -> Any:
    text = str(node.value)
    if "TODO" in text:
        source.problem(key, "todo")
    match str(node.tag).removeprefix(_TAG):
        case "null":
            return None
        case "bool":
            return text in _TRUE
        case "int" | "float" as tag:
            return _number(text, tag)
        case _:
            return text


def _number(text: str, tag: str) -> int | float | str:
    try:
        return int(text.replace("_", ""), 0) if tag == "int" else float(text.replace("_", ""))
    except ValueError:
        return text
