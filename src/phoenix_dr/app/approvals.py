"""Approvals: plans kept to be signed, and signatures that are checked at every use.

The ledger only keeps texts and signatures. Whether one counts is asked of the approvers file as
it is now, so a row that someone wrote into the ledger is worth nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from phoenix_dr import codec
from phoenix_dr.adapters import ssh_signing
from phoenix_dr.app import approval_texts
from phoenix_dr.app.approval_texts import STANDING, PlanText, StandingText
from phoenix_dr.app.approvers import approvers_now
from phoenix_dr.app.context import Context
from phoenix_dr.core.guard import LONGEST_APPROVAL, LONGEST_STANDING, Approval, StandingApproval
from phoenix_dr.core.plan import Plan, is_intact
from phoenix_dr.errors import EngineUnreachable, Refused, UsageError
from phoenix_dr.ledger import Kind, Row

LEAST_DIGITS = 8
"""So much of a digest has to be typed to name a plan."""
MOST_ROWS = 200
"""Rows looked at; whoever floods the ledger with more only hides approvals."""


def remember_plan(ctx: Context, plan: Plan, request: Mapping[str, object]) -> None:
    """Keep a plan with what was asked for, so that it can be signed and applied by its digest."""
    value = {"plan": codec.encode(plan), "request": dict(request)}
    ctx.ledger.append(Kind.PLAN, plan.digest, value, at=ctx.now())


def stored_plan(ctx: Context, digest_prefix: str) -> tuple[Plan, Mapping[str, object]]:
    """The plan whose digest begins so, with its request.

    Raises UsageError: plan-unknown, plan-ambiguous; Refused plan-tampered when what is stored is
    not what its digest names.
    """
    row = _plan_row(ctx, digest_prefix.lower())
    try:
        plan: Plan = codec.decode(Plan, row.value["plan"])
        request = row.value["request"]
    except (ValueError, TypeError, KeyError):
        raise Refused("plan-tampered", digest=row.subject[:12]) from None
    if plan.digest != row.subject or not is_intact(plan) or not isinstance(request, dict):
        raise Refused("plan-tampered", digest=row.subject[:12])
    return plan, request


def _plan_row(ctx: Context, prefix: str) -> Row:
    if len(prefix) < LEAST_DIGITS or set(prefix) - set("0123456789abcdef"):
        raise UsageError("plan-unknown", digest=prefix, digits=LEAST_DIGITS)
    found: dict[str, Row] = {}
    for row in ctx.ledger.rows(kinds=(Kind.PLAN,), newest_first=True):
        if row.subject.startswith(prefix):
            found.setdefault(row.subject, row)
    if not found:
        raise UsageError("plan-unknown", digest=prefix, digits=LEAST_DIGITS)
    if len(found) > 1:
        raise UsageError("plan-ambiguous", digest=prefix, count=len(found))
    return next(iter(found.values()))


def approval_for(ctx: Context, digest: str) -> Approval | None:
    """The newest approval of this very plan that has not expired and verifies now.

    Raises Refused when there is one to check but the approvers file is missing or unsafe.
    """
    rows = ctx.ledger.rows(kinds=(Kind.APPROVAL,), subject=digest, newest_first=True)
    for text, signature in _signed(rows):
        if not isinstance(text, PlanText) or text.digest != digest:
            continue
        if is_current(text.expires_at, ctx.now(), LONGEST_APPROVAL):
            approver = signer(ctx, text, signature)
            if approver is not None:
                return Approval(digest, approver, text.expires_at)
    return None


def standing_approvals(ctx: Context) -> tuple[StandingApproval, ...]:
    """For each rule and engine the last standing approval that verifies, unless it has expired.

    What cannot be checked now does not count: nothing is raised.
    """
    last: dict[tuple[str, str], StandingApproval] = {}
    try:
        for text, signature in _signed(_standing_rows(ctx)):
            if isinstance(text, StandingText) and (text.rule, text.engine) not in last:
                approver = signer(ctx, text, signature)
                if approver is not None:
                    last[text.rule, text.engine] = text.approval(approver)
    except (Refused, EngineUnreachable):
        return ()
    now = ctx.now()
    return tuple(
        each for each in last.values() if is_current(each.expires_at, now, LONGEST_STANDING)
    )


def _standing_rows(ctx: Context) -> Iterator[Row]:
    since = ctx.now() - LONGEST_STANDING
    rows = ctx.ledger.rows(kinds=(Kind.APPROVAL,), since=since, newest_first=True)
    return (row for row in rows if row.subject.startswith(STANDING))


def ready(ctx: Context, *, key: Path, for_: timedelta, longest: timedelta) -> None:
    """Raise what would keep a key from signing before anybody reads what it is to sign.

    UsageError: approval-too-long, signing-key-missing; Refused as `approvers_now` does.
    """
    _end(ctx, for_, longest)
    approvers_now(ctx)
    if not key.exists():
        raise UsageError("signing-key-missing", path=str(key))


def approve(ctx: Context, plan: Plan, *, key: Path, for_: timedelta) -> Approval:
    """Sign a plan with an approver's key and keep the signature.

    Raises UsageError for nothing to approve, a time beyond 24 h, a key that cannot sign; Refused
    without approvers, or when the key is none of theirs.
    """
    if not plan.is_guarded:
        raise UsageError("nothing-to-approve", digest=plan.digest[:12])
    text = PlanText(plan.digest, _end(ctx, for_, LONGEST_APPROVAL))
    approver = _keep_signed(ctx, text, key)
    return Approval(plan.digest, approver, text.expires_at)


def approve_standing(
    ctx: Context,
    engine: str,
    *,
    rule: str,
    most: tuple[int, int],
    key: Path,
    for_: timedelta,
) -> StandingApproval:
    """Sign leave for one rule to expire `most` (points, bytes) a run on an engine, unasked.

    Raises as `approve` does; the longest time is 180 days.
    """
    if min(most) < 1:
        raise UsageError("standing-bounds")
    text = StandingText(rule, engine, *most, _end(ctx, for_, LONGEST_STANDING))
    return text.approval(_keep_signed(ctx, text, key))


def _end(ctx: Context, for_: timedelta, longest: timedelta) -> datetime:
    if not timedelta(seconds=1) <= for_ <= longest:
        raise UsageError("approval-too-long", longest=int(longest.total_seconds()))
    return (ctx.now() + for_).replace(microsecond=0)


def _keep_signed(ctx: Context, text: PlanText | StandingText, key: Path) -> str:
    approvers_now(ctx)
    signature = ssh_signing.sign(text.text, key, environ=ctx.environ, cancel=ctx.cancel)
    approver = signer(ctx, text, signature)
    if approver is None:
        raise Refused("not-an-approver", key=str(key))
    value = {"text": text.text, "signature": signature, "approver": approver}
    ctx.ledger.append(Kind.APPROVAL, text.subject, value, at=ctx.now())
    return approver


def signer(ctx: Context, text: PlanText | StandingText, signature: str) -> str | None:
    """Which approver signed this, asked of the approvers file as it is now."""
    return ssh_signing.signer(
        text.text, signature, approvers=approvers_now(ctx), environ=ctx.environ
    )


def is_current(expires_at: datetime, now: datetime, longest: timedelta) -> bool:
    """Whether an end lies ahead, and no further than may be signed."""
    return timedelta(0) < expires_at - now <= longest


def _signed(rows: Iterator[Row]) -> Iterator[tuple[PlanText | StandingText, str]]:
    found = (signed_text(row) for row in islice(rows, MOST_ROWS))
    return (signed for signed in found if signed is not None)


def signed_text(row: Row) -> tuple[PlanText | StandingText, str] | None:
    """The text of a row, in its one spelling, with its signature; anything else is no approval."""
    value: Any = row.value
    if not isinstance(value, dict) or not isinstance(value.get("signature"), str):
        return None
    text = approval_texts.parse(value.get("text"))
    return (text, value["signature"]) if text is not None and text.subject == row.subject else None
