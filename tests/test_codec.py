"""Core values survive JSON exactly; anything of another shape is refused with its path."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phoenix_dr import codec
from phoenix_dr.core import evidence, model, plan, report, score_facts

MODULES = (model, evidence, plan, report, score_facts)
TYPES = sorted(
    {
        value
        for module in MODULES
        for value in vars(module).values()
        if isinstance(value, type) and is_dataclass(value) and value.__module__ == module.__name__
    },
    key=lambda type_: type_.__qualname__,
)
NAMES = st.text(max_size=6) | st.binary(max_size=6).map(
    lambda raw: raw.decode("utf-8", "surrogateescape")
)
MOMENTS = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001 - hypothesis wants bounds without zone
    max_value=datetime(9998, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-600, 600).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: NAMES,
    int: st.integers(),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    datetime: MOMENTS,
    date: st.dates(),
    timedelta: st.timedeltas(),
    type(None): st.none(),
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a type, every field filled, defaults not trusted."""
    if hint in LEAVES:
        return LEAVES[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(
            hint,
            **{field.name: values_of(hints[field.name]) for field in fields(hint)},
        )
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return st.one_of(*map(values_of, inner))
    if origin is tuple and inner[-1] is ...:
        return st.lists(values_of(inner[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values_of, inner))
    if origin is frozenset:
        return st.frozensets(values_of(inner[0]), max_size=3)
    assert issubclass(origin, Mapping), hint
    return st.dictionaries(values_of(inner[0]), values_of(inner[1]), max_size=2)


@pytest.mark.parametrize("type_", TYPES, ids=lambda type_: type_.__qualname__)
@settings(max_examples=15)
@given(data=st.data())
def test_every_value_comes_back_equal(type_: type, data: st.DataObject) -> None:
    value = data.draw(values_of(type_))
    text = codec.dumps(value)
    assert text.isascii()
    back: object = codec.loads(type_, text)
    assert back == value
    assert codec.dumps(back) == text


@given(values_of(plan.Action))
def test_an_action_comes_back_as_the_verb_it_was(action: plan.Action) -> None:
    back: plan.Action = codec.loads(plan.Action, codec.dumps(action))
    assert (type(back), back) == (type(action), action)


@given(st.timedeltas())
def test_a_duration_is_exact(duration: timedelta) -> None:
    found = codec.encode(duration)
    assert codec.decode(timedelta, found) == duration
    assert isinstance(found, int) == (duration.microseconds == 0)


@given(st.binary())
def test_a_file_name_of_any_bytes_survives(raw: bytes) -> None:
    back = codec.loads(str, codec.dumps(os.fsdecode(raw)))
    assert os.fsencode(back) == raw


def test_the_shape_is_what_the_documents_say() -> None:
    moment = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert codec.encode(moment) == "2026-03-01T10:00:00Z"
    assert codec.encode(timedelta(hours=-2, milliseconds=500)) == "-7199.5"
    assert codec.encode(frozenset({"b", "a"})) == ["a", "b"]
    assert codec.encode(plan.ReadData("e", "1/10")) == {
        "is": "ReadData",
        "engine": "e",
        "subset": "1/10",
    }
    assert codec.encode({evidence.Scope.SITE: evidence.Level.DATA}) == {"site": 5}
    assert codec.dumps({"b": 1, "a": "é"}) == '{"a":"\\u00e9","b":1}'
    assert codec.dumps({"b": 1, "a": 2}, ordered=True) == '{"b":1,"a":2}'


def test_decoded_mappings_are_read_only_and_keep_their_order() -> None:
    text = codec.dumps(
        model.Estate("e", "h", hosts={n: model.Host(n, "s") for n in "zab"}), ordered=True
    )
    hosts: Any = codec.loads(model.Estate, text).hosts
    assert list(hosts) == ["z", "a", "b"]
    with pytest.raises(TypeError):
        hosts["z"] = hosts["a"]


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 1, 1),  # noqa: DTZ001
        float("nan"),
        float("inf"),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=5))),
    ],
)
def test_what_has_no_exact_text_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"time zone|finite|range"):
        codec.dumps(value)


@pytest.mark.parametrize("value", [object(), {(1, 2): 3}, {True: 1}, b"bytes"])
def test_an_unknown_type_is_a_bug(value: object) -> None:
    with pytest.raises(TypeError):
        codec.dumps(value)


