"""`phoenix config check|schema`."""

from __future__ import annotations

import json

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
    report = configuration.check(settings)

    def text() -> str:
        lines = [problem(each, speech.language()) for each in (*report.problems, *report.notes)]
        code = "cli.config.bad" if report.problems else "cli.config.good"
        path, problems = str(settings.config_path), len(report.problems)
        last = speech.t(code, path=path, problems=problems, notes=len(report.notes))
        return "\n".join([*lines, last])

    emit(lambda: codec.encode(report), text)
    return 2 if report.problems else 0


@command("schema", config)
def schema() -> int:
    click.echo(json.dumps(configuration.schema(), ensure_ascii=False, indent=2))
    return 0
