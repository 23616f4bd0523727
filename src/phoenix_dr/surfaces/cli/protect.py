"""`phoenix protect plan`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from phoenix_dr import codec
from phoenix_dr.app.context import Context
from phoenix_dr.app.protect import Protection, hand_over, protections
from phoenix_dr.core.vzdump import parameters
from phoenix_dr.render import approvals as shown_losses
from phoenix_dr.render import protect as shown
from phoenix_dr.render.handoff_readme import dry_run
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit, group
from phoenix_dr.surfaces.cli.session import session, view

protect = group("protect")


@command("plan", protect)
@click.argument("engine", required=False)
@click.option(
    "--handoff",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help=speech.t("option.handoff"),
)
def plan(engine: str | None, folder: Path | None) -> int:
    with session() as ctx:
        made = protections(ctx, engine)
        files = [
            hand_over(ctx, each, folder) if folder is not None and each.jobs else ()
            for each in made
        ]
        both = list(zip(made, files, strict=True))
        emit(
            lambda: [_form(each, paths) for each, paths in both],
            lambda: "\n".join(line for each in both for line in _text(ctx, *each)),
        )
    return 0


def _form(made: Protection, paths: tuple[Path, ...]) -> dict[str, object]:
    return {
        "engine": made.engine,
        "jobs": [{"id": job.id, **parameters(job)} for job in made.jobs],
        "changes": None if made.changes is None else [_change(each) for each in made.changes],
        "findings": codec.encode(made.findings),
        "losses": codec.encode(made.losses),
        "known": made.known,
        "unseen": list(made.unseen),
        "state": "prepared" if paths else None,
        "files": [str(path) for path in paths],
    }


def _change(change: object) -> dict[str, object]:
    job = getattr(change, "job", None) or getattr(change, "found", None)
    return {
        "change": type(change).__name__.lower(),
        "job": getattr(job, "id", None),
        "differs": list(getattr(change, "differs", ())),
    }


def _text(ctx: Context, made: Protection, paths: tuple[Path, ...]) -> Iterator[str]:
    seen = view(ctx)
    if not made.jobs:
        yield seen.say("protect.none", {"engine": made.engine})
    else:
        yield seen.safe(made.engine)
        yield from (f"  {line}" for line in shown.job_lines(made.jobs, seen))
        yield from (f"  {line}" for line in _effect(made, seen))
    if made.findings:
        yield seen.say("protect.findings")
        yield from (f"  {shown.finding_line(each, seen)}" for each in made.findings)
    if paths:
        yield from (seen.say("protect.prepared", {"path": str(path)}) for path in paths)
        names = ", ".join(job.id for job in made.jobs)
        facts = {"engine": made.engine, "jobs": names, "path": str(paths[0].parent)}
        yield seen.say("protect.next")
        yield seen.say("protect.request", facts)


def _effect(made: Protection, seen: View) -> Iterator[str]:
    """What changes there, and what the first run removes."""
    if made.changes is None:
        yield seen.say("protect.unseen")
    else:
        yield from (shown.change_line(each, seen) for each in made.changes)
    if made.losses:
        yield seen.say("protect.lost")
        yield from shown_losses.loss_lines(made.losses, seen)
    elif made.known:
        yield seen.say("protect.lost-nothing", {"count": made.known})
    if made.unseen and any(job.prunes for job in made.jobs):
        yield seen.say("protect.lost-unknown", {"guests": ", ".join(map(str, made.unseen))})
        yield from (f"  {dry_run(job)}" for job in made.jobs if job.prunes)
