"""YAML text as plain values, bounded; whatever tools read differently is refused."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

from phoenix_dr.errors import EngineError

Key = tuple[str | int, ...]
Node = Any
"""A node of ruamel.yaml, whose own types do not tell its kinds apart."""
LARGEST = 1 << 20
"""Characters of a file; reading more takes minutes, and no tool's configuration has them."""
MOST_NODES = 50_000
"""Values of a file, aliases counted each time they are used."""
_TAG = "tag:yaml.org,2002:"
_KNOWN = {"null", "bool", "int", "float", "str", "timestamp", "map", "seq", "merge", "value"}


def read(text: str) -> dict[str, Any]:
    """The values of a file whose top is a mapping: None, bool, int, str, list and dict.

    Merge keys are worked in. Raises EngineError: yaml-too-large, yaml-broken (not YAML, several
    documents, a tag, a cycle), yaml-duplicate (a key twice: tools disagree which one counts).
    `detail` is the line and column, or the key and its line.
    """
    return parsed(text)[1]


def shown(key: Key) -> str:
    """A key path as people write it."""
    return ".".join(map(str, key))


def parsed(text: str) -> tuple[Node, dict[str, Any]]:
    """The tree with the place of each value, and the values; raises as `read`."""
    if len(text) > LARGEST:
        raise EngineError("yaml-too-large", detail=str(LARGEST))
    root = _compose(text)
    try:
        data = _value(root, (), iter(range(MOST_NODES)))
    except RecursionError:
        raise _broken(None) from None
    if not isinstance(data, dict):
        raise _broken(None)
    return root, data


def _compose(text: str) -> Node:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError

    try:
        with warnings.catch_warnings():
            # An anchor may be used again; the warning would print it.
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            root: Node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        # What the parser says quotes the file, and a quote may be a secret.
        raise _broken(error.problem_mark or error.context_mark) from None
    except (YAMLError, ValueError, RecursionError):
        raise _broken(None) from None
    if root is None:
        raise _broken(None)
    return root


def _broken(mark: Any) -> EngineError:
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return EngineError("yaml-broken", detail=f"{line}:{column}")


def _value(node: Node, key: Key, left: Iterator[int]) -> Any:
    if next(left, None) is None:
        raise EngineError("yaml-too-large", detail=str(LARGEST))
    tag = str(node.tag).removeprefix(_TAG)
    if tag not in _KNOWN:
        raise _broken(node.start_mark)
    if node.id == "mapping":
        return _mapping(node, key, left)
    if node.id == "sequence":
        return [_value(each, (*key, i), left) for i, each in enumerate(node.value)]
    return _scalar(str(node.value), tag)


def _mapping(node: Node, key: Key, left: Iterator[int]) -> dict[str, Any]:
    own: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    for name, value in node.value:
        if name.id != "scalar":
            raise _broken(name.start_mark)
        found = _value(value, (*key, str(name.value)), left)
        if str(name.tag) == _TAG + "merge":
            for each in found if isinstance(found, list) else [found]:
                if not isinstance(each, dict):
                    raise _broken(value.start_mark)
                merged = {**each, **merged}
        elif str(name.value) in own:
            twice = f"{shown((*key, name.value))} ({name.start_mark.line + 1})"
            raise EngineError("yaml-duplicate", detail=twice)
        else:
            own[str(name.value)] = found
    return {**merged, **own}


def _scalar(text: str, tag: str) -> bool | int | str | None:
    if tag == "null":
        return None
    if tag == "bool":
        return text.lower() == "true"
    # Digits alone; other spellings of numbers mean different things to YAML 1.1 and 1.2.
    return int(text) if tag == "int" and re.fullmatch(r"0|-?[1-9][0-9]{0,17}", text) else text
