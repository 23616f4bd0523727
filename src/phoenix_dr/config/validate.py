"""Shapes checked by pydantic, its faults turned into Problems with places and suggestions."""

from __future__ import annotations

from copy import deepcopy
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from phoenix_dr.config import shapes
from phoenix_dr.config.source import Key, Source
from phoenix_dr.errors import Parameter

M = TypeVar("M", bound=BaseModel)
ANY = "*"
ATTEMPTS = 6
"""How often faulty parts are cut out before the rest is given up."""
SHAPES: tuple[tuple[tuple[str, ...], type[BaseModel]], ...] = (
    ((), shapes.Root),
    (("hosts", ANY), shapes.Host),
    (("locations", ANY), shapes.Location),
    (("engines", ANY), shapes.ResticEngine),
    (("policies", ANY), shapes.Policy),
    (("policies", ANY, "keep"), shapes.Keep),
    (("policies", ANY, "snapshots"), shapes.Snapshots),
    (("policies", ANY, "snapshots", "keep"), shapes.Keep),
    (("services", ANY), shapes.Service),
    (("services", ANY, "objectives"), shapes.Objectives),
    (("services", ANY, "assets", ANY), shapes.Asset),
    (("services", ANY, "assets", ANY, "accepted_loss"), shapes.Waiver),
    (("services", ANY, "assets", ANY, "regenerable"), shapes.Regenerable),
    (("services", ANY, "checks", ANY), shapes.Check),
    (("keys", ANY), shapes.Key),
    (("keys", ANY, "copies", ANY), shapes.KeyCopy),
    (("ignore", ANY), shapes.Ignore),
)
_EXPECTED = {
    "string_type": "text",
    "int_type": "whole-number",
    "bool_type": "yes-no",
    "bool_parsing": "yes-no",
    "float_type": "number",
    "list_type": "list",
    "dict_type": "mapping",
    "model_type": "mapping",
    "model_attributes_type": "mapping",
    "date_parsing": "date",
    "date_from_datetime_parsing": "date",
    "date_type": "date",
}
_OWN = {"bad-duration", "bare-secret", "empty-text", "empty-keep"}


def validate(source: Source) -> shapes.Root | None:
    """The file's shapes, faulty parts left out and noted in `source`; None when nothing is left."""
    root = _model(source, shapes.Root, source.data, ())
    engines: dict[str, Any] = {}
    named = source.data.get("engines")
    for name, data in named.items() if isinstance(named, dict) else ():
        if (engine := _engine(source, name, data)) is not None:
            engines[name] = engine
    if root is not None:
        root.engines = engines
    return root


def _engine(source: Source, name: str, data: Any) -> BaseModel | None:
    kind = data.get("kind") if isinstance(data, dict) else None
    model = shapes.LaterEngine if kind in shapes.LATER_ENGINES else shapes.ResticEngine
    return _model(source, model, data, ("engines", name))


def _model(source: Source, model: type[M], data: Any, at: Key) -> M | None:
    left = deepcopy(data)
    for attempt in range(ATTEMPTS):
        try:
            return model.model_validate(left)
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
        if attempt == 0:
            for detail in details:
                _note(source, detail, (*at, *detail["loc"]))
        for detail in details:
            missing = detail["type"] == "missing"
            _cut(left, detail["loc"][:-1] if missing else detail["loc"])
    return None


def _cut(data: Any, key: Key) -> None:
    """Take a faulty part away, so that the rest can still be looked at."""
    if not key:
        return
    try:
        for part in key[:-1]:
            data = data[part]
        if isinstance(data, list):
            data[int(key[-1])] = None
        else:
            data.pop(key[-1], None)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError):
        return


def _note(source: Source, detail: ErrorDetails, key: Key) -> None:
    kind, facts = detail["type"], detail.get("ctx", {})
    if kind in _OWN:
        source.problem(key, kind, at_key=False, **_plain(facts))
    elif kind == "extra_forbidden":
        unknown(source, key)
    elif kind == "missing":
        source.problem(key[:-1], "missing-key", key=str(key[-1]))
    elif kind in {"literal_error", "enum"}:
        source.problem(key, "not-one-of", expected=str(facts.get("expected", "")))
    elif kind in {"greater_than_equal", "greater_than"}:
        source.problem(key, "too-small", least=str(facts.get("ge", facts.get("gt", ""))))
    elif kind == "too_short":
        source.problem(key, "empty-block")
    else:
        source.problem(key, f"expected-{_EXPECTED.get(kind, 'other')}")


def unknown(source: Source, key: Key) -> None:
    """Note a key that nothing knows, with the closest one that is known."""
    known = known_keys(key[:-1])
    close = get_close_matches(str(key[-1]), known, n=1, cutoff=0.6)
    if close:
        source.problem(key, "unknown-key-close", at_key=True, key=str(key[-1]), close=close[0])
    else:
        shown = ", ".join(known)
        source.problem(key, "unknown-key", at_key=True, key=str(key[-1]), known=shown)


def known_keys(parent: Key) -> list[str]:
    """The keys a block may have."""
    for pattern, model in SHAPES:
        if len(pattern) == len(parent) and all(
            want in (ANY, part) for want, part in zip(pattern, parent, strict=True)
        ):
            return [field.alias or name for name, field in model.model_fields.items()]
    return []


def _plain(facts: dict[str, Any]) -> dict[str, Parameter]:
    return {name: str(value) for name, value in facts.items()}
