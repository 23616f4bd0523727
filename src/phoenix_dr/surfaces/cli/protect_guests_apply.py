"""`phoenix protect apply` for the guests of a Proxmox."""

from __future__ import annotations

from collections.abc import Iterator

from phoenix_dr import codec
from phoenix_dr.app.apply import Performed
from phoenix_dr.app.context import Context
from phoenix_dr.app.protect_applied import Applied
from phoenix_dr.app.protecting import apply_jobs
from phoenix_dr.core.plan import SaveGuest, SetJob
from phoenix_dr.render import protect as shown
from phoenix_dr.render import protect_live as live
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli.protect_applied import failed, form, verified
from phoenix_dr.surfaces.cli.protect_kinds import Result
from phoenix_dr.surfaces.cli.session import view


def apply(ctx: Context, engine: str, digest: str | None, *, now: bool) -> Result:
    """Set what differs on one Proxmox, and with `now` save its guests."""
    made = apply_jobs(ctx, engine, digest, now=now)
    saved = [_saved_form(one) for one in made.saved]
    return Result(form(made, saved=saved), tuple(_text(ctx, made)), made.exit_code)


def _saved_form(one: Performed) -> dict[str, object]:
    done = one.done
    return {
        "outcome": codec.encode(one.outcome),
        "point": codec.encode(done.made[0]) if done and done.made else None,
        "left_out": list(done.unread) if done else [],
    }


def _text(ctx: Context, made: Applied) -> Iterator[str]:
    seen = view(ctx)
    yield seen.safe(made.engine)
    yield from (part for line in _did(made, seen) for part in shown.folded(line, seen))


def _did(made: Applied, seen: View) -> Iterator[str]:
    if not made.performed:
        yield seen.say("protect.nothing")
    for one in made.performed:
        yield from _set(one, seen)
    yield from verified(made, seen)
    for one in made.saved:
        yield from _saved(one, seen)


def _set(one: Performed, seen: View) -> Iterator[str]:
    action = one.outcome.action
    if one.error is not None:
        yield from failed(one, seen)
    elif isinstance(action, SetJob):
        code = "protect.created" if action.was is None else "protect.changed"
        yield seen.say(code, {"job": action.job.id})


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
