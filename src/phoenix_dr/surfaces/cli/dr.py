"""`phoenix dr plan`."""

from __future__ import annotations

from pathlib import Path

import click

from phoenix_dr import codec
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit, group
from phoenix_dr.surfaces.cli.progress import Bars
from phoenix_dr.surfaces.cli.session import session, view

dr = group("dr")
FILE = "disaster-recovery-plan.md"


@command("plan", dr)
@click.option("--no-save", is_flag=True, help=speech.t("option.no-save"))
@click.option("--show", is_flag=True, help=speech.t("option.show"))
def plan(no_save: bool, show: bool) -> int:
    from phoenix_dr.app import backup, recovery
    from phoenix_dr.app.audit import judge
    from phoenix_dr.app.files import write_atomically
    from phoenix_dr.app.observe import observe
    from phoenix_dr.app.plan_state import remember_plan
    from phoenix_dr.render import recovery_plan

    with Bars() as bars, session(watch=bars.watch) as ctx:
        made = recovery.plan(ctx, judge(ctx, observe(ctx)))
        path = Path(ctx.estate.documents) / FILE
        existing = path.read_text(encoding="utf-8") if path.is_file() else ""
        text = recovery_plan.update(existing, made, view=view(ctx))
        if show:
            emit(lambda: codec.encode(made), lambda: text.rstrip("\n"))
            return 0
        write_atomically(path, text, mode=0o644)
        remember_plan(ctx, at=made.made_at)
        saved = None if no_save else backup.backup(ctx, ("phoenix",))
        bars.clear()
        emit(
            lambda: codec.encode(made) | {"path": str(path)},
            lambda: f"  {path}\n  {recovery_plan.summary(made, view(ctx))}",
        )
        if saved is not None:
            _say_saved(saved.is_whole)
    return 0 if saved is None or saved.is_whole else 3


def _say_saved(whole: bool) -> None:
    code = "cli.plan-saved" if whole else "cli.plan-not-saved"
    click.echo(f"  {speech.t(code)}", err=True)
