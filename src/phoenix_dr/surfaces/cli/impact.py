"""The look at a project's dependencies that goes before every change of backups or retention."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import click

from phoenix_dr import codec
from phoenix_dr.app.context import Context
from phoenix_dr.app.impact import note_contradictions, reach
from phoenix_dr.errors import PhoenixError
from phoenix_dr.render.impact import contradiction_lines, impact_lines
from phoenix_dr.surfaces.cli.base import invocation, report_error
from phoenix_dr.surfaces.cli.session import view


def look(ctx: Context, engines: Collection[str], *, changes: bool = False) -> dict[str, Any]:
    """Say what a change of these engines reaches; `{"impact": …}` for the JSON, empty outside a
    project.

    With `changes` it goes before a change: contradictions are noted in the project's memory. The
    lines go to stderr when JSON was asked for. A memory nobody can read or write is said, and
    stops nothing: no backup may wait for a note about it.
    """
    start = Path.cwd()
    try:
        found = reach(ctx, engines, start=start)
        if changes:
            note_contradictions(ctx, found, start=start)
    except PhoenixError as error:
        report_error(error)
        return {}
    if found is None:
        return {}
    seen = view(ctx)
    lines = [*impact_lines(found, seen), *contradiction_lines(found, seen)]
    click.echo("\n".join(lines), err=invocation().as_json)
    return {"impact": codec.encode(found)}
