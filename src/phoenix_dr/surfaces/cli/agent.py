"""`phoenix agent export|import`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from phoenix_dr.errors import UsageError
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit, group, invocation

if TYPE_CHECKING:
    from phoenix_dr.app.agent import Judged
    from phoenix_dr.app.agent_export import Installed, Put
    from phoenix_dr.app.context import Context

agent = group("agent")


@command("export", agent)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=speech.t("option.agent-output"),
)
@click.option("--install", is_flag=True, help=speech.t("option.agent-install"))
@click.option("--replace", is_flag=True, help=speech.t("option.agent-replace"))
@click.option(
    "--without",
    multiple=True,
    type=click.Choice(("proxmox", "cluster")),
    help=speech.t("option.agent-without"),
)
def export(output: Path | None, install: bool, replace: bool, without: tuple[str, ...]) -> int:
    from phoenix_dr.app import agent_export
    from phoenix_dr.surfaces.cli.session import session

    if install and output is not None:
        raise UsageError("agent-two-places")
    here = Path.cwd()
    with session(keeps=False) as ctx:
        text = agent_export.made(ctx, start=here, without=frozenset(without))
        if install:
            done = agent_export.install(ctx, text, start=here, replace=replace)
            return _said(ctx, done.put, done)
        if output is not None:
            return _said(ctx, agent_export.put(output, text, replace=replace, at=ctx.now()), None)
    # What goes into a file by a shell must be the file, to the last byte.
    if invocation().as_json:
        emit(lambda: {"characters": len(text), "text": text}, str)
    else:
        click.echo(text, nl=False)
    return 0


def _said(ctx: Context, put: Put, done: Installed | None) -> int:
    """What was written, and that it was read again and judged."""
    found = _judged(ctx, put.path)
    form: dict[str, Any] = {
        "path": str(put.path), "changed": put.changed, "covered": found.covered,
        "aside": str(put.aside) if put.aside else None,
        "manifest": done.manifest.value if done else None,
        "changelog": done.changelog if done else None,
    }  # fmt: skip
    emit(lambda: form, lambda: "\n".join(_lines(put, done, found)))
    return 0 if found.covered else 3


def _lines(put: Put, done: Installed | None, found: Judged) -> Iterator[str]:
    if put.aside:
        yield speech.t("agent.aside", path=str(put.aside))
    yield speech.t("agent.written" if put.changed else "agent.unchanged", path=str(put.path))
    if done is not None:
        yield speech.t(f"agent.manifest.{done.manifest}")
        if done.changelog:
            yield speech.t("agent.logged")
    yield speech.t("agent.covered" if found.covered else "agent.not-covered", path=str(put.path))


@command("import", agent)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
def import_(file: Path) -> int:
    from phoenix_dr import codec
    from phoenix_dr.render import agent_check
    from phoenix_dr.surfaces.cli.session import session, view

    with session(keeps=False) as ctx:
        found = _judged(ctx, file)
        seen = view(ctx)
        emit(
            lambda: {"name": found.agent.name, "covered": found.covered,
                     "parts": [codec.encode(row) for row in found.rows]},
            lambda: "\n".join(agent_check.lines(found.rows, seen)),
        )  # fmt: skip
    return 0 if found.covered else 3


def _judged(ctx: Context, file: Path) -> Judged:
    from phoenix_dr.app.agent import judge
    from phoenix_dr.surfaces.cli.agent_commands import is_ours

    return judge(ctx, file, start=Path.cwd(), is_ours=is_ours)
