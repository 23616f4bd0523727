"""Every approval that was stored, and whether it counts now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice

from phoenix_dr.app.approval_texts import PlanText, StandingText
from phoenix_dr.app.approvals import MOST_ROWS, is_current, signed_text, signer
from phoenix_dr.app.context import Context
from phoenix_dr.core.guard import LONGEST_APPROVAL, LONGEST_STANDING
from phoenix_dr.errors import EngineUnreachable, PhoenixError, Refused, UsageError
from phoenix_dr.ledger import Kind, Row


class State(StrEnum):
    """What a stored approval is worth now."""

    VALID = "valid"
    EXPIRED = "expired"
    TOO_LONG = "too-long"
    REPLACED = "replaced"
    RULE_CHANGED = "rule-changed"
    UNSIGNED = "unsigned"
    UNREADABLE = "unreadable"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of the ledger that claims to be an approval.

    `approver` is who signed, empty when nobody is known to have. `policy` is the policy whose rule
    a standing approval is for, empty when no policy has that rule any more.
    """

    at: datetime
    subject: str
    state: State
    approver: str = ""
    what: PlanText | StandingText | None = None
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """Stored approvals, newest first, and why none could be checked (None: they were)."""

    approvals: tuple[Stored, ...]
    problem: PhoenixError | None = None


def stored_approvals(ctx: Context) -> Listed:
    """The last approvals stored, each checked against the approvers file as it is now."""
    found: list[Stored] = []
    problem: PhoenixError | None = None
    seen: set[str] = set()
    rows = ctx.ledger.rows(kinds=(Kind.APPROVAL,), newest_first=True)
    for row in islice(rows, MOST_ROWS):
        try:
            stored = _stored(ctx, row, seen)
        except (Refused, EngineUnreachable) as error:
            problem = error
            read = signed_text(row)
            stored = Stored(row.at, row.subject, State.UNCHECKED, what=read[0] if read else None)
        if stored.approver:
            seen.add(row.subject)
        found.append(stored)
    return Listed(tuple(found), problem)


def _stored(ctx: Context, row: Row, seen: set[str]) -> Stored:
    read = signed_text(row)
    if read is None:
        return Stored(row.at, row.subject, State.UNREADABLE)
    text, signature = read
    approver = signer(ctx, text, signature)
    if approver is None:
        return Stored(row.at, row.subject, State.UNSIGNED, what=text)
    policy = _policy(ctx, text) if isinstance(text, StandingText) else ""
    state = _state(ctx, text, policy=policy, seen=seen)
    return Stored(row.at, row.subject, state, approver, text, policy)


def _state(ctx: Context, text: PlanText | StandingText, *, policy: str, seen: set[str]) -> State:
    standing = isinstance(text, StandingText)
    longest = LONGEST_STANDING if standing else LONGEST_APPROVAL
    if standing and text.subject in seen:
        return State.REPLACED
    if text.expires_at <= ctx.now():
        return State.EXPIRED
    if not is_current(text.expires_at, ctx.now(), longest):
        return State.TOO_LONG
    return State.RULE_CHANGED if standing and not policy else State.VALID


def _policy(ctx: Context, text: StandingText) -> str:
    from phoenix_dr.app.expiry_rules import rule_digest

    for name in ctx.estate.policies:
        try:
            if rule_digest(ctx.estate, name, text.engine) == text.rule:
                return name
        except UsageError:
            # This policy does not reach that engine.
            continue
    return ""
