"""[PM]: the round table, held over the last audit; the user decides, the decision is logged."""

from __future__ import annotations

import click

from phoenix_dr.app.audit import last_audit
from phoenix_dr.app.project import Project, decide
from phoenix_dr.core.round_table import round_table
from phoenix_dr.render.round_table import lines
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.session import session, view


def hold(here: Project | None) -> str:
    """Say what each sibling sees, ask for a decision and log it; what was decided, "" for none.

    Raises UsageError while there was no audit.
    """
    with session() as ctx:
        report = last_audit(ctx.settings.state_dir)
        seen, now = view(ctx), ctx.now()
        workflow = here.workflow() if here else None
        if workflow is not None:
            click.echo(speech.t("table.workflow", path=str(workflow)))
        click.echo("\n".join(lines(report, seen)))
    said = str(click.prompt(speech.t("table.decide"), default="", show_default=False)).strip()
    if not said:
        return ""
    if here is None or here.memory is None:
        click.echo(speech.t("table.no-project"))
        return said
    panel = tuple(each.who.capitalize() for each in round_table(report) if each.who != "you")
    decide(here.memory, said, now=now.astimezone(), panel=panel)
    click.echo(speech.t("table.logged"))
    return said
