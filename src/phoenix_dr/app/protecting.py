"""Set the backup jobs of a Proxmox under the guard, verify them, and save their guests now."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace

from phoenix_dr.app.apply import Leave, Performed, apply
from phoenix_dr.app.approvals import approval_for, remember_plan, stored_plan
from phoenix_dr.app.context import Context
from phoenix_dr.app.interrupted import close_interrupted, lease_name
from phoenix_dr.app.observe import observe
from phoenix_dr.app.protect import Protection, protection, remade, the_engine
from phoenix_dr.core.guard import LONGEST_APPROVAL, Approval
from phoenix_dr.core.plan import Plan, SaveGuest, is_within, make_plan
from phoenix_dr.core.vzdump import guests_of
from phoenix_dr.core.vzdump_findings import seen_of, view_of
from phoenix_dr.core.vzdump_plan import Keep
from phoenix_dr.errors import (
    EngineUnreachable,
    PhoenixError,
    PlanStale,
    Refused,
    UsageError,
)
from phoenix_dr.ledger import Kind

VERB = "protect"


@dataclass(frozen=True, slots=True)
class Applied:
    """What was set, and what the Proxmox says afterwards.

    `verified` are jobs that were seen to say what is wanted, `unverified` those that do not, or
    that nobody could read. `saved` are guests backed up now.
    """

    engine: str
    plan: Plan
    performed: tuple[Performed, ...]
    verified: tuple[str, ...]
    unverified: tuple[str, ...]
    saved: tuple[Performed, ...] = ()

    @property
    def is_whole(self) -> bool:
        """True when every job was seen as wanted, and every guest saved without a word."""
        done = all(one.outcome.ok for one in (*self.performed, *self.saved))
        return done and not self.unverified and not any(map(_has_word, self.saved))

    @property
    def error(self) -> PhoenixError | None:
        """Why nothing at all went well; None as soon as something did."""
        every = (*self.performed, *self.saved)
        if not every or any(one.outcome.ok for one in every):
            return None
        return every[0].error


def prepare(ctx: Context, made: Protection) -> str:
    """Keep a plan that something has to be signed for, or done by; its digest, "" without one."""
    if made.plan is None or not made.plan.actions:
        return ""
    remember_plan(ctx, made.plan, said_of(made.engine))
    return made.plan.digest


def apply_jobs(
    ctx: Context, engine: str | None = None, digest: str | None = None, *, now: bool = False
) -> Applied:
    """Set what differs on one Proxmox, look again, and with `now` save the guests of its jobs.

    With `digest` the stored plan is the ceiling and needs its own approval; without, the last
    approved plan of this engine that covers a fresh one, else the fresh one. Raises
    ApprovalRequired, PlanStale, Refused and EngineError before anything is touched.
    """
    close_interrupted(ctx)
    name, plan, approval = _ceiling(ctx, engine, digest)
    performed: tuple[Performed, ...] = ()
    if plan.actions:
        leave = Leave(approval, remake=lambda ground: remade(ctx, name, ground))
        try:
            performed = apply(ctx, plan, leave=leave)
        except PlanStale as error:
            if error.code != "plan-stale":
                raise
            raise PlanStale("protect-stale", engine=name, digest=plan.digest[:12]) from error
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


def said_of(engine: str) -> dict[str, object]:
    """What was asked for, as it is stored beside a plan."""
    return {"verb": VERB, "engine": engine}


def _ceiling(
    ctx: Context, engine: str | None, digest: str | None
) -> tuple[str, Plan, Approval | None]:
    if digest is not None:
        plan, said = stored_plan(ctx, digest)
        name = _engine_of(said, engine, digest)
        _require_direct(ctx, name)
        return name, plan, approval_for(ctx, plan.digest)
    name = the_engine(ctx, engine)
    _require_direct(ctx, name)
    fresh = _fresh(ctx, name)
    if not fresh.is_guarded:
        return name, fresh, None
    since = ctx.now() - LONGEST_APPROVAL
    for row in ctx.ledger.rows(kinds=(Kind.PLAN,), since=since, newest_first=True):
        if row.value.get("request") != said_of(name):
            continue
        approval = approval_for(ctx, row.subject)
        if approval is not None:
            ceiling = stored_plan(ctx, row.subject)[0]
            if is_within(fresh, ceiling):
                return name, ceiling, approval
    remember_plan(ctx, fresh, said_of(name))
    return name, fresh, None


def _fresh(ctx: Context, engine: str) -> Plan:
    made = protection(ctx, engine)
    if made.refused is not None:
        raise made.refused
    if made.plan is None:
        blind = made.blind
        why = f"{blind.reason} {blind.detail}".strip() if blind else ""
        raise EngineUnreachable("jobs-unread", engine=engine, detail=why)
    return made.plan


def _engine_of(said: Mapping[str, object], engine: str | None, digest: str) -> str:
    name = said.get("engine")
    if said.get("verb") != VERB or not isinstance(name, str):
        raise UsageError("plan-of-another", digest=digest[:12], verb=VERB)
    if engine not in (None, name):
        raise UsageError("plan-of-engine", digest=digest[:12], engine=name)
    return name


def _require_direct(ctx: Context, engine: str) -> None:
    the_engine(ctx, engine)
    if ctx.estate.engines[engine].apply != "direct":
        raise Refused("protect-handed-over", engine=engine)


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
    if not actions:
        return ()
    with ExitStack() as held:
        for lease in sorted({lease_name(action) for action in actions}):
            held.enter_context(ctx.ledger.lease(lease))
        saved = apply(ctx, make_plan(actions))
    observe(ctx, (after.engine,), force=True)
    return saved


def _has_word(one: Performed) -> bool:
    """Whether a guest was saved with a warning, or without all of it."""
    return one.done is not None and bool(one.done.note or one.done.unread)
