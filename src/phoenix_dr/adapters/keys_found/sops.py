"""Which keys open a file SOPS encrypted, from its metadata; YAML, JSON, dotenv and INI.

SOPS writes its metadata in the clear: under the key `sops` (YAML, JSON, binary), as `sops_…`
lines (dotenv) or in a section `[sops]` (INI), the last two flattened with `__list_N__map_`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from phoenix_dr.core.keys_found import SopsFile

RECIPIENT = re.compile(
    r"age1(?:[a-z0-9]{1,20}1)?[02-9ac-hj-np-z]{20,2200}|ssh-(?:ed25519|rsa) [\w+/]{40,1000}={0,2}"
)
"""An X25519, post-quantum or plug-in recipient of age, or an SSH key used as one."""
LONGEST_LINE = 4096
"""Letters; longer lines are values, never metadata, and would make a hostile file slow to read."""
NAMES = re.compile(r".*\.(ya?ml|json|env|ini|enc|sops|txt)|\.env(\..+)?", re.IGNORECASE)
OTHERS = ("pgp", "kms", "gcp_kms", "azure_kv", "hc_vault")
_YAML = re.compile(r"^sops:[ \t]*\r?\n((?:[ \t]+.*\r?\n?|\r?\n)*)", re.MULTILINE)
_YAML_OTHER = re.compile(
    r"^[ \t]+(?:-[ \t]+)?(?:fp|arn|resource_id|vault_url|vault_address):", re.MULTILINE
)
_YAML_AGE = re.compile(r"^[ \t]+(?:-[ \t]+)?recipient:[ \t]*(.+)$", re.MULTILINE)
_GROUPS = re.compile(r"^[ \t]+key_groups:[ \t]*(?!\[\])\S*$", re.MULTILINE)
_FLAT = re.compile(r"^(?:sops_)?(\w+?)__list_\d+__map_(\w+?)[ \t]*=[ \t]*(.*)$", re.MULTILINE)
_FLAT_OTHER = {"fp", "arn", "resource_id", "vault_url", "vault_address"}
SECTION = re.compile(r"^\[sops\][ \t]*\r?\n", re.MULTILINE)


def parse(path: str, text: str) -> SopsFile | None:
    """What opens this file; None when SOPS did not write it."""
    if '"sops"' in text and text.lstrip()[:1] == "{":
        return _json(path, text)
    text = "".join(x for x in text.splitlines(keepends=True) if len(x) <= LONGEST_LINE)
    if found := _YAML.search(text):
        return _yaml(path, found[1])
    if re.search(r"^sops_mac[ \t]*=", text, re.MULTILINE):
        return _flat(path, "\n".join(x for x in text.splitlines() if x.startswith("sops_")))
    if (section := SECTION.search(text)) and re.search(r"^mac[ \t]*=", text, re.MULTILINE):
        return _flat(path, text[section.end() :])
    return None


def recipients(text: str) -> tuple[str, ...]:
    """The age recipients a `.sops.yaml` names, comments left out."""
    kept = (line.partition("#")[0] for line in text.splitlines() if len(line) <= LONGEST_LINE)
    words = (word for line in kept for word in re.split(r"[\s,\"'\[\]]+", line))
    return tuple(dict.fromkeys(word for word in words if RECIPIENT.fullmatch(word)))


def _yaml(path: str, block: str) -> SopsFile | None:
    if not re.search(r"^[ \t]+mac:", block, re.MULTILINE):
        return None
    age = _known(value for value in _YAML_AGE.findall(block))
    return SopsFile(path, age, len(_YAML_OTHER.findall(block)), any_of=not _GROUPS.search(block))


def _json(path: str, text: str) -> SopsFile | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    block = found.get("sops") if isinstance(found, dict) else None
    if not isinstance(block, dict) or not isinstance(block.get("mac"), str):
        return None
    groups = block.get("key_groups") or ()
    parts = [block, *(each for each in groups if isinstance(each, dict))]
    age = _known(str(each.get("recipient", "")) for part in parts for each in _rows(part, "age"))
    others = sum(len(_rows(part, name)) for part in parts for name in OTHERS)
    return SopsFile(path, age, others, any_of=not groups)


def _rows(block: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = block.get(name)
    return [each for each in rows if isinstance(each, dict)] if isinstance(rows, list) else []


def _flat(path: str, text: str) -> SopsFile:
    found = _FLAT.findall(text)
    rows = [(field.rpartition("__map_")[2], value) for _, field, value in found]
    age = _known(value for field, value in rows if field == "recipient")
    others = sum(field in _FLAT_OTHER for field, _ in rows)
    return SopsFile(path, age, others, any_of="key_groups__list_" not in text)


def _known(values: Iterable[str]) -> tuple[str, ...]:
    stripped = (value.strip().strip("\"'") for value in values)
    return tuple(dict.fromkeys(each for each in stripped if RECIPIENT.fullmatch(each)))
