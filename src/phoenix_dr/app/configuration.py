"""Questions about phoenix.yaml itself, for the surfaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from phoenix_dr import config
from phoenix_dr.config import CheckReport, Settings

UNDECIDED = "command-undecided"


def settings(environ: Mapping[str, str], *, config_file: str | None, state: str | None) -> Settings:
    """Where configuration and state lie, without reading either."""
    return config.settings(environ, config=config_file, state=state, language=None)


def check(found: Settings, *, start: Path) -> CheckReport:
    """Every fault of the file at once, and what this version does not do yet.

    A command asset that says no reason is a fault unless the ledger, or the decisions log of the
    project `start` or the file lies in, holds a choice. Raises LedgerError, UsageError for one
    that cannot be read.
    """
    report = config.check(found.config_path)
    asked = [note for note in report.notes if note.code == UNDECIDED]
    if not asked:
        return report
    from phoenix_dr.app.oss import memory_of, undecided

    held = memory_of(start, found.config_path.parent)
    ledger = found.state_dir / "ledger.db"
    faults = [
        note
        for note in asked
        if undecided(str(dict(note.parameters)["asset"]), ledger=ledger, held=held)
    ]
    notes = tuple(note for note in report.notes if note.code != UNDECIDED)
    problems = sorted((*report.problems, *faults), key=lambda each: (each.line, each.column))
    return replace(report, problems=tuple(problems), notes=notes)


def schema() -> dict[str, Any]:
    """The JSON schema of phoenix.yaml."""
    return config.schema()
