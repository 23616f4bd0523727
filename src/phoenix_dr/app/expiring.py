"""Apply what the rules let go: under an approval, looked at again, verified afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.app.apply import Leave, Performed, apply
from phoenix_dr.app.approvals import (
    approval_for,
    remember_plan,
    standing_approvals,
    stored_plan,
)
from phoenix_dr.app.context import Context
from phoenix_dr.app.expiry import ExpiryPlan, Request, chosen, plan_expiry, wanted
from phoenix_dr.app.expiry_rules import DIALECTS
from phoenix_dr.app.ground import ground_of, hides
from phoenix_dr.app.interrupted import close_interrupted
from phoenix_dr.app.observe import observe
from phoenix_dr.app.retention_document import write_policy
from phoenix_dr.app.retention_stores import Proposal, proposals, stores
from phoenix_dr.core.guard import LONGEST_APPROVAL, Approval
from phoenix_dr.core.model import SAMPLE_KINDS
from phoenix_dr.core.plan import Action, ForgetPoints, Ground, Plan, cut
from phoenix_dr.ledger import Kind


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done under which plan; `remaining` are points still listed afterwards.

    `unseen` are engines that were asked for and did not show everything: nobody knows whether
    anything of theirs should go.
    """

    plan: Plan
    performed: tuple[Performed, ...]
    remaining: tuple[tuple[str, str], ...] = ()
    unseen: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """True when all was seen, every action went well, and what was to go is gone."""
        done = all(one.outcome.ok for one in self.performed)
        return done and not self.remaining and not self.unseen


def apply_expiry(ctx: Context, request: Request, digest: str | None = None) -> Applied:
    """Perform what a plan and the rules still agree on.

    With `digest` the stored plan is the ceiling, and needs its own approval; without, the last
    approved plan of the same request, else a fresh one, which only a standing one can cover.
    Raises ApprovalRequired, PlanStale and Refused before anything is touched.
    """
    close_interrupted(ctx)
    request, plan, approval = _ceiling(ctx, request, digest)

    def again(ground: Ground) -> tuple[Action, ...]:
        return _as_signed(wanted(ctx, request, ground).actions, plan)

    # Of a stored plan nobody knows whether it is all a rule asks for, or a part fit to bounds.
    standing = standing_approvals(ctx) if digest is None else ()
    leave = Leave(approval, standing, again)
    performed = apply(ctx, plan, leave=leave)
    remaining = _remaining(ctx, performed)
    asked = chosen(ctx, request)
    return Applied(plan, performed, remaining, tuple(n for n in asked if _is_unseen(ctx, n)))


def _is_unseen(ctx: Context, engine: str) -> bool:
    return ctx.estate.engines[engine].kind in (*DIALECTS, *SAMPLE_KINDS) and hides(ctx, engine)


def _as_signed(actions: Iterable[Action], plan: Plan) -> tuple[Action, ...]:
    """What a rule asks for, as far as the plan was made under that very rule.

    The rule's digest also names estate and repository: a signature is worth nothing elsewhere.
    """
    forgets = [each for each in plan.actions if isinstance(each, ForgetPoints)]
    rules = {(each.engine, each.asset, each.rule) for each in forgets}
    return tuple(
        each
        for each in actions
        if not isinstance(each, ForgetPoints) or (each.engine, each.asset, each.rule) in rules
    )


def _ceiling(
    ctx: Context, request: Request, digest: str | None
) -> tuple[Request, Plan, Approval | None]:
    if digest is not None:
        plan, said = stored_plan(ctx, digest)
        return request_of(said), plan, approval_for(ctx, plan.digest)
    fresh = plan_expiry(ctx, request).plan
    if not fresh.is_guarded:
        return request, fresh, None
    since = ctx.now() - LONGEST_APPROVAL
    ground = ground_of(ctx, chosen(ctx, request))
    for row in ctx.ledger.rows(kinds=(Kind.PLAN,), since=since, newest_first=True):
        approval = approval_for(ctx, row.subject)
        if approval is None or row.value.get("request") != said_of(request):
            continue
        ceiling = stored_plan(ctx, row.subject)[0]
        if cut(_as_signed(fresh.actions, ceiling), ceiling, ground):
            return request, ceiling, approval
    remember_plan(ctx, fresh, said_of(request))
    return request, fresh, None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan ready to be signed, rules worth another look, and where the policy was written."""

    made: ExpiryPlan
    better: tuple[Proposal, ...]
    document: Path


def prepare(ctx: Context, request: Request) -> Prepared:
    """Plan what the rules let go, keep the plan for whoever signs, write the policy.

    Removes nothing. Raises as `plan_expiry` does.
    """
    made = plan_expiry(ctx, request)
    if made.plan.actions:
        remember_plan(ctx, made.plan, said_of(request))
    found = stores(ctx)
    better = proposals(found)
    return Prepared(made, better, write_policy(ctx, found, better))


def said_of(request: Request) -> dict[str, object]:
    """A request as it is stored beside its plan."""
    return {"verb": "retention", "engines": list(request.engines), "compact": request.compact}


def request_of(said: Mapping[str, object]) -> Request:
    """The request that was stored beside a plan."""
    engines = said.get("engines")
    names = tuple(map(str, engines)) if isinstance(engines, list) else ()
    return Request(names, compact=said.get("compact") is True)


def _remaining(ctx: Context, performed: tuple[Performed, ...]) -> tuple[tuple[str, str], ...]:
    """Points that were forgotten and are still listed: applied is not yet verified."""
    forgets = [
        one.outcome.action
        for one in performed
        if one.outcome.ok and isinstance(one.outcome.action, ForgetPoints)
    ]
    engines = tuple(dict.fromkeys(action.engine for action in forgets))
    if not engines:
        return ()
    observe(ctx, engines, force=True)
    held = {
        (point.engine, point.id) for name in engines for point in ctx.ledger.points(engine=name)
    }
    gone = {(action.engine, point) for action in forgets for point in action.points}
    return tuple(sorted(gone & held))
