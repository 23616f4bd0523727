"""`phoenix protect apply` for the claims of a Longhorn."""

from __future__ import annotations

from collections.abc import Iterator

from phoenix_dr.app.apply import Performed
from phoenix_dr.app.cluster_protecting import apply_volumes
from phoenix_dr.app.context import Context
from phoenix_dr.core.actions import Action
from phoenix_dr.core.cluster_actions import LabelVolume, SaveVolume, SetRecurringJob
from phoenix_dr.render import units
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli.protect_applied import Words, failed, point_form, result, set_words
from phoenix_dr.surfaces.cli.protect_kinds import Result


def apply(ctx: Context, engine: str, digest: str | None, *, now: bool) -> Result:
    """Set what differs on one Longhorn, and with `now` save its claims."""
    made = apply_volumes(ctx, engine, digest, now=now)
    return result(ctx, made, Words(_set, _saved, point_form))


def _set(action: Action, seen: View) -> Iterator[str]:
    if isinstance(action, SetRecurringJob):
        yield set_words(action.job.name, seen, is_new=action.was is None)
    elif isinstance(action, LabelVolume):
        yield seen.say("volumes.labelled", {"claim": action.claim})


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
