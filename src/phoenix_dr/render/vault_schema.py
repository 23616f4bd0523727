"""The schema of the conformity sheet: what may stand in it, and nothing else may."""

from __future__ import annotations

from typing import Any

FORMAT = 1
MADE_BY = "phoenix keys handoff"
_MOMENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"


def _text(**more: object) -> dict[str, object]:
    return {"type": "string", **more}


def _maybe(schema: dict[str, object]) -> dict[str, object]:
    return {**schema, "type": [schema["type"], "null"]}


def _list(items: dict[str, object], **more: object) -> dict[str, object]:
    return {"type": "array", "items": items, **more}


def _object(properties: dict[str, dict[str, object]], title: str) -> dict[str, object]:
    return {
        "type": "object",
        "title": title,
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


MOMENT = _text(pattern=_MOMENT)
COUNT: dict[str, object] = {"type": "integer", "minimum": 0}
FLAG: dict[str, object] = {"type": "boolean"}
COPY = _object(
    {
        "place": _text(),
        "site": _text(),
        "inside": _maybe(_text()),
        "counts": FLAG,
        "off_site": FLAG,
        "last_proof": _text(enum=["opened", "refused", "never"]),
        "tried_at": _maybe(MOMENT),
        "proved_at": _maybe(MOMENT),
        "simulated": FLAG,
    },
    "A copy of a key: where, whether it counts, how its last proof went and when",
)
KEY = _object(
    {
        "name": _text(pattern="."),
        "kind": _text(enum=["age", "password", "other"]),
        "fingerprint": _maybe(_text()),
        "opens": _list(_text()),
        "assets": _list(_text()),
        "services": _list(_text()),
        "sops_files": _maybe(COUNT),
        "copies": _list(COPY),
    },
    "A key: public fingerprint, what opens with it, what is lost without it, its copies",
)
POINT = _object(
    {
        "id": _text(pattern=r"^[a-z0-9-]+:."),
        "code": _text(pattern="^[a-z0-9-]+$"),
        "subject": _text(),
        "demand": _text(pattern="."),
        "state": _text(enum=["shown", "not-shown", "unknown"]),
        "evidence": _text(pattern="."),
        "at": _maybe(MOMENT),
    },
    "A point to validate, what Phoenix knows of it, and since when",
)
CIRCLE = _object(
    {
        "key": _text(),
        "place": _text(),
        "site": _text(),
        "locked": FLAG,
        "path": _list(_text(), minItems=1),
    },
    "A copy that only its own key leads to",
)
FINDING = _object(
    {
        "code": _text(pattern="^[a-z0-9-]+$"),
        "severity": _text(enum=["critical", "warning", "unknown", "info"]),
        "subject": _text(),
        "text": _text(pattern="."),
    },
    "What is wrong with a key, in words",
)


def schema() -> dict[str, Any]:
    """The schema, as JSON Schema 2020-12."""
    properties: dict[str, dict[str, object]] = {
        "made_by": _text(enum=[MADE_BY]),
        "format": {"type": "integer", "enum": [FORMAT]},
        "estate": _text(),
        "made_at": MOMENT,
        "ledger_head": _text(),
        "keys": _list(KEY),
        "points": _list(POINT, minItems=1),
        "circles": _list(CIRCLE),
        "findings": _list(FINDING),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"{MADE_BY}, format {FORMAT}. A sheet holds no secret.",
        **_object(properties, "Conformity sheet of the keys of an estate"),
    }
