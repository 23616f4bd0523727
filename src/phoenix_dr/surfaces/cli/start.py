"""`phoenix init`, `phoenix generate alerts|k3s`, `phoenix completion`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from phoenix_dr.errors import UsageError
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit, group

SHELLS = ("bash", "zsh", "fish")


@command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> int:
    from click.shell_completion import get_completion_class

    from phoenix_dr.surfaces.cli.main import build

    found = get_completion_class(shell)
    if found is not None:
        click.echo(found(build(), {}, "phoenix", "_PHOENIX_COMPLETE").source())
    return 0


@command("init")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("phoenix.yaml"),
    show_default=True,
    metavar="FILE",
    help=speech.t("option.output"),
)
@click.option("--defaults", is_flag=True, help=speech.t("option.defaults"))
def init(output: Path, defaults: bool) -> int:
    from phoenix_dr.app.context import utc_now
    from phoenix_dr.app.start import write_estate

    if output.exists():
        raise UsageError("file-exists", path=str(output))
    # Started without a standard input there is not even one to ask about.
    asks = not defaults and sys.stdin is not None and sys.stdin.isatty()
    answers = _ask() if asks else {}
    made = write_estate(
        output.absolute(), language=speech.language(), today=utc_now().date(), answers=answers
    )
    bound = speech.t("cli.init.whole" if made.whole else "cli.init.cut")
    emit(
        lambda: {
            "path": str(made.path),
            "found": made.found,
            "whole": made.whole,
            "todo": made.todo,
        },
        lambda: (
            speech.t("cli.init.found", count=made.found, bound=bound)
            + "\n"
            + speech.t("cli.init.wrote", path=str(made.path), todo=made.todo)
        ),
    )
    return 0


def _ask() -> dict[str, str]:
    site = click.prompt(speech.t("cli.ask.site"), default="home", err=True)
    return {"site": site} if re.fullmatch(r"[^\W\d_][\w-]*", site) else {}


generate = group("generate")


@command("alerts", generate)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("alerts"),
    show_default=True,
    metavar="DIR",
    help=speech.t("option.output"),
)
@click.option(
    "--for",
    "hours",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    metavar="HOURS",
    help=speech.t("option.alerts-for"),
)
def alerts(output: Path, hours: float) -> int:
    from datetime import timedelta

    from phoenix_dr.app.alerts import write_alerts
    from phoenix_dr.app.hawk import ask
    from phoenix_dr.core.alerts import alerts as wanted
    from phoenix_dr.surfaces.cli import alerts_shown
    from phoenix_dr.surfaces.cli.session import session

    with session() as ctx:
        found = wanted(lasts=timedelta(hours=hours))
        made = write_alerts(ctx, output, found)
        asked = ask(ctx, output, made, found)
    emit(lambda: alerts_shown.form(made, asked), lambda: "\n".join(alerts_shown.lines(made, asked)))
    return 0 if all(one.ok for one in made) else 3


@command("k3s", generate)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("phoenix-etcd-snapshots.yaml"),
    show_default=True,
    metavar="FILE",
    help=speech.t("option.output"),
)
@click.option("--asset", metavar="SERVICE/NAME", help=speech.t("option.k3s-asset"))
@click.option("--s3-secret", metavar="NAME", default="", help=speech.t("option.s3-secret"))
def k3s(output: Path, asset: str | None, s3_secret: str) -> int:
    from phoenix_dr.app.k3s_config import write_snapshots
    from phoenix_dr.render.k3s_config import loses
    from phoenix_dr.surfaces.cli.session import session

    with session() as ctx:
        made = write_snapshots(ctx, output, asset=asset, secret=s3_secret)
    plan = made.plan
    facts: dict[str, str | int] = {"cron": plan.cron, "retention": plan.retention}
    said = [speech.t("k3s.written", path=str(made.path), **facts)]
    if plan.present is None:
        said.append(speech.t("k3s.config.unread"))
    elif fewer := loses(plan):
        parts = {"present": plan.present, "retention": plan.retention, "fewer": fewer}
        said.append(speech.t("k3s.config.loses", **parts))
    said.append(speech.t("k3s.next"))
    emit(
        lambda: {
            "path": str(made.path),
            "asset": plan.asset,
            **facts,
            "present": plan.present,
            "loses": None if plan.present is None else loses(plan),
            "secret": plan.secret or None,
        },
        lambda: "\n".join(said),
    )
    return 0


# The three forms of the schedule declare themselves in the group.
from phoenix_dr.surfaces.cli import generate_flow  # noqa: E402, F401
