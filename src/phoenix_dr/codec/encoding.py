"""Core values to what `json` can write, by their runtime type; one encoder per type, kept."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Hashable, Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, get_args

Json = Any
"""What `json` reads and writes: dict, list, str, int, float, bool, None."""

TAG = "is"
"""Key that tells the verbs of a plan apart; holds the class name."""
_MICROSECOND = timedelta(microseconds=1)


def encode(value: object) -> Json:
    """`value` as what `json` can write. TypeError for a type the codec does not know."""
    kind: Any = type(value)
    return _encoder(kind)(value)


def moment_text(moment: datetime) -> str:
    """An aware moment as UTC text ending in `Z`. ValueError when it is naive or out of range."""
    if moment.utcoffset() is None:
        raise ValueError(f"a moment without time zone: {moment.isoformat()}")
    try:
        return moment.astimezone(UTC).isoformat()[:-6] + "Z"
    except OverflowError:
        raise ValueError(f"a moment out of range: {moment.isoformat()}") from None


def _duration_json(duration: timedelta) -> int | str:
    microseconds = duration // _MICROSECOND
    whole, rest = divmod(abs(microseconds), 1_000_000)
    sign = "-" if microseconds < 0 else ""
    return f"{sign}{whole}.{rest:06d}".rstrip("0") if rest else int(f"{sign}{whole}")


@cache
def _encoder(type_: Any) -> Callable[[Any], Json]:
    if type_ in (str, int, bool, type(None)):
        return lambda value: value
    if is_dataclass(type_):
        return _record_encoder(type_)
    if issubclass(type_, tuple) and hasattr(type_, "_fields"):
        # Narrow values read like wide ones; nothing needs them back.
        return lambda value: {name: encode(each) for name, each in value._asdict().items()}
    for known, encoder in _ENCODERS:
        if issubclass(type_, known):
            return encoder
    raise TypeError(f"the codec does not know {type_.__name__}")


def _record_encoder(type_: Any) -> Callable[[Any], Json]:
    names = tuple(field.name for field in fields(type_))

    def plain(value: Any) -> Json:
        return {name: encode(getattr(value, name)) for name in names}

    if not is_verb(type_):
        return plain
    return lambda value: {TAG: type_.__name__, **plain(value)}


def is_verb(type_: Hashable) -> bool:
    """True for a member of the plan's union of actions, which is told apart by a tag."""
    # Looked up, not imported: whoever has a verb in hand has loaded its module.
    plan = sys.modules.get("phoenix_dr.core.actions")
    return plan is not None and type_ in get_args(plan.Action)


def _float_json(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"not a finite number: {value}")
    return value


def _mapping_json(value: Mapping[object, object]) -> Json:
    return {_key_json(key): encode(each) for key, each in value.items()}


def _key_json(key: object) -> str:
    plain = key.value if isinstance(key, Enum) else key
    if isinstance(plain, bool) or not isinstance(plain, str | int):
        raise TypeError(f"the codec knows no key of type {type(key).__name__}")
    return str(plain)


def _sequence_json(value: Any) -> Json:
    return [encode(each) for each in value]


def _set_json(value: Set[object]) -> Json:
    return sorted((encode(each) for each in value), key=json.dumps)


_ENCODERS: tuple[tuple[type, Callable[[Any], Json]], ...] = (
    (Enum, lambda value: value.value),
    (str, str),
    (int, int),
    (float, _float_json),
    (datetime, moment_text),
    (date, date.isoformat),
    (timedelta, _duration_json),
    (tuple, _sequence_json),
    (list, _sequence_json),
    (Mapping, _mapping_json),
    (Set, _set_json),
)
