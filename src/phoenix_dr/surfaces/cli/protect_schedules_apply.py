"""`phoenix protect apply` for the schedules of a Velero."""

from __future__ import annotations

from collections.abc import Iterator

from phoenix_dr import codec
from phoenix_dr.app.apply import Performed
from phoenix_dr.app.context import Context
from phoenix_dr.app.velero_protecting import apply_schedules
from phoenix_dr.core.actions import Action
from phoenix_dr.core.cluster_actions import SaveNamespaces, SetSchedule
from phoenix_dr.render import units
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli.protect_applied import Words, failed, result, set_words
from phoenix_dr.surfaces.cli.protect_kinds import Result


def apply(ctx: Context, engine: str, digest: str | None, *, now: bool) -> Result:
    """Set what differs on one Velero, and with `now` have it make backups."""
    made = apply_schedules(ctx, engine, digest, now=now)
    return result(ctx, made, Words(_set, _saved, _form))


def _form(one: Performed) -> dict[str, object]:
    done = one.done
    return {
        "outcome": codec.encode(one.outcome),
        "points": [codec.encode(each) for each in done.made] if done else [],
        "left_out": list(done.unread) if done else [],
    }


def _set(action: Action, seen: View) -> Iterator[str]:
    if isinstance(action, SetSchedule):
        yield set_words(action.schedule.name, seen, is_new=action.was is None)


def _saved(one: Performed, seen: View) -> Iterator[str]:
    action = one.outcome.action
    if one.done is None or not isinstance(action, SaveNamespaces):
        yield from failed(one, seen)
        return
    for point in one.done.made:
        size = units.size(point.size, seen.language)
        yield seen.say("schedules.saved", {"point": point.id, "asset": point.asset, "size": size})
    if one.done.note:
        facts = {"schedule": action.schedule, "phase": one.done.note}
        yield seen.say("schedules.partly", facts)
    if one.done.unread:
        claims = ", ".join(one.done.unread)
        yield seen.say("schedules.left-out", {"schedule": action.schedule, "claims": claims})
