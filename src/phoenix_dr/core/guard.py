"""The guard: the only place that turns a plan into a permit to act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from phoenix_dr.core.plan import Action, Plan
from phoenix_dr.errors import ApprovalRequired, Refused


@dataclass(frozen=True, slots=True)
class Approval:
    """A verified signature over a plan's digest, valid until `expires_at` (aware UTC)."""

    digest: str
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


def permit(plan: Plan, approval: Approval | None, *, now: datetime) -> Permit:
    """A permit for `plan`: at once when nothing is lost, else only under a valid approval.

    Raises ApprovalRequired when a loss is not covered by an approval of this digest.
    """
    if plan.is_guarded and not _covers(approval, plan, now):
        raise ApprovalRequired("approval-required", digest=plan.digest, losses=len(plan.losses))
    return Permit(plan.digest, plan.actions)


def _covers(approval: Approval | None, plan: Plan, now: datetime) -> bool:
    return approval is not None and approval.digest == plan.digest and now < approval.expires_at
