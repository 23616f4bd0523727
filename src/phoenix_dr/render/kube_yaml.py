"""Objects of Kubernetes as YAML text: mappings, lists and scalars, nothing that reads twice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._/-]*", re.ASCII)
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def documents(objects: Iterable[Mapping[str, object]], *, head: str) -> str:
    """A file of objects below a comment of one line."""
    return f"# {head}\n" + "---\n".join("\n".join(lines(each)) + "\n" for each in objects)


def kustomization(resources: Iterable[str]) -> Mapping[str, object]:
    """The index of a kustomize folder."""
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(resources),
    }


def lines(value: object, lead: str = "") -> Iterator[str]:
    """One value, a line each; texts quoted where they could be misread."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if isinstance(each, Mapping | list) and each:
                yield f"{lead}{_scalar(key)}:"
                yield from lines(each, lead + "  ")
            else:
                yield f"{lead}{_scalar(key)}: {_scalar(each)}"
    elif isinstance(value, list):
        for each in value:
            yield from _item(each, lead)


def _item(value: object, lead: str) -> Iterator[str]:
    if not isinstance(value, Mapping | list):
        yield f"{lead}- {_scalar(value)}"
        return
    inner = list(lines(value, lead + "  "))
    yield from (f"{lead}- {inner[0].lstrip()}", *inner[1:])


def _scalar(value: object) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
