"""Shapes checked by pydantic, its faults turned into Problems with places and suggestions."""

from __future__ import annotations

from copy import deepcopy
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from phoenix_dr.config import cluster_engines, copies, engines, guest_engines, shapes
from phoenix_dr.config.source import STAND_IN, Key, Source
from phoenix_dr.errors import Parameter

M = TypeVar("M", bound=BaseModel)
ANY = "*"
ATTEMPTS = 8
"""How often faulty parts are replaced before the rest is given up."""
STAND_INS: dict[str, Any] = {
    "version": 1,
    "hosts": {STAND_IN: {"site": STAND_IN}},
    "locations": {STAND_IN: {"host": STAND_IN}},
    "engines": {STAND_IN: {}},
    "services": {STAND_IN: {}},
    **dict.fromkeys(("site", "host", "location", "asset", "place", "found"), STAND_IN),
    **dict.fromkeys(("because", "from"), STAND_IN),
    "kind": "restic",
    "repository": f"/{STAND_IN}",
    "url": f"https://{STAND_IN}",
    "storages": {STAND_IN: STAND_IN},
    "datastores": {STAND_IN: STAND_IN},
    "token": f"file:/{STAND_IN}",
    "guests": STAND_IN,
    "directory": f"/{STAND_IN}",
    "numbers": "999999999",
    "kubeconfig": f"/{STAND_IN}",
    "targets": {STAND_IN: STAND_IN},
    "VeleroEngine.locations": {STAND_IN: STAND_IN},
    "storage": "local",
    "selector": f"{{{STAND_IN}}}",
    "within": "30d",
    "schedule": "@daily",
    "keep": {"last": 1},
    "to": [STAND_IN],
    "until": "9999-12-31",
}
"""What takes the place of a required value that is missing or faulty, told already.

Where two shapes mean different things by a name, one of them says whose it is.
"""
SHAPES: tuple[tuple[tuple[str, ...], type[BaseModel]], ...] = (
    ((), shapes.Root),
    (("hosts", ANY), copies.Host),
    (("locations", ANY), copies.Location),
    *((("engines", kind), model) for kind, model in engines.SPOKEN.items()),
    (("engines", "prometheus", "keep"), engines.MetricsKeep),
    (("engines", "loki", "keep"), engines.LogKeep),
    (("engines", "loki", "streams", ANY), engines.LogStream),
    (("engines", "proxmox", "jobs", ANY), guest_engines.GuestJob),
    (("engines", "proxmox", "drills"), guest_engines.GuestDrills),
    (("engines", "longhorn", "drills"), cluster_engines.LonghornDrills),
    (("engines", "velero", "drills"), cluster_engines.ClaimDrills),
    (("policies", ANY), copies.Policy),
    (("policies", ANY, "keep"), copies.Keep),
    (("policies", ANY, "snapshots"), copies.Snapshots),
    (("policies", ANY, "snapshots", "keep"), copies.Keep),
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
"""The shape of each block; an engine stands under its kind instead of its name."""
EXPECTED = {
    "string_type": "text",
    "int_type": "whole-number",
    "bool_type": "yes-no",
    "bool_parsing": "yes-no",
    "float_type": "number",
    "float_parsing": "number",
    "finite_number": "number",
    "list_type": "list",
    "dict_type": "mapping",
    "model_type": "mapping",
    "model_attributes_type": "mapping",
    "date_type": "date",
}
"""pydantic's types of faults, and the end of the phrase code `expected-…` for each."""
_OWN = {
    "bad-duration", "below-a-day", "bad-size", "bad-url", "bad-selector", "bad-fingerprint",
    "bare-secret", "bare-key", "relative-path", "empty-text", "empty-keep", "empty-store-keep",
    "bad-dump", "bad-job-id", "bad-login", "bad-numbers", "bad-pve-name", "long-notes",
    "bad-kube-name", "console-long",
}  # fmt: skip


def validate(source: Source) -> shapes.Root | None:
    """The file's shapes, faulty parts left out and noted in `source`; None when nothing is left."""
    root = _model(source, shapes.Root, source.data, ())
    found: dict[str, Any] = {}
    named = source.data.get("engines")
    for name, data in named.items() if isinstance(named, dict) else ():
        if (engine := _engine(source, name, data)) is not None:
            found[name] = engine
    if root is not None:
        root.engines = found
        for block in (root.hosts, root.locations, root.services):
            block.pop(STAND_IN, None)
    return root


def _engine(source: Source, name: str, data: Any) -> BaseModel | None:
    at: Key = ("engines", name)
    if not isinstance(data, dict):
        return _model(source, engines.ResticEngine, data, at)
    kind = data.get("kind")
    model = engines.SPOKEN.get(kind) if isinstance(kind, str) else None
    if model is None and kind not in engines.LATER:
        where, code = ((*at, "kind"), "not-one-of") if "kind" in data else (at, "missing-key")
        source.problem(where, code, key="kind", expected=", ".join(engines.KINDS))
        data = {**data, "kind": engines.LATER[0]}
    return _model(source, model or engines.LaterEngine, data, at)


def _model(source: Source, model: type[M], data: Any, at: Key) -> M | None:
    left = deepcopy(data)
    for attempt in range(ATTEMPTS):
        try:
            return model.model_validate(left)
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
        for detail in details:
            if attempt == 0:
                _note(source, detail, (*at, *detail["loc"]))
            absent = model.__name__ if detail["type"] == "missing" else None
            _replace(left, detail["loc"], absent_of=absent)
    return None


def _replace(data: Any, key: Key, *, absent_of: str | None) -> None:
    """Take a faulty part away, or put a stand-in there, so that the rest can be looked at.

    `absent_of` is the shape that lacks a part which must be there.
    """
    if not key:
        return
    try:
        for part in key[:-1]:
            data = data[part]
        last = key[-1]
        if isinstance(data, list):
            # Items keep their places: first as text, then as a block.
            data[int(last)] = {} if data[int(last)] == STAND_IN else STAND_IN
        elif absent_of is not None:
            own = STAND_INS.get(f"{absent_of}.{last}")
            data[last] = deepcopy(own or STAND_INS[str(last)])
        else:
            data.pop(last, None)
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
        expected = str(facts.get("expected", "")).replace(" or ", ", ").replace("'", "")
        source.problem(key, "not-one-of", expected=expected)
    elif kind in {"greater_than_equal", "greater_than"}:
        source.problem(key, "too-small", least=str(facts.get("ge", facts.get("gt", ""))))
    elif kind == "less_than_equal":
        source.problem(key, "too-large", most=str(facts.get("le", "")))
    elif kind == "too_short":
        source.problem(key, "empty-block")
    else:
        source.problem(key, f"expected-{EXPECTED.get(kind, 'other')}")


def unknown(source: Source, key: Key) -> None:
    """Note a key that nothing knows, with the closest one that is known."""
    known = known_keys(_by_kind(source, key[:-1]))
    close = get_close_matches(str(key[-1]), known, n=1, cutoff=0.6)
    if close:
        source.problem(key, "unknown-key-close", at_key=True, key=str(key[-1]), close=close[0])
    else:
        shown = ", ".join(known)
        source.problem(key, "unknown-key", at_key=True, key=str(key[-1]), known=shown)


def known_keys(parent: Key) -> list[str]:
    """The keys a block of `SHAPES` may have."""
    for pattern, model in SHAPES:
        if len(pattern) == len(parent) and all(
            want in (ANY, part) for want, part in zip(pattern, parent, strict=True)
        ):
            return [field.alias or name for name, field in model.model_fields.items()]
    return []


def _by_kind(source: Source, block: Key) -> Key:
    """A key path with the kind of an engine where its name stands."""
    if len(block) < 2 or block[0] != "engines":
        return block
    return ("engines", str(source.data["engines"][block[1]].get("kind")), *block[2:])


def _plain(facts: dict[str, Any]) -> dict[str, Parameter]:
    return {name: str(value) for name, value in facts.items()}
