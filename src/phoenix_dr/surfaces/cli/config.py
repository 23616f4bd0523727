"""`phoenix config check|schema`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from phoenix_dr import codec
from phoenix_dr.app import configuration
from phoenix_dr.render.errors import problem
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit, group, invocation

config = group("config")


@command("check", config)
def check() -> int:
    given = invocation()
    settings = configuration.settings(given.environ, config_file=given.config, state=given.state)
    report = configuration.check(settings, start=Path.cwd())
    # A TODO is not wrong, but nothing runs before it is filled in.
    todo = [note for note in report.notes if note.code == "todo"]
    unusable = bool(report.problems or todo)

    def text() -> str:
        lines = [problem(each, speech.language()) for each in (*report.problems, *report.notes)]
        code = "cli.config.bad" if unusable else "cli.config.good"
        path, notes = str(settings.config_path), len(report.notes)
        problems = len(report.problems) + len(todo)
        last = speech.t(code, path=path, problems=problems, notes=notes - len(todo))
        return "\n".join([*lines, last])

    emit(lambda: codec.encode(report), text)
    return 2 if unusable else 0


@command("schema", config)
def schema() -> int:
    click.echo(json.dumps(configuration.schema(), ensure_ascii=False, indent=2))
    return 0
