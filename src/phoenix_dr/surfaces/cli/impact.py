"""The look at a project's dependencies that goes before every change of backups or retention."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from phoenix_dr import codec
from phoenix_dr.app.context import Context
from phoenix_dr.app.impact import Change, note_contradictions, reach
from phoenix_dr.app.learnings import learn_failures, newest_row
from phoenix_dr.errors import EngineError, PhoenixError
from phoenix_dr.render.impact import contradiction_lines, impact_lines
from phoenix_dr.surfaces.cli.base import invocation, report_error
from phoenix_dr.surfaces.cli.session import view


def look(ctx: Context, change: Change) -> dict[str, Any]:
    """Say what a change reaches; `{"impact": …}` for the JSON, empty outside a project.

    Writes nothing. The lines go to stderr when JSON was asked for. A memory nobody can read is
    said, and stops nothing: no backup may wait for a note about it.
    """
    try:
        found = reach(ctx, change, start=Path.cwd())
    except PhoenixError as error:
        report_error(error)
        return {}
    if found is None:
        return {}
    seen = view(ctx)
    lines = [*impact_lines(found, seen), *contradiction_lines(found, seen)]
    click.echo("\n".join(lines), err=invocation().as_json)
    return {"impact": codec.encode(found)}


@contextmanager
def changing(ctx: Context, change: Change) -> Iterator[dict[str, Any]]:
    """Around a change: its impact before, then what failed is learnt and contradictions noted."""
    touched = look(ctx, change)
    with learning(ctx, change):
        yield touched
    note(ctx)


@contextmanager
def learning(ctx: Context, change: Change) -> Iterator[None]:
    """Leave what fails within in the project's memory; what was refused or not signed is none."""
    start = Path.cwd()
    since = newest_row(ctx, start=start)
    try:
        yield
    except EngineError as error:
        code = error.code
        kept(lambda: learn_failures(ctx, change.engines, start=start, since=since, stopped=code))
        raise
    kept(lambda: learn_failures(ctx, change.engines, start=start, since=since))


def note(ctx: Context) -> None:
    """Note contradictions in the project's memory; one that cannot be written stops nothing."""
    kept(lambda: note_contradictions(ctx, start=Path.cwd()))


def kept(write: Callable[[], object]) -> None:
    """Write into a project's memory; one that cannot be written is said, and changes no verdict."""
    try:
        write()
    except PhoenixError as error:
        report_error(error)
