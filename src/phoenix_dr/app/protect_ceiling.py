"""Which plan of jobs is applied to an engine, under whose signature: the same for every kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import ExitStack
from typing import Protocol

from phoenix_dr.app.apply import Leave, Performed, apply
from phoenix_dr.app.approvals import approval_for, remember_plan, stored_plan
from phoenix_dr.app.context import Context
from phoenix_dr.app.interrupted import lease_name
from phoenix_dr.app.observe import observe
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.guard import LONGEST_APPROVAL, Approval
from phoenix_dr.core.plan import Action, Ground, Plan, is_within, make_plan
from phoenix_dr.errors import EngineUnreachable, PhoenixError, PlanStale, Refused, UsageError
from phoenix_dr.ledger import Kind

VERB = "protect"


class _Made(Protocol):
    """What setting the jobs of one engine takes, whatever its kind."""

    @property
    def engine(self) -> str: ...
    @property
    def blind(self) -> BlindSpot | None: ...
    @property
    def plan(self) -> Plan | None: ...
    @property
    def refused(self) -> PhoenixError | None: ...


def engines_of(ctx: Context, engine: str | None, kinds: Collection[str]) -> tuple[str, ...]:
    """The engine that is named, or every one of these kinds. Raises UsageError."""
    specs = ctx.estate.engines
    if engine is None:
        found = tuple(name for name, spec in specs.items() if spec.kind in kinds)
        if not found:
            raise UsageError("no-engine-to-protect", kinds=", ".join(kinds))
        return found
    if engine not in specs:
        raise UsageError("engine-unknown", engine=engine, known=", ".join(specs))
    if specs[engine].kind not in kinds:
        kind = specs[engine].kind
        raise UsageError("engine-has-no-jobs", engine=engine, kind=kind, kinds=", ".join(kinds))
    return (engine,)


def engine_of(
    ctx: Context, engine: str | None, digest: str | None, *, kinds: Collection[str]
) -> str:
    """The one engine that is meant: named, that of a stored plan, or the only one.

    Raises UsageError.
    """
    if digest is not None:
        return _engine_of(stored_plan(ctx, digest)[1], engine, digest)
    found = engines_of(ctx, engine, kinds)
    if len(found) > 1:
        raise UsageError("protect-which", engines=", ".join(found))
    return found[0]


def remembered(ctx: Context, engine: str, plan: Plan | None) -> str:
    """Keep a plan that something has to be signed for, or done by; its digest, "" without one."""
    if plan is None or not plan.actions:
        return ""
    remember_plan(ctx, plan, said_of(engine))
    return plan.digest


def planned(made: _Made) -> Plan:
    """The plan of a fresh look. Raises what refused it, EngineUnreachable when nothing was seen."""
    if made.refused is not None:
        raise made.refused
    if made.plan is None:
        blind = made.blind
        why = f"{blind.reason} {blind.detail}".strip() if blind else ""
        raise EngineUnreachable("jobs-unread", engine=made.engine, detail=why)
    return made.plan


def ceiling(
    ctx: Context, engine: str, digest: str | None, *, fresh: Callable[[], Plan]
) -> tuple[Plan, Approval | None]:
    """The plan that may be performed, and its approval.

    With `digest` the stored plan, which needs its own approval; without, the last approved plan
    of this engine that covers a fresh one, else the fresh one. Raises Refused for an engine whose
    jobs are handed over, and as `fresh` does.
    """
    if ctx.estate.engines[engine].apply != "direct":
        raise Refused("protect-handed-over", engine=engine)
    if digest is not None:
        plan = stored_plan(ctx, digest)[0]
        return plan, approval_for(ctx, plan.digest)
    made = fresh()
    if not made.is_guarded:
        return made, None
    since = ctx.now() - LONGEST_APPROVAL
    for row in ctx.ledger.rows(kinds=(Kind.PLAN,), since=since, newest_first=True):
        if row.value.get("request") != said_of(engine):
            continue
        approval = approval_for(ctx, row.subject)
        if approval is not None:
            above = stored_plan(ctx, row.subject)[0]
            if is_within(made, above):
                return above, approval
    remember_plan(ctx, made, said_of(engine))
    return made, None


def perform(
    ctx: Context,
    plan: Plan,
    approval: Approval | None,
    remake: Callable[[Ground], Iterable[Action]],
) -> tuple[Performed, ...]:
    """Perform what is still in a plan of one engine; nothing when nothing is to be done.

    Raises ApprovalRequired, PlanStale, Refused and EngineError before anything is touched.
    """
    if not plan.actions:
        return ()
    try:
        return apply(ctx, plan, leave=Leave(approval, remake=remake))
    except PlanStale as error:
        if error.code != "plan-stale":
            raise
        engine = plan.actions[0].engine
        raise PlanStale("protect-stale", engine=engine, digest=plan.digest[:12]) from error


def save_now(ctx: Context, engine: str, actions: Iterable[Action]) -> tuple[Performed, ...]:
    """Make copies on one engine, one after the other, and look at it again."""
    plan = make_plan(actions)
    if not plan.actions:
        return ()
    with ExitStack() as held:
        for lease in sorted({lease_name(action) for action in plan.actions}):
            held.enter_context(ctx.ledger.lease(lease))
        saved = apply(ctx, plan)
    observe(ctx, (engine,), force=True)
    return saved


def said_of(engine: str) -> dict[str, object]:
    """What was asked for, as it is stored beside a plan."""
    return {"verb": VERB, "engine": engine}


def _engine_of(said: Mapping[str, object], engine: str | None, digest: str) -> str:
    name = said.get("engine")
    if said.get("verb") != VERB or not isinstance(name, str):
        raise UsageError("plan-of-another", digest=digest[:12], verb=VERB)
    if engine not in (None, name):
        raise UsageError("plan-of-engine", digest=digest[:12], engine=name)
    return name
