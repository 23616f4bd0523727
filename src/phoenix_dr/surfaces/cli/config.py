"""`phoenix config check|schema`."""

from __future__ import annotations

import json
import os

import click

from phoenix_dr import codec
from phoenix_dr import config as configuration
from phoenix_dr.render.errors import problem
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit, group, invocation

config = group("config")


@command("check", config)
def check() -> int:
    given = invocation()
    settings = configuration.settings(
        os.environ, config=given.config, state=given.state, language=None
    )
    report = configuration.check(settings.config_path)

    def text() -> str:
        lines = [problem(each, speech.language()) for each in (*report.problems, *report.notes)]
        code = "cli.config.bad" if report.problems else "cli.config.good"
        counts = {"path": str(settings.config_path), "problems": len(report.problems)}
        return "\n".join([*lines, speech.t(code, notes=len(report.notes), **counts)])

    emit(lambda: codec.encode(report), text)
    return 2 if report.problems else 0


@command("schema", config)
def schema() -> int:
    click.echo(json.dumps(configuration.schema(), ensure_ascii=False, indent=2))
    return 0
