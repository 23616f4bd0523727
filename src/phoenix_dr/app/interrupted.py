"""Actions that a killed run began and never ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import assert_never

from phoenix_dr.app.context import Context
from phoenix_dr.core.plan import (
    Action,
    CompactData,
    DestroyGuest,
    ForgetPoints,
    LabelVolume,
    Outcome,
    ProbeClaim,
    ProbeGuest,
    ReadData,
    ReleasePoint,
    RemoveClaim,
    RestoreClaim,
    RestoreGuest,
    RestorePoint,
    SaveGuest,
    SaveNamespaces,
    SaveVolume,
    SetJob,
    SetRecurringJob,
    SetRetention,
    SetSchedule,
    StartGuest,
    TakePoint,
)
from phoenix_dr.errors import LedgerError
from phoenix_dr.ledger import Intent


def lease_name(action: Action) -> str:
    """What a run holds alone while it performs this action."""
    match action:
        case TakePoint() | ForgetPoints() | ReleasePoint() | SaveGuest():
            return f"asset {action.asset}"
        case RestorePoint() | RestoreGuest() | StartGuest() | ProbeGuest() | DestroyGuest():
            return f"drill {action.asset}"
        case SaveVolume():
            return f"asset {action.asset}"
        case RestoreClaim() | ProbeClaim() | RemoveClaim():
            return f"drill {action.asset}"
        case ReadData():
            return f"read {action.engine}"
        case CompactData() | SetRetention() | SetJob():
            return f"engine {action.engine}"
        case SetRecurringJob() | LabelVolume() | SetSchedule() | SaveNamespaces():
            return f"engine {action.engine}"
        case _:
            assert_never(action)


def interrupted(ctx: Context) -> tuple[Intent, ...]:
    """Intents without outcome whose run is gone; those of a running one are left out."""
    return tuple(left for left in ctx.ledger.open_intents() if _is_free(ctx, left.action))


def close_interrupted(ctx: Context) -> int:
    """Write down that such actions were interrupted; to be called before taking any lease."""
    closed = 0
    for left in ctx.ledger.open_intents():
        with _alone(ctx, left.action) as free:
            if free:
                outcome = Outcome(left.action, False, left.at, ctx.now(), error="interrupted")
                ctx.ledger.outcome(left.key, outcome, at=ctx.now())
                closed += 1
    return closed


def _is_free(ctx: Context, action: Action) -> bool:
    with _alone(ctx, action) as free:
        return free


@contextmanager
def _alone(ctx: Context, action: Action) -> Iterator[bool]:
    lease = ctx.ledger.lease(lease_name(action))
    try:
        lease.__enter__()
    except LedgerError as error:
        if error.code != "busy":
            raise
        yield False
        return
    try:
        yield True
    finally:
        lease.__exit__(None, None, None)
