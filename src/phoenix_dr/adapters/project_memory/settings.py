"""Who a BMAD or Grimoire project is for and which language it speaks, from its own files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phoenix_dr.adapters._yaml import read
from phoenix_dr.adapters.project_memory.files import HOMES, MEMORY
from phoenix_dr.errors import EngineError, UsageError

LARGEST = 1 << 20
NAME, TALK, WRITE = "user_name", "communication_language", "document_output_language"
LANGUAGES = {"fr": "fr", "fran": "fr", "en": "en", "angl": "en"}
"""How the names of languages begin, and which of ours they are."""


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """What the project says of the person and of languages (`fr`, `en`, "" for any other)."""

    path: Path
    user: str
    language: str
    documents: str


def settings(root: Path) -> ProjectSettings:
    """The settings of a project, its core configuration first, then its memory's.

    Raises UsageError (project-unconfigured) naming both when neither can be read.
    """
    asked = [
        path
        for home in HOMES
        if (root / home).is_dir()
        for path in (root / home / "core" / "config.yaml", root / home / MEMORY / "config.yaml")
    ]
    for path in asked:
        told = _told(path)
        if told:
            talk = _language(told.get(TALK))
            return ProjectSettings(
                path=path,
                user=str(told.get(NAME) or "").strip(),
                language=talk,
                documents=_language(told.get(WRITE)) or talk,
            )
    raise UsageError("project-unconfigured", paths=", ".join(map(str, asked)))


def _told(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > LARGEST:
            return {}
        found = read(path.read_text(encoding="utf-8", errors="replace"))
    except (OSError, EngineError):
        return {}
    return found


def _language(said: object) -> str:
    plain = str(said or "").strip().lower()
    return next((code for begin, code in LANGUAGES.items() if plain.startswith(begin)), "")
