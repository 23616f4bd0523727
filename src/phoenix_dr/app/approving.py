"""Requests to approve as people type them: a plan or a policy, bounds, how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from phoenix_dr.app.context import Context
from phoenix_dr.config import units
from phoenix_dr.errors import UsageError

DEFAULT_SPAN = "24h"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a standing approval is asked for: a policy's rule on an engine, and bounds per run."""

    policy: str
    engine: str
    rule: str
    most: tuple[int, int]
    """Points and bytes."""


def span(text: str | None) -> timedelta:
    """`24h`, `90d`; a day when nothing is said. UsageError approval-span for anything else."""
    try:
        return units.duration(text or DEFAULT_SPAN)
    except ValueError:
        raise UsageError("approval-span", given=str(text)) from None


def standing(
    ctx: Context, policy: str, engine: str | None, *, points: int | None, size: str | None
) -> Standing:
    """A standing approval as asked for; UsageError when a part makes no sense."""
    from phoenix_dr.app.expiry_rules import rule_digest

    if engine is None or points is None or size is None:
        raise UsageError("standing-incomplete", missing="--engine, --most-points, --most-bytes")
    try:
        most = points, units.size(size)
    except ValueError:
        raise UsageError("approval-size", given=size) from None
    if min(most) < 1:
        raise UsageError("standing-bounds")
    return Standing(policy, engine, rule_digest(ctx.estate, policy, engine), most)


def end_of(ctx: Context, lasting: timedelta) -> datetime:
    """When an approval signed now will end."""
    return (ctx.now() + lasting).replace(microsecond=0)
