"""The only reader of phoenix.yaml and of the environment.

Checking the file needs pydantic and a YAML parser: they are imported when it is read, not before.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phoenix_dr.config.paths import Settings, home_of, require_safe, settings
from phoenix_dr.core.model import Estate
from phoenix_dr.errors import Problem

__all__ = [
    "CheckReport", "Settings", "append", "assign", "check", "load", "remove", "require_safe",
    "schema", "settings",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Faults that keep the file from being used, and notes: what is left to do, ours or yours."""

    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]


def load(path: Path, *, home: Path | None = None) -> Estate:
    """The estate of a file. Raises ConfigError: unsafe, missing, or with every fault at once."""
    from phoenix_dr.config import reading

    require_safe(path)
    return reading.load(path, home or home_of(os.environ))


def check(path: Path) -> CheckReport:
    """Every fault and note of a file. Raises ConfigError when it cannot be read at all."""
    from phoenix_dr.config import reading

    require_safe(path)
    return CheckReport(*reading.check(path))


def schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of phoenix.yaml, for editors."""
    from phoenix_dr.config.editor_schema import json_schema

    return json_schema()


def assign(path: Path, key: tuple[str | int, ...], value: object) -> None:
    """Set the value at a key path, all other text kept. Raises ConfigError and changes nothing."""
    from phoenix_dr.config import edit

    require_safe(path)
    edit.rewrite(path, lambda text: edit.assigned(text, key, value))


def append(path: Path, key: tuple[str | int, ...], item: object) -> None:
    """Add an item to the list at a key path, made when missing. Raises ConfigError like assign."""
    from phoenix_dr.config import edit

    require_safe(path)
    edit.rewrite(path, lambda text: edit.appended(text, key, item))


def remove(path: Path, key: tuple[str | int, ...]) -> None:
    """Take away the entry or item at a key path. Raises ConfigError like assign."""
    from phoenix_dr.config import edit

    require_safe(path)
    edit.rewrite(path, lambda text: edit.removed(text, key))
