"""[PM]: the round table, held over the last audit; the user decides, the decision is logged."""

from __future__ import annotations

from phoenix_dr.app.audit import last_audit
from phoenix_dr.app.project import Project, decide, roster
from phoenix_dr.app.table import table_facts
from phoenix_dr.core.round_table import round_table
from phoenix_dr.render.round_table import lines
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.menu_talk import heard, say
from phoenix_dr.surfaces.cli.session import session, view

EXITS = frozenset({"", "*exit", "exit", "quit", "goodbye", "end party", "quitter", "au revoir"})
"""What ends the table with nothing decided."""


def hold(here: Project | None, *, logs: bool = True) -> str:
    """Say what each sibling sees, ask for a decision and log it; what was decided, "" for none.

    Without `logs` it ends before the question. Raises UsageError while there was no audit.
    """
    with session(keeps=logs) as ctx:
        report = last_audit(ctx.settings.state_dir)
        speeches = round_table(report, table_facts(ctx))
        seen, now = view(ctx), ctx.now()
    workflow = here.workflow() if here else None
    if workflow is not None:
        say(speech.t("table.workflow", path=str(workflow)))
    elif here is not None:
        say(speech.t("table.no-workflow"))
    names = roster(here.root) if here else {}
    say("\n".join(lines(report, speeches, names, seen)))
    if not logs:
        return ""
    said = (heard(speech.t("table.decide")) or "").strip()
    if said.casefold() in EXITS:
        return ""
    if here is None or here.memory is None:
        say(speech.t("table.no-project"))
        return said
    panel = tuple(each.who.capitalize() for each in speeches if each.who != "you")
    decide(here.memory, said, now=now.astimezone(seen.zone), panel=panel)
    say(speech.t("table.logged"))
    return said
