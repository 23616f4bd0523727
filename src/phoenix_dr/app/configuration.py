"""Questions about phoenix.yaml itself, for the surfaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from phoenix_dr import config
from phoenix_dr.config import CheckReport, Settings


def settings(environ: Mapping[str, str], *, config_file: str | None, state: str | None) -> Settings:
    """Where configuration and state lie, without reading either."""
    return config.settings(environ, config=config_file, state=state, language=None)


def check(found: Settings) -> CheckReport:
    """Every fault of the file at once, and what this version does not do yet."""
    return config.check(found.config_path)


def schema() -> dict[str, Any]:
    """The JSON schema of phoenix.yaml."""
    return config.schema()
