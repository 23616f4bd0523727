"""What there is to decide between, a line each."""

from __future__ import annotations

from collections.abc import Iterator

from phoenix_dr.core.thinking import Failure, Option, Thought
from phoenix_dr.render import units
from phoenix_dr.render.audit_parts import finding_text, gain_text, remedy_text
from phoenix_dr.render.view import View


def lines(thought: Thought, view: View) -> Iterator[str]:
    """The failures, then the numbered ways."""
    told = " · ".join(_failure(each, view) for each in thought.failures)
    yield view.say("think.failures", {"list": told})
    if not thought.enough:
        yield view.say("think.few")
    for number, option in enumerate(thought.options, 1):
        yield f"{number}. {named(option, view)}"


def _failure(each: Failure, view: View) -> str:
    facts: dict[str, str | int] = {"gone": each.gone, "total": each.total}
    scope = view.say(f"word.scope.{each.scope.value}")
    return view.say("think.failure", {**facts, "scope": scope})


def named(option: Option, view: View) -> str:
    """One way to go, with what it adds to the score."""
    if option.finding is not None:
        found = option.finding
        remedy = remedy_text(found, view) or finding_text(found, view)
        return view.say("think.mend", {"subject": found.subject, "remedy": remedy})
    if option.gain is None:
        return view.say("think.nothing")
    facts = {"remedy": gain_text(option.gain, view), "gain": units.points(option.gain.milli)}
    return view.say("think.option", facts)
