"""`phoenix protect apply` for the guests of a Proxmox."""

from __future__ import annotations

from collections.abc import Iterator

from phoenix_dr.app.apply import Performed
from phoenix_dr.app.context import Context
from phoenix_dr.app.protecting import apply_jobs
from phoenix_dr.core.actions import Action, SaveGuest, SetJob
from phoenix_dr.render import protect_live as live
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli.protect_applied import Words, failed, point_form, result, set_words
from phoenix_dr.surfaces.cli.protect_kinds import Result


def apply(ctx: Context, engine: str, digest: str | None, *, now: bool) -> Result:
    """Set what differs on one Proxmox, and with `now` save its guests."""
    made = apply_jobs(ctx, engine, digest, now=now)
    return result(ctx, made, Words(_set, _saved, _form))


def _form(one: Performed) -> dict[str, object]:
    left_out = list(one.done.unread) if one.done else []
    return {**point_form(one), "left_out": left_out}


def _set(action: Action, seen: View) -> Iterator[str]:
    if isinstance(action, SetJob):
        yield set_words(action.job.id, seen, is_new=action.was is None)


def _saved(one: Performed, seen: View) -> Iterator[str]:
    action = one.outcome.action
    if one.done is None or not isinstance(action, SaveGuest):
        yield from failed(one, seen)
        return
    for point in one.done.made:
        yield live.saved(action.vmid, action.asset, point=point.id, size=point.size, view=seen)
    if one.done.note:
        warned: dict[str, str | int] = {"guest": action.vmid, "said": one.done.note}
        yield seen.say("protect.warned", warned)
    if one.done.unread:
        facts: dict[str, str | int] = {"guest": action.vmid}
        facts["volumes"] = ", ".join(one.done.unread)
        yield seen.say("protect.left-out", facts)
