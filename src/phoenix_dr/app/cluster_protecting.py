"""Set the recurring jobs and labels of a Longhorn under the guard, verify them, save now."""

from __future__ import annotations

from contextlib import ExitStack

from phoenix_dr.app.apply import Performed, apply
from phoenix_dr.app.cluster_protect import Protection, protection, remade, verified
from phoenix_dr.app.context import Context
from phoenix_dr.app.interrupted import close_interrupted, lease_name
from phoenix_dr.app.observe import observe
from phoenix_dr.app.protect_applied import Applied
from phoenix_dr.app.protect_ceiling import ceiling, perform
from phoenix_dr.core.cluster_actions import SaveVolume
from phoenix_dr.core.longhorn import DRIVER
from phoenix_dr.core.plan import Plan, make_plan
from phoenix_dr.core.volume_wishes import assets_of
from phoenix_dr.errors import EngineUnreachable


def apply_volumes(
    ctx: Context, engine: str, digest: str | None = None, *, now: bool = False
) -> Applied:
    """Set what differs on one Longhorn, look again, and with `now` save the claims of its jobs.

    Which plan stands above it, and what is raised before anything is touched: `protect_ceiling`.
    """
    close_interrupted(ctx)
    plan, approval = ceiling(ctx, engine, digest, fresh=lambda: _fresh(ctx, engine))
    performed = perform(ctx, plan, approval, lambda ground: remade(ctx, engine, ground))
    after = protection(ctx, engine)
    right, wrong = verified(after)
    saved = _save(ctx, after) if now else ()
    return Applied(engine, plan, performed, right, wrong, saved)


def _fresh(ctx: Context, engine: str) -> Plan:
    told = protection(ctx, engine)
    if told.refused is not None:
        raise told.refused
    if told.plan is None:
        blind = told.blind
        why = f"{blind.reason} {blind.detail}".strip() if blind else ""
        raise EngineUnreachable("jobs-unread", engine=engine, detail=why)
    return told.plan


def _save(ctx: Context, after: Protection) -> tuple[Performed, ...]:
    """Back up each claim that policies send there, one after the other: uploads share one line."""
    state = after.state
    if state is None:
        return ()
    assets = assets_of(ctx.estate, after.engine, state)
    held = {each.name: each for each in state.cluster.volumes if each.driver == DRIVER}
    volumes = {each.name: each for each in state.volumes or ()}
    actions = []
    for wish in after.wishes:
        for claim in wish.claims:
            bound = held.get(claim.volume)
            volume = volumes.get(bound.handle) if bound else None
            asset = assets.get(claim.id)
            if volume is not None and asset is not None:
                actions.append(SaveVolume(after.engine, asset, volume.name, volume.target))
    if not actions:
        return ()
    with ExitStack() as leases:
        for lease in sorted({lease_name(action) for action in actions}):
            leases.enter_context(ctx.ledger.lease(lease))
        saved = apply(ctx, make_plan(actions))
    observe(ctx, (after.engine,), force=True)
    return saved
