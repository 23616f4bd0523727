"""The only reader of phoenix.yaml and of the environment.

Checking the file needs pydantic and a YAML parser: they are imported when it is read, not before.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phoenix_dr.config.paths import Settings, require_safe, settings
from phoenix_dr.core.model import Estate
from phoenix_dr.errors import Problem

__all__ = ["CheckReport", "Settings", "check", "load", "require_safe", "schema", "settings"]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Faults that keep the file from being used, and notes on what is not done yet."""

    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]


def load(path: Path) -> Estate:
    """The estate of a file. Raises ConfigError: unsafe, missing, or with every fault at once."""
    from phoenix_dr.config import reading

    require_safe(path)
    return reading.load(path)


def check(path: Path) -> CheckReport:
    """Every fault and note of a file. Raises ConfigError when it cannot be read at all."""
    from phoenix_dr.config import reading

    require_safe(path)
    return CheckReport(*reading.check(path))


def schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of phoenix.yaml, for editors."""
    from phoenix_dr.config.shapes import json_schema

    return json_schema()
