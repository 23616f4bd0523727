"""Objects against the schema of their kind, as an API server does it; nothing of ours in it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "data" / "crds"
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


@dataclass(frozen=True)
class Kind:
    """A resource: where it is served, and what its objects look like (None: no schema)."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True
    status: bool = False
    schema: dict[str, Any] | None = None


@cache
def kinds(name: str) -> tuple[Kind, ...]:
    """The kinds of an excerpt, such as `longhorn-1.10.2`."""
    found = json.loads((DATA / f"{name}.json").read_text())
    return tuple(Kind(**each) for each in found["kinds"])


CORE = tuple(
    Kind(group, "v1", kind, plural, namespaced, status)
    for group, kind, plural, namespaced, status in (
        ("", "Namespace", "namespaces", False, True),
        ("", "Node", "nodes", False, True),
        ("", "PersistentVolume", "persistentvolumes", False, True),
        ("", "PersistentVolumeClaim", "persistentvolumeclaims", True, True),
        ("", "Pod", "pods", True, True),
        ("", "ConfigMap", "configmaps", True, False),
        ("", "Secret", "secrets", True, False),
        ("apps", "Deployment", "deployments", True, True),
        ("apps", "StatefulSet", "statefulsets", True, True),
        ("apps", "DaemonSet", "daemonsets", True, True),
        ("batch", "Job", "jobs", True, True),
        ("batch", "CronJob", "cronjobs", True, True),
        ("networking.k8s.io", "NetworkPolicy", "networkpolicies", True, False),
        ("storage.k8s.io", "StorageClass", "storageclasses", False, False),
    )
)


def faults(value: Any, schema: dict[str, Any] | None, at: str = "") -> list[str]:
    """Everything wrong with a value, unknown fields too."""
    if schema is None or (value is None and schema.get("nullable")):
        return []
    if schema.get("x-kubernetes-int-or-string"):
        return [] if isinstance(value, int | str) else [f"{at}: must be integer or string"]
    kind = schema.get("type")
    wrong_bool = isinstance(value, bool) and kind in ("integer", "number")
    if kind and (not isinstance(value, TYPES[kind]) or wrong_bool):
        return [f'{at}: must be of type {kind}: "{type(value).__name__}"']
    found = list(_plain(value, schema, at))
    if isinstance(value, dict):
        found += _fields(value, schema, at)
    if isinstance(value, list):
        for number, each in enumerate(value):
            found += faults(each, schema.get("items"), f"{at}[{number}]")
    return found


def pruned(value: Any, schema: dict[str, Any] | None) -> Any:
    """The value without fields the schema does not know, as a lenient server stores it."""
    if schema is None or schema.get("x-kubernetes-preserve-unknown-fields"):
        return value
    if isinstance(value, list):
        return [pruned(each, schema.get("items")) for each in value]
    if not isinstance(value, dict):
        return value
    known, more = schema.get("properties"), schema.get("additionalProperties")
    if known is None:
        inner = more if isinstance(more, dict) else None
        return {key: pruned(each, inner) for key, each in value.items()}
    return {key: pruned(each, known[key]) for key, each in value.items() if key in known}


def _plain(value: Any, schema: dict[str, Any], at: str) -> list[str]:
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f'{at}: Unsupported value: "{value}"')
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f'{at}: Invalid value: "{value}"')
    if isinstance(value, int) and value < schema.get("minimum", value):
        found.append(f"{at}: must be greater than or equal to {schema['minimum']}")
    return found


def _fields(value: dict[str, Any], schema: dict[str, Any], at: str) -> list[str]:
    found = [
        f"{at}.{name}: Required value" for name in schema.get("required", ()) if name not in value
    ]
    known, more = schema.get("properties"), schema.get("additionalProperties")
    if known is None and not isinstance(more, dict):
        return found
    for name, each in value.items():
        inner = (known or {}).get(name)
        if inner is None and isinstance(more, dict):
            inner = more
        if inner is not None:
            found += faults(each, inner, f"{at}.{name}")
        elif not schema.get("x-kubernetes-preserve-unknown-fields"):
            found.append(f'unknown field "{at.lstrip(".")}.{name}"')
    return found
