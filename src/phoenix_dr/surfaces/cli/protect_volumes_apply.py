"""`phoenix protect apply` for the claims of a Longhorn."""

from __future__ import annotations

from collections.abc import Iterator

from phoenix_dr import codec
from phoenix_dr.app.apply import Performed
from phoenix_dr.app.cluster_protecting import apply_volumes
from phoenix_dr.app.context import Context
from phoenix_dr.app.protect_applied import Applied
from phoenix_dr.core.cluster_actions import LabelVolume, SaveVolume, SetRecurringJob
from phoenix_dr.render import units
from phoenix_dr.render.protect import folded
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli.protect_applied import failed, form, verified
from phoenix_dr.surfaces.cli.protect_kinds import Result
from phoenix_dr.surfaces.cli.session import view


def apply(ctx: Context, engine: str, digest: str | None, *, now: bool) -> Result:
    """Set what differs on one Longhorn, and with `now` save its claims."""
    made = apply_volumes(ctx, engine, digest, now=now)
    saved = [_saved_form(one) for one in made.saved]
    return Result(form(made, saved=saved), tuple(_text(ctx, made)), made.exit_code)


def _saved_form(one: Performed) -> dict[str, object]:
    done = one.done
    return {
        "outcome": codec.encode(one.outcome),
        "point": codec.encode(done.made[0]) if done and done.made else None,
    }


def _text(ctx: Context, made: Applied) -> Iterator[str]:
    seen = view(ctx)
    yield seen.safe(made.engine)
    yield from (part for line in _did(made, seen) for part in folded(line, seen))


def _did(made: Applied, seen: View) -> Iterator[str]:
    if not made.performed:
        yield seen.say("protect.nothing")
    for one in made.performed:
        action = one.outcome.action
        if one.error is not None:
            yield from failed(one, seen)
        elif isinstance(action, SetRecurringJob):
            code = "protect.created" if action.was is None else "protect.changed"
            yield seen.say(code, {"job": action.job.name})
        elif isinstance(action, LabelVolume):
            yield seen.say("volumes.labelled", {"claim": action.claim})
    yield from verified(made, seen)
    for one in made.saved:
        yield from _saved(one, seen)


def _saved(one: Performed, seen: View) -> Iterator[str]:
    action = one.outcome.action
    if one.done is None or not isinstance(action, SaveVolume):
        yield from failed(one, seen)
        return
    for point in one.done.made:
        size = units.size(point.size, seen.language)
        yield seen.say("volumes.saved", {"asset": action.asset, "point": point.id, "size": size})
    if not one.done.made:
        yield seen.say("volumes.saved-nowhere", {"asset": action.asset, "target": action.target})
