"""`phoenix protect plan|apply`: jobs and schedules of engines that copy by themselves."""

from __future__ import annotations

from pathlib import Path

import click

from phoenix_dr.app.context import Context
from phoenix_dr.app.impact import Change
from phoenix_dr.app.protect_ceiling import engine_of, engines_of
from phoenix_dr.core.request_lines import SECTION
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit, group
from phoenix_dr.surfaces.cli.impact import changing, look
from phoenix_dr.surfaces.cli.progress import Bars
from phoenix_dr.surfaces.cli.protect_kinds import PLANNERS, Planned, applier, planner
from phoenix_dr.surfaces.cli.protect_watch import Watched, watch
from phoenix_dr.surfaces.cli.session import session

protect = group("protect")
HEADING = f"## {SECTION}"
LEAST = 8
HEX = frozenset("0123456789abcdefABCDEF")


@command("plan", protect)
@click.argument("engine", required=False)
@click.option(
    "--handoff",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help=speech.t("option.handoff"),
)
@click.option("--offline", is_flag=True, help=speech.t("option.offline"))
def plan(engine: str | None, folder: Path | None, offline: bool) -> int:
    with session() as ctx:
        kinds = {name: ctx.estate.engines[name].kind for name in engines_of(ctx, engine, PLANNERS)}
        touched = look(ctx, Change(tuple(kinds)))
        made = [planner(kind)(ctx, name, folder, offline=offline) for name, kind in kinds.items()]
        for name, each in zip(kinds, made, strict=True):
            _remember(ctx, name, each, handed=folder is not None)
        handed = folder is not None and any(each.form["files"] for each in made)
        watched = (
            watch(ctx, folder, start=Path.cwd()) if folder is not None and handed else Watched()
        )
        emit(
            lambda: [{**each.form, **touched, **watched.form} for each in made],
            lambda: "\n".join((*(line for each in made for line in each.lines), *watched.lines)),
        )
    return 0 if all(each.whole for each in made) else 3


def _remember(ctx: Context, engine: str, made: Planned, *, handed: bool) -> None:
    """In a project's memory: ask the sibling with a handover, check it off once it is done."""
    from phoenix_dr.app import project_requests
    from phoenix_dr.core.request_lines import requests

    asked = requests("\n".join((HEADING, *made.lines))) if handed else ()
    for request in asked:
        project_requests.ask(ctx, engine, request, start=Path.cwd())
    if made.form.get("handoff") == "verified":
        project_requests.served(ctx, engine, start=Path.cwd())


@command("apply", protect)
@click.argument("engine", required=False)
@click.argument("digest", required=False, metavar="[DIGEST]")
@click.option("--now", is_flag=True, help=speech.t("option.save-now"))
def apply(engine: str | None, digest: str | None, now: bool) -> int:
    with Bars() as bars, session(watch=bars.watch) as ctx:
        if digest is None and engine not in (None, *ctx.estate.engines) and _is_digest(engine):
            engine, digest = None, engine
        name = engine_of(ctx, engine, digest, kinds=PLANNERS)
        with changing(ctx, Change((name,))) as touched:
            made = applier(ctx.estate.engines[name].kind)(ctx, name, digest, now=now)
        bars.clear()
        emit(lambda: {**made.form, **touched}, lambda: "\n".join(made.lines))
    return made.code


def _is_digest(word: str | None) -> bool:
    return word is not None and len(word) >= LEAST and HEX.issuperset(word)