HOST = {"name": "h", "site": "s", "disks": ["a"]}
WRONG: list[tuple[Any, Any, str]] = [
    (model.Host, [], "value: expected Host"),
    (model.Host, {"name": "h"}, "Host with site"),
    (model.Host, {**HOST, "name": 1}, "name: expected str"),
    (model.Host, {**HOST, "disks": ["a", 1]}, r"disks\.1: expected str"),
    (model.Host, {**HOST, "disks": "ab"}, "disks: expected a list"),
    (model.Host, {**HOST, "rack": 1}, "rack: expected no such key"),
    (Mapping[str, model.Host], {"x": {**HOST, "site": None}}, r"x\.site: expected str"),
    (int, True, "expected int"),
    (int, 1.0, "expected int"),
    (bool, 1, "expected bool"),
    (datetime, "2026-01-01T00:00:00", "UTC moment"),
    (datetime, "2026-01-01T00:00:00+02:00", "UTC moment"),
    (datetime, "2026-13-01T00:00:00Z", "UTC moment"),
    (date, "20260101", "a date"),
    (timedelta, 1.5, "exact seconds"),
    (timedelta, "1", "exact seconds"),
    (timedelta, 10**20, "exact seconds"),
    (model.Criticality, "urgent", "Criticality"),
    (evidence.Level, True, "Level"),
    (evidence.Level, 9, "Level"),
    (plan.Action, {"is": "Drop", "engine": "e"}, "ForgetPoints or"),
    (plan.Action, {"engine": "e", "subset": "1"}, "ForgetPoints or"),
    (plan.ReadData, {"is": "TakePoint", "engine": "e", "subset": "1"}, "ReadData"),
    (tuple[str, int], ["a"], "a list of 2"),
    (Mapping[int, int], {"a": 1}, "whole number"),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "data", "says"), WRONG)
def test_a_wrong_shape_names_its_path(type_: Any, data: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        codec.decode(type_, data)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '"\ud800'])
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        codec.loads(model.Host, text)


@dataclass(frozen=True)
class Ambiguous:
    """A union whose members JSON cannot tell apart."""

    either: model.Host | model.Ignore


def test_a_union_that_json_cannot_tell_apart_is_a_bug() -> None:
    with pytest.raises(TypeError, match="apart"):
        codec.decode(Ambiguous, {"either": {}})


def test_importing_the_codec_loads_nothing_heavy() -> None:
    code = "import sys, phoenix_dr.codec; print(*sorted(sys.modules))"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True
    )
    assert not {"hashlib", "sqlite3", "pydantic", "phoenix_dr.core.plan"} & set(ran.stdout.split())


def test_a_large_estate_decodes_in_linear_time() -> None:
    small, large = _decoding_seconds(100), _decoding_seconds(1000)
    assert large < 40 * small


def _decoding_seconds(services: int) -> float:
    text = codec.dumps(estate(services))
    codec.loads(model.Estate, text)
    taken = []
    for _ in range(5):
        begun = time.perf_counter()
        codec.loads(model.Estate, text)
        taken.append(time.perf_counter() - begun)
    return min(taken)


def estate(services: int) -> model.Estate:
    """An estate of that many services with two assets and a check each."""
    waiver = model.Waiver("rebuilt in an hour", date(2027, 1, 1))
    named = [f"service-{index}" for index in range(services)]
    return model.Estate(
        "large", "here",
        services={
            name: model.Service(
                name,
                assets=tuple(
                    model.Asset(f"{name}/{kind}", kind, "/srv", accepted_loss=waiver)
                    for kind in (model.AssetKind.FILES, model.AssetKind.SQLITE)
                ),
                checks=(model.Check("files", model.CheckKind.SQL, "select 1", 1, timedelta(1)),),
            )
            for name in named
        },
    )  # fmt: skip


def test_moments_are_compared_in_utc() -> None:
    back = codec.decode(datetime, "2026-01-01T00:00:00.25Z")
    assert back == datetime(2026, 1, 1, 0, 0, 0, 250_000, tzinfo=UTC)
    assert back.tzinfo is UTC


def test_json_of_a_report_is_json() -> None:
    assert json.loads(codec.dumps(report.Change("a", "rpo", "1", "2", worse=True)))["worse"] is True
