"""Set the backup jobs of a Proxmox under the guard, verify them, and save their guests now."""

from __future__ import annotations

from dataclasses import replace

from phoenix_dr.app.apply import Performed
from phoenix_dr.app.context import Context
from phoenix_dr.app.interrupted import close_interrupted
from phoenix_dr.app.protect import KIND, Protection, protection, remade
from phoenix_dr.app.protect_applied import Applied
from phoenix_dr.app.protect_ceiling import (
    ceiling,
    engine_of,
    perform,
    planned,
    remembered,
    save_now,
)
from phoenix_dr.core.plan import SaveGuest
from phoenix_dr.core.vzdump import guests_of
from phoenix_dr.core.vzdump_findings import seen_of, view_of
from phoenix_dr.core.vzdump_plan import Keep

KINDS = (KIND,)


def prepare(ctx: Context, made: Protection) -> str:
    """Keep a plan that something has to be signed for, or done by; its digest, "" without one."""
    return remembered(ctx, made.engine, made.plan)


def apply_jobs(
    ctx: Context, engine: str | None = None, digest: str | None = None, *, now: bool = False
) -> Applied:
    """Set what differs on one Proxmox, look again, and with `now` save the guests of its jobs.

    Which plan stands above it, and what is raised before anything is touched: `protect_ceiling`.
    """
    close_interrupted(ctx)
    name = engine_of(ctx, engine, digest, kinds=KINDS)
    plan, approval = ceiling(ctx, name, digest, fresh=lambda: planned(protection(ctx, name)))
    performed = perform(ctx, plan, approval, lambda ground: remade(ctx, name, ground))
    after = protection(ctx, name)
    right = {each.job.id for each in after.changes or () if isinstance(each, Keep)}
    made = Applied(
        engine=name,
        plan=plan,
        performed=performed,
        verified=tuple(job.id for job in after.jobs if job.id in right),
        unverified=tuple(job.id for job in after.jobs if job.id not in right),
    )
    return replace(made, saved=_save(ctx, after, right)) if now else made


# ---- Saved now --------------------------------------------------------------------------------


def _save(ctx: Context, after: Protection, right: set[str]) -> tuple[Performed, ...]:
    """Back up each described guest of the jobs that are as wanted, one after the other."""
    if after.inventory is None:
        return ()
    view = view_of(
        ctx.estate, after.engine, seen_of(ctx.estate, after.inventory), now=ctx.now()
    )  # fmt: skip
    described = guests_of(ctx.estate, None, after.engine)
    actions = [
        SaveGuest(
            engine=after.engine,
            asset=described[vmid],
            vmid=vmid,
            storage=job.storage,
            mode=job.mode,
            compress=job.compress,
            notes=job.notes_template,
        )
        for job in after.jobs
        if job.id in right
        for vmid in sorted(view.members(job) & described.keys())
    ]
    return save_now(ctx, after.engine, actions)
