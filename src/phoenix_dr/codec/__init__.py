"""Core values to JSON and back, by their type hints: one shape for ledger, cache and --json.

Moments are UTC with a `Z`, durations exact seconds, enumerations their value, sets sorted.
An action carries its verb as `is`. A wrong shape is a ValueError that names its path.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar, overload

from phoenix_dr.codec.decoding import decode
from phoenix_dr.codec.encoding import encode, moment_text

__all__ = ["decode", "dumps", "encode", "loads", "moment_text"]

T = TypeVar("T")


def dumps(value: object, *, ordered: bool = False) -> str:
    """`value` as compact ASCII JSON with sorted keys: equal values give equal text.

    `ordered` keeps the order of mappings instead. ValueError for NaN or a naive datetime.
    """
    return json.dumps(encode(value), sort_keys=not ordered, separators=(",", ":"), allow_nan=False)


@overload
def loads(type_: type[T], text: str) -> T: ...
@overload
def loads(type_: object, text: str) -> Any: ...
def loads(type_: Any, text: str) -> Any:
    """The value of `type_` in JSON text. ValueError when it is not one."""
    try:
        return decode(type_, json.loads(text))
    except RecursionError:
        raise ValueError("nested too deeply") from None
