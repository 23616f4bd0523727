"""JSON to core values, by type hints; one decoder per type, built once."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum, IntEnum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints, overload

from phoenix_dr.codec.encoding import TAG, Json, is_verb

T = TypeVar("T")
_SCALARS = (str, int, float, bool)
# Compiled at first use: a command that decodes nothing does not pay for them.
_SECONDS = r"(-?)([0-9]{1,15})\.([0-9]{1,6})"
_DAY = r"[0-9]{4}-[0-9][0-9]-[0-9][0-9]"
_MOMENT = r"[0-9]{4}-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9](\.[0-9]{1,6})?Z"
_WHOLE = r"-?[0-9]{1,18}"


@overload
def decode(type_: type[T], data: Json) -> T: ...
@overload
def decode(type_: object, data: Json) -> Any: ...
def decode(type_: Any, data: Json) -> Any:
    """The value of `type_` that `data` stands for. ValueError with the path of what is wrong."""
    try:
        return _decoder(type_)(data)
    except _Shape as shape:
        raise ValueError(str(shape)) from None


class _Shape(Exception):
    """A value of the wrong shape; `path` grows while it travels outwards."""

    def __init__(self, expected: str, found: object) -> None:
        super().__init__()
        self.path: list[str] = []
        self.what = f"expected {expected}, found {_short(found)}"

    def at(self, *parts: str) -> _Shape:
        self.path[:0] = parts
        return self

    def __str__(self) -> str:
        return f"{'.'.join(self.path) or 'value'}: {self.what}"


def _short(found: object) -> str:
    text = ascii(found)
    return text if len(text) <= 60 else text[:57] + "..."


@cache
def _decoder(type_: Any) -> Callable[[Json], Any]:
    if type_ is None or type_ is type(None):
        return _none
    if type_ in _SCALARS:
        return _scalar_decoder(frozenset({type_}))
    if type_ in _TEXTS:
        return _TEXTS[type_]
    if isinstance(type_, type) and issubclass(type_, Enum):
        return _enum_decoder(type_)
    if isinstance(type_, type) and is_dataclass(type_):
        return _record_decoder(type_)
    return _generic_decoder(type_)


def _generic_decoder(type_: Any) -> Callable[[Json], Any]:
    origin, inner = get_origin(type_), get_args(type_)
    if origin in (Union, types.UnionType):
        return _union_decoder(inner)
    if origin is tuple:
        return _tuple_decoder(inner)
    if origin is frozenset:
        each = _decoder(inner[0])
        return lambda data: frozenset(_items(data, each))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping_decoder(*inner)
    raise TypeError(f"the codec does not know {type_!r}")


def _none(data: Json) -> None:
    if data is not None:
        raise _Shape("null", data)


def _scalar_decoder(allowed: frozenset[type]) -> Callable[[Json], Any]:
    names = " or ".join(sorted(each.__name__ for each in allowed))

    def scalar(data: Json) -> Any:
        if type(data) in allowed:
            return data
        if type(data) is int and float in allowed:
            return float(data)
        raise _Shape(names, data)

    return scalar


def _moment(data: Json) -> datetime:
    if isinstance(data, str) and re.fullmatch(_MOMENT, data):
        try:
            return datetime.fromisoformat(data)
        except ValueError:
            pass
    raise _Shape("a UTC moment ending in Z", data)


def _day(data: Json) -> date:
    if isinstance(data, str) and re.fullmatch(_DAY, data):
        try:
            return date.fromisoformat(data)
        except ValueError:
            pass
    raise _Shape("a date", data)


def _duration(data: Json) -> timedelta:
    try:
        if type(data) is int:
            return timedelta(seconds=data)
        if isinstance(data, str) and (found := re.fullmatch(_SECONDS, data)):
            sign, whole, rest = found.groups()
            exact = timedelta(seconds=int(whole), microseconds=int(rest.ljust(6, "0")))
            return -exact if sign else exact
    except OverflowError:
        pass
    raise _Shape("exact seconds", data)


_TEXTS: dict[Any, Callable[[Json], Any]] = {
    datetime: _moment,
    date: _day,
    timedelta: _duration,
}


def _enum_decoder(type_: type[Enum]) -> Callable[[Json], Enum]:
    scalar = int if issubclass(type_, IntEnum) else str
    members = {member.value: member for member in type_}

    def member(data: Json) -> Enum:
        if type(data) is scalar and data in members:
            return members[data]
        raise _Shape(type_.__name__, data)

    return member


def _record_decoder(type_: type) -> Callable[[Json], Any]:
    hints = get_type_hints(type_)
    known = {field.name: _decoder(hints[field.name]) for field in fields(type_)}
    required = {
        field.name
        for field in fields(type_)
        if field.default is MISSING and field.default_factory is MISSING
    }
    verb = {TAG: _tag_decoder(type_.__name__)} if is_verb(type_) else {}

    def record(data: Json) -> Any:
        if not isinstance(data, dict):
            raise _Shape(type_.__name__, data)
        if missing := required - data.keys():
            raise _Shape(f"{type_.__name__} with {min(missing)}", data)
        values = {}
        for name, each in data.items():
            if name in known:
                try:
                    values[name] = known[name](each)
                except _Shape as shape:
                    raise shape.at(name) from None
            elif name in verb:
                verb[name](each)
            else:
                raise _Shape(f"no such key in {type_.__name__}", each).at(name)
        return type_(**values)

    return record


def _tag_decoder(name: str) -> Callable[[Json], None]:
    def tag(data: Json) -> None:
        if data != name:
            raise _Shape(name, data).at(TAG)

    return tag


def _union_decoder(members: tuple[Any, ...]) -> Callable[[Json], Any]:
    optional = type(None) in members
    real = tuple(member for member in members if member is not type(None))
    inner = _members_decoder(real)
    return (lambda data: None if data is None else inner(data)) if optional else inner


def _members_decoder(real: tuple[Any, ...]) -> Callable[[Json], Any]:
    if len(real) == 1:
        return _decoder(real[0])
    if set(real) <= set(_SCALARS):
        return _scalar_decoder(frozenset(real))
    if not all(isinstance(member, type) and is_verb(member) for member in real):
        raise TypeError(f"the codec cannot tell the members of {real!r} apart")
    verbs = {member.__name__: _decoder(member) for member in real}

    def verb(data: Json) -> Any:
        name = data.get(TAG) if isinstance(data, dict) else None
        if not isinstance(name, str) or name not in verbs:
            raise _Shape(" or ".join(sorted(verbs)), data)
        return verbs[name](data)

    return verb


def _tuple_decoder(inner: tuple[Any, ...]) -> Callable[[Json], Any]:
    if len(inner) == 2 and inner[1] is Ellipsis:
        each = _decoder(inner[0])
        return lambda data: tuple(_items(data, each))
    decoders = tuple(_decoder(one) for one in inner)

    def fixed(data: Json) -> Any:
        if not isinstance(data, list) or len(data) != len(decoders):
            raise _Shape(f"a list of {len(decoders)}", data)
        return tuple(_indexed(i, d, v) for i, (d, v) in enumerate(zip(decoders, data, strict=True)))

    return fixed


def _items(data: Json, decoder: Callable[[Json], Any]) -> list[Any]:
    if not isinstance(data, list):
        raise _Shape("a list", data)
    return [_indexed(index, decoder, each) for index, each in enumerate(data)]


def _indexed(index: int, decoder: Callable[[Json], Any], data: Json) -> Any:
    try:
        return decoder(data)
    except _Shape as shape:
        raise shape.at(str(index)) from None


def _mapping_decoder(key_type: Any, value_type: Any) -> Callable[[Json], Any]:
    key_of, value_of = _key_decoder(key_type), _decoder(value_type)

    def mapping(data: Json) -> Any:
        if not isinstance(data, dict):
            raise _Shape("a mapping", data)
        pairs = {}
        for key, each in data.items():
            try:
                pairs[key_of(key)] = value_of(each)
            except _Shape as shape:
                raise shape.at(key) from None
        return types.MappingProxyType(pairs)

    return mapping


def _key_decoder(type_: Any) -> Callable[[str], Any]:
    number = type_ is int or (isinstance(type_, type) and issubclass(type_, IntEnum))
    decoder = _decoder(type_)
    if not number:
        return decoder

    def key(data: str) -> Any:
        if not re.fullmatch(_WHOLE, data):
            raise _Shape("a whole number", data)
        return decoder(int(data))

    return key
