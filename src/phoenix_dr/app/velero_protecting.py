"""Set the schedules of a Velero under the guard, verify them, and have it make backups now."""

from __future__ import annotations

from dataclasses import replace

from phoenix_dr.app.apply import Performed
from phoenix_dr.app.context import Context
from phoenix_dr.app.interrupted import close_interrupted
from phoenix_dr.app.protect_applied import Applied
from phoenix_dr.app.protect_ceiling import (
    ceiling,
    engine_of,
    perform,
    planned,
    remembered,
    save_now,
)
from phoenix_dr.app.velero_protect import KIND, Protection, protection, remade
from phoenix_dr.core.claim_assets import asset_of
from phoenix_dr.core.cluster_actions import SaveNamespaces

KINDS = (KIND,)
ENABLED = "Enabled"


def prepare(ctx: Context, made: Protection) -> str:
    """Keep a plan that something has to be signed for, or done by; its digest, "" without one."""
    return remembered(ctx, made.engine, made.plan)


def apply_schedules(
    ctx: Context, engine: str | None = None, digest: str | None = None, *, now: bool = False
) -> Applied:
    """Set what differs on one Velero, look again, and with `now` make a backup from each schedule.

    Which plan stands above it, and what is raised before anything is touched: `protect_ceiling`.
    """
    close_interrupted(ctx)
    name = engine_of(ctx, engine, digest, kinds=KINDS)
    plan, approval = ceiling(ctx, name, digest, fresh=lambda: planned(protection(ctx, name)))
    performed = perform(ctx, plan, approval, lambda ground: remade(ctx, name, ground))
    after = protection(ctx, name)
    right = _right(after)
    made = Applied(
        engine=name,
        plan=plan,
        performed=performed,
        verified=right,
        unverified=tuple(each.name for each in after.wanted if each.name not in right),
    )
    return replace(made, saved=_save(ctx, name, right)) if now and right else made


def _right(after: Protection) -> tuple[str, ...]:
    """Schedules that say what is wanted and that Velero accepted: the phase is its word."""
    if after.changes is None or after.state is None:
        return ()
    taken = {each.name for each in after.state.schedules or () if each.phase == ENABLED}
    return tuple(name for name in after.changes.fitting if name in taken)


def _save(ctx: Context, engine: str, schedules: tuple[str, ...]) -> tuple[Performed, ...]:
    """One backup for each schedule, one after the other."""
    saved = save_now(ctx, engine, (SaveNamespaces(engine, each) for each in schedules))
    return tuple(_blamed(ctx, engine, each) for each in saved)


def _blamed(ctx: Context, engine: str, one: Performed) -> Performed:
    """Without claims whose policy sends them elsewhere: a whole namespace is taken all the same."""
    if one.done is None:
        return one
    unread = tuple(each for each in one.done.unread if _is_asked(ctx, engine, each))
    return replace(one, done=replace(one.done, unread=unread))


def _is_asked(ctx: Context, engine: str, claim: str) -> bool:
    name = asset_of(claim, ctx.estate.engines[engine].archives)
    asset = next((each for each in ctx.estate.assets() if each.id == name), None)
    sent = ctx.estate.destinations(asset) if asset is not None else ()
    return not sent or engine in {each.partition("/")[0] for each in sent}
