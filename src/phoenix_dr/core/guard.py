"""The guard: the only place that turns a plan into a permit to act."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from phoenix_dr.core.plan import Action, ForgetPoints, Loss, Plan, is_within
from phoenix_dr.errors import ApprovalRequired, Refused

LONGEST_APPROVAL = timedelta(days=1)
"""A plan's approval is for now: what it covers ages while it lies about."""
LONGEST_STANDING = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Approval:
    """A verified signature over a plan's digest, valid until `expires_at` (aware UTC)."""

    digest: str
    approver: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StandingApproval:
    """A verified signature that lets one rule expire points of one engine unasked.

    In one run it covers at most so many points and bytes; `rule` is `ForgetPoints.rule`.
    """

    rule: str
    engine: str
    most_points: int
    most_bytes: int
    approver: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to perform the actions of one plan; adapters refuse to act without it."""

    digest: str
    actions: tuple[Action, ...]

    def require(self, action: Action) -> None:
        """Raise Refused unless this very action is part of the permitted plan."""
        if action not in self.actions:
            raise Refused("not-permitted", verb=type(action).__name__)


def permit(
    plan: Plan,
    approval: Approval | None = None,
    *,
    now: datetime,
    ceiling: Plan | None = None,
    standing: Iterable[StandingApproval] = (),
) -> Permit:
    """A permit for `plan`: at once when nothing is lost, else only under a valid approval.

    An approval of `ceiling` (by default of the plan itself) covers every plan that loses no more.
    Raises ApprovalRequired when a loss is not covered.
    """
    top = ceiling or plan
    if plan.is_guarded and not (
        _is_approved(plan, top, approval, now) or _is_routine(plan, tuple(standing), now)
    ):
        raise ApprovalRequired("approval-required", digest=top.digest, losses=len(plan.losses))
    return Permit(plan.digest, plan.actions)


def _is_approved(plan: Plan, ceiling: Plan, approval: Approval | None, now: datetime) -> bool:
    return (
        approval is not None
        and approval.digest == ceiling.digest
        and _is_valid(approval.expires_at, now, LONGEST_APPROVAL)
        and is_within(plan, ceiling)
    )


def _is_valid(expires_at: datetime, now: datetime, longest: timedelta) -> bool:
    return timedelta(0) < expires_at - now <= longest


def _is_routine(plan: Plan, standing: tuple[StandingApproval, ...], now: datetime) -> bool:
    """Whether every loss is a rule's own expiry inside the bounds of a standing approval."""
    valid = [each for each in standing if _is_valid(each.expires_at, now, LONGEST_STANDING)]
    rules = {
        (each.engine, each.asset, frozenset(each.points)): each.rule
        for each in plan.actions
        if isinstance(each, ForgetPoints) and each.rule
    }
    # Releasing a pin, or compacting, may lose the very points that a rule lets go beside it.
    if len(plan.losses) != len(rules):
        return False
    by_rule: dict[tuple[str, str], list[Loss]] = {}
    for loss in plan.losses:
        rule = rules.get((loss.engine, loss.asset, frozenset(loss.points)))
        if rule is None:
            return False
        by_rule.setdefault((rule, loss.engine), []).append(loss)
    return all(
        any((each.rule, each.engine) == key and _bounds(each, losses) for each in valid)
        for key, losses in by_rule.items()
    )


def _bounds(standing: StandingApproval, losses: list[Loss]) -> bool:
    sizes = [loss.size for loss in losses]
    known = [size for size in sizes if size is not None]
    points = sum(len(loss.points) for loss in losses)
    return (
        len(known) == len(sizes)
        and sum(known) <= standing.most_bytes
        and points <= standing.most_points
    )
