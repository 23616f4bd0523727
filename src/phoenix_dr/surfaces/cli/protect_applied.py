"""What `protect apply` did, as JSON values and lines; each kind says only what is its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from phoenix_dr import codec
from phoenix_dr.app.apply import Performed
from phoenix_dr.app.context import Context
from phoenix_dr.app.protect_applied import Applied
from phoenix_dr.core.actions import Action
from phoenix_dr.render.errors import explain
from phoenix_dr.render.protect import folded
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli.protect_kinds import Result
from phoenix_dr.surfaces.cli.session import view


@dataclass(frozen=True, slots=True)
class Words:
    """What one kind of engine says of its own: of what was set, and of a copy made now."""

    set: Callable[[Action, View], Iterator[str]]
    saved: Callable[[Performed, View], Iterator[str]]
    form: Callable[[Performed], dict[str, Any]]


def result(ctx: Context, made: Applied, words: Words) -> Result:
    """How applying went, as the kind of the engine tells it."""
    seen = view(ctx)
    said = (part for line in _did(made, words, seen) for part in folded(line, seen))
    saved = [words.form(one) for one in made.saved]
    return Result(_form(made, saved), (seen.safe(made.engine), *said), made.exit_code)


def _did(made: Applied, words: Words, seen: View) -> Iterator[str]:
    if not made.performed:
        yield seen.say("protect.nothing")
    for one in made.performed:
        if one.error is not None:
            yield from failed(one, seen)
        else:
            yield from words.set(one.outcome.action, seen)
    yield from (seen.say("protect.verified", {"job": name}) for name in made.verified)
    yield from (seen.say("protect.unverified", {"job": name}) for name in made.unverified)
    for one in made.saved:
        yield from words.saved(one, seen)


def _form(made: Applied, saved: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "ok": made.is_whole,
        "engine": made.engine,
        "digest": made.plan.digest,
        "outcomes": [codec.encode(one.outcome) for one in made.performed],
        "verified": list(made.verified),
        "unverified": list(made.unverified),
        "saved": saved,
    }


def point_form(one: Performed) -> dict[str, Any]:
    """A copy made now that is one point."""
    done = one.done
    return {
        "outcome": codec.encode(one.outcome),
        "point": codec.encode(done.made[0]) if done and done.made else None,
    }


def set_words(job: str, view: View, *, is_new: bool) -> str:
    """That a job was made, or changed."""
    return view.say("protect.created" if is_new else "protect.changed", {"job": job})


def failed(one: Performed, view: View) -> Iterator[str]:
    """Why one action failed, and what helps."""
    if one.error is not None:
        sentence, hint = explain(one.error, view.language)
        yield view.say("protect.failed", {"why": sentence})
        if hint is not None:
            yield f"  {hint}"
