"""Who works in a BMAD or Grimoire project, from the manifest of its agents."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from phoenix_dr.adapters.project_memory.files import HOMES

MANIFEST = "_config/agent-manifest.csv"
LARGEST = 1 << 20
MOST = 200
"""Agents that are read."""


def roster(root: Path) -> dict[str, str]:
    """How a project shows its agents, by their name in small letters: `forge` is `⚙️ Forge`.

    Empty when there is no manifest, or none that can be read.
    """
    for home in HOMES:
        path = root / home / MANIFEST
        try:
            if path.stat().st_size > LARGEST:
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        return dict(_named(text))
    return {}


def _named(text: str) -> Iterator[tuple[str, str]]:
    try:
        for number, row in enumerate(csv.DictReader(io.StringIO(text))):
            if number == MOST:
                return
            name = str(row.get("displayName") or "").strip()
            if name:
                icon = str(row.get("icon") or "").strip()
                yield name.lower(), f"{icon} {name}".strip()
    except csv.Error:
        return
