"""`phoenix generate timers|cron|actions`: one schedule in three forms, handed over to Flow."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit
from phoenix_dr.surfaces.cli.start import generate

AnyFunction = Callable[..., Any]


def _options(folder: str) -> Callable[[AnyFunction], AnyFunction]:
    """What the three commands share."""

    def add(function: AnyFunction) -> AnyFunction:
        for option in reversed(
            (
                click.option(
                    "--output",
                    type=click.Path(path_type=Path, file_okay=False),
                    default=Path(folder),
                    show_default=True,
                    metavar="DIR",
                    help=speech.t("option.output"),
                ),
                click.option(
                    "--handoff",
                    type=click.Path(path_type=Path, file_okay=False),
                    metavar="DIR",
                    help=speech.t("option.flow-handoff"),
                ),
                click.option("--program", metavar="PATH", help=speech.t("option.program")),
                click.option(
                    "--textfile",
                    type=click.Path(path_type=Path, dir_okay=False),
                    metavar="FILE",
                    help=speech.t("option.flow-textfile"),
                ),
                click.option("--expiry", is_flag=True, help=speech.t("option.flow-expiry")),
            )
        ):
            function = option(function)
        return function

    return add


@command("timers", generate)
@_options("units")
@click.option("--crontab", is_flag=True, help=speech.t("option.crontab"))
def timers(crontab: bool, **asked: Any) -> int:
    if not crontab:
        return _generate("timers", asked)
    from phoenix_dr.app.flow import crontab_text
    from phoenix_dr.surfaces.cli.session import session

    with session() as ctx:
        click.echo(crontab_text(ctx, program=asked["program"] or _ourselves()), nl=False)
    return 0


@command("cron", generate)
@_options("cron")
def cron(**asked: Any) -> int:
    return _generate("cron", asked)


@command("actions", generate)
@_options("workflows")
@click.option(
    "--runner",
    "labels",
    multiple=True,
    default=("phoenix",),
    show_default=True,
    metavar="LABEL",
    help=speech.t("option.flow-runner"),
)
def actions(**asked: Any) -> int:
    return _generate("actions", asked)


def _generate(form: str, asked: Mapping[str, Any]) -> int:
    from phoenix_dr.app.flow import Wanted, make
    from phoenix_dr.core.flow import Form
    from phoenix_dr.core.regular_work import Wishes
    from phoenix_dr.surfaces.cli.flow_shown import shown
    from phoenix_dr.surfaces.cli.session import session

    textfile = asked["textfile"]
    wishes = Wishes(str(textfile.absolute()) if textfile else None, asked["expiry"])
    program = asked["program"] or _ourselves()
    wanted = Wanted(Form(form), program, wishes, asked.get("labels", ()))
    with session() as ctx:
        made = make(ctx, wanted)
        told = shown(ctx, made, output=asked["output"], handoff=asked["handoff"])
        emit(lambda: told.form, lambda: "\n".join(told.lines))
    return 0 if made.ok else 3


def _ourselves() -> str:
    """The program this was started as; for `python -m phoenix_dr` the one beside that Python."""
    if Path(sys.argv[0]).name != "__main__.py":
        return sys.argv[0]
    return str(Path(sys.executable).with_name("phoenix"))
