"""Judging a document by the part of JSON Schema our own schemas use.

Known words: type, properties, required, additionalProperties (false), items, enum, pattern,
minimum, minItems. A schema with any other word is refused, so that nothing is believed unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
SAID = frozenset({"$schema", "$id", "$comment", "title", "description"})
WORDS = ("type", "properties", "required", "additionalProperties", "items", "enum", "pattern")
KNOWN = SAID | frozenset((*WORDS, "minimum", "minItems"))


def faults(schema: Mapping[str, Any], value: object, *, at: str = "$") -> Iterator[str]:
    """The places where a document does not keep to a schema; ValueError for an unknown word."""
    if unknown := set(schema) - KNOWN:
        raise ValueError(f"schema word {min(unknown)}")
    if not _is_of_type(schema, value) or value not in schema.get("enum", [value]):
        yield at
        return
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield at
    if isinstance(value, int) and value < schema.get("minimum", value):
        yield at
    if isinstance(value, dict):
        yield from _of_object(schema, value, at)
    if isinstance(value, list):
        yield from _of_list(schema, value, at)


def _is_of_type(schema: Mapping[str, Any], value: object) -> bool:
    named = schema.get("type", list(TYPES))
    names = [named] if isinstance(named, str) else named
    found = any(isinstance(value, TYPES[name]) for name in names)
    # In Python True is an integer, in JSON it is none.
    return found and not (isinstance(value, bool) and "boolean" not in names)


def _of_object(schema: Mapping[str, Any], value: dict[str, Any], at: str) -> Iterator[str]:
    known = schema.get("properties", {})
    yield from (f"{at}.{name}" for name in schema.get("required", ()) if name not in value)
    for name, inner in value.items():
        if name in known:
            yield from faults(known[name], inner, at=f"{at}.{name}")
        elif schema.get("additionalProperties", True) is False:
            yield f"{at}.{name}"


def _of_list(schema: Mapping[str, Any], value: list[Any], at: str) -> Iterator[str]:
    if len(value) < schema.get("minItems", 0):
        yield at
    for number, inner in enumerate(value):
        yield from faults(schema.get("items", {}), inner, at=f"{at}[{number}]")
