"""The key-recovery procedure as a page of the project: what people write in it stays."""

from __future__ import annotations

from phoenix_dr.core.key_recovery import KeyRecovery, RecoveryStep
from phoenix_dr.render import units
from phoenix_dr.render.plan_file import merge
from phoenix_dr.render.plan_lines import TITLE, Section
from phoenix_dr.render.text import code, shell
from phoenix_dr.render.view import Safe, View

SECTIONS = ("before", "keys", "tools", "open", "then")


def update(existing: str, made: KeyRecovery, *, view: View) -> str:
    """The file's new text, with what people wrote in `existing`."""
    page = view.for_markdown()
    sections = [_title(made, page)]
    number = 0
    for name in SECTIONS:
        steps = [step for step in made.steps if step.section == name]
        heading = f"## {page.say(f'plan.section.recovery-{name}')}"
        body = [_line(n, step, page) for n, step in enumerate(steps, number + 1)]
        number += len(steps)
        sections.append(Section(f"section:recovery-{name}", heading, ("", *body)))
    return merge(existing, sections, language=view.language)


def summary(made: KeyRecovery, view: View) -> list[str]:
    """How many steps hold without the house, and each that does not."""
    facts: dict[str, str | int] = {
        "steps": len(made.steps),
        "broken": len(made.broken),
        "site": made.site,
    }
    told = [str(view.say("recovery.summary" if made.broken else "recovery.summary-good", facts))]
    return told + [f"  {_mark(step, view)}" for step in made.broken]


def _title(made: KeyRecovery, view: View) -> Section:
    facts = {
        "moment": units.moment(made.made_at, view.zone, view.language),
        "zone": str(view.zone),
        "site": made.site or view.say("word.unknown"),
    }
    lines = ("", str(view.say("recovery.intro", facts)), "", str(view.say("recovery.marks")))
    return Section(TITLE, f"# {view.say('recovery.title', {'estate': made.estate})}", lines)


def _line(number: int, step: RecoveryStep, view: View) -> str:
    said = view.say(f"recovery.{step.code}", step.parameters)
    for command in step.commands:
        said = view.say("recovery.typed", {"step": said, "command": _typed(command, view)})
    mark = "OK" if step.ok else _mark(step, view)
    return f"{number}. {said} **[{mark}]**"


def _typed(command: tuple[str, ...], view: View) -> str:
    return Safe(code(" ".join(map(shell, command))))


def _mark(step: RecoveryStep, view: View) -> str:
    why = view.say(f"recovery.why.{step.why}", {"named": step.named})
    return view.say("recovery.ko" if step.ok is False else "recovery.unknown", {"why": why})
