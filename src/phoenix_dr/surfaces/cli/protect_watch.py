"""With jobs handed over in a project, Hawk is asked to watch their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from phoenix_dr.app.alerts import write_alerts
from phoenix_dr.app.context import Context
from phoenix_dr.app.hawk import ask
from phoenix_dr.app.project import memory_at
from phoenix_dr.core.alerts import alerts
from phoenix_dr.errors import PhoenixError
from phoenix_dr.surfaces.cli import alerts_shown
from phoenix_dr.surfaces.cli.base import report_error

FOLDER = "hawk"
LASTS = timedelta(hours=1)
"""How long an alert must hold; the usual of `phoenix generate alerts`."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What to show of it; empty outside a project."""

    form: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = ()


def watch(ctx: Context, folder: Path, *, start: Path) -> Watched:
    """Write the alerts below FOLDER/hawk and ask Hawk to load them; nothing outside a project.

    Alerts that cannot be written are said, and take nothing from what was handed over.
    """
    if memory_at(start) is None:
        return Watched()
    wanted = alerts(lasts=LASTS)
    try:
        made = write_alerts(ctx, folder / FOLDER, wanted)
        asked = ask(ctx, folder / FOLDER, made, wanted)
    except PhoenixError as error:
        report_error(error)
        return Watched()
    told = {"alerts": alerts_shown.form(made, asked)}
    return Watched(told, tuple(alerts_shown.lines(made, asked)))
