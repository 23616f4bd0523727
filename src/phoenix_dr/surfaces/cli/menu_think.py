"""[THINK] at the menu: ways put side by side, the user decides, the decision is logged."""

from __future__ import annotations

from phoenix_dr.app.audit import last_audit
from phoenix_dr.app.project import decide_between
from phoenix_dr.core.reply import cut
from phoenix_dr.core.thinking import think
from phoenix_dr.render.thinking import lines, named
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.menu_talk import Talk, heard, say
from phoenix_dr.surfaces.cli.session import session, view


def weigh(talk: Talk) -> None:
    """Show the ways, take one number, log it with what was refused; nothing without a number.

    Raises UsageError while there was no audit.
    """
    with session(keeps=False) as ctx:
        thought, seen = think(last_audit(ctx.settings.state_dir)), view(ctx)
        now, zone = ctx.now(), seen.zone
    say(cut("\n".join(lines(thought, seen))))
    said = heard(speech.t("think.which")) or ""
    number = int(said) if said.strip().isdecimal() else 0
    if not 1 <= number <= len(thought.options):
        say(speech.t("think.none"))
        return
    ways = [named(option, seen) for option in thought.options]
    chosen = ways.pop(number - 1)
    memory = talk.project.memory if talk.project else None
    if memory is None:
        say(speech.t("table.no-project"))
        return
    why = heard(speech.t("think.why")) or ""
    decide_between(memory, chosen, why=why or speech.t("think.no-why"), refused=tuple(ways),
                   day=now.astimezone(zone).date())  # fmt: skip
    talk.done.append(f"[THINK] {chosen}")
    say(speech.t("table.logged"))
