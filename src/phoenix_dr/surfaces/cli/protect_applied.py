"""What `protect apply` did, as JSON values and lines; each kind says only what is its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from phoenix_dr import codec
from phoenix_dr.app.apply import Performed
from phoenix_dr.app.protect_applied import Applied
from phoenix_dr.render.errors import explain
from phoenix_dr.render.view import View


def form(made: Applied, *, saved: list[dict[str, Any]]) -> dict[str, Any]:
    """The whole; `saved` are the copies made now, as their kind tells them."""
    return {
        "ok": made.is_whole,
        "engine": made.engine,
        "digest": made.plan.digest,
        "outcomes": [codec.encode(one.outcome) for one in made.performed],
        "verified": list(made.verified),
        "unverified": list(made.unverified),
        "saved": saved,
    }


def verified(made: Applied, view: View) -> Iterator[str]:
    """What was seen as wanted, and what was not."""
    yield from (view.say("protect.verified", {"job": name}) for name in made.verified)
    yield from (view.say("protect.unverified", {"job": name}) for name in made.unverified)


def failed(one: Performed, view: View) -> Iterator[str]:
    """Why one action failed, and what helps."""
    if one.error is not None:
        sentence, hint = explain(one.error, view.language)
        yield view.say("protect.failed", {"why": sentence})
        if hint is not None:
            yield f"  {hint}"
