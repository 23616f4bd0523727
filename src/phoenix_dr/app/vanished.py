"""Points that went without Phoenix: more than their rule lets go is written down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from phoenix_dr import codec
from phoenix_dr.app.context import Context
from phoenix_dr.app.expiry_rules import lane_rule
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.plan import Action, ForgetPoints
from phoenix_dr.core.retention import Held, decide
from phoenix_dr.ledger import Kind

LOOKED_AT = 1000
"""Newest intents searched for points Phoenix itself removed."""


def remember_vanished(
    ctx: Context, engine: str, gone: Iterable[RecoveryPoint], *, at: datetime
) -> None:
    """Note, asset by asset, the points that went although their rule would have kept them."""
    vanished: defaultdict[str, list[RecoveryPoint]] = defaultdict(list)
    own = _removed_by_us(ctx, engine)
    for point in gone:
        if point.id not in own:
            vanished[point.asset].append(point)
    for asset, points in vanished.items():
        if missed := _too_much(ctx, engine, asset, points, at=at):
            said = {
                "engine": engine,
                "asset": asset,
                "points": [point.id for point in missed],
                "since": min(point.taken_at for point in missed).isoformat(),
                "until": max(point.taken_at for point in missed).isoformat(),
            }
            ctx.ledger.append(Kind.EXPIRED, engine, said, at=at)


def _removed_by_us(ctx: Context, engine: str) -> set[str]:
    rows = ctx.ledger.rows(kinds=(Kind.INTENT,), limit=LOOKED_AT, newest_first=True)
    actions = (codec.loads(Action, row.payload) for row in rows)
    return {
        point
        for action in actions
        if isinstance(action, ForgetPoints) and action.engine == engine
        for point in action.points
    }


def _too_much(
    ctx: Context, engine: str, asset: str, gone: list[RecoveryPoint], *, at: datetime
) -> list[RecoveryPoint]:
    held = ctx.ledger.points(asset, engine=engine)
    # A rewritten point has a new id and the same moment: nothing was lost.
    moments = {point.taken_at for point in held}
    lost = [point for point in gone if point.taken_at not in moments]
    rule = lane_rule(ctx.estate, engine, asset) if engine in ctx.estate.engines else None
    if rule is None:
        return lost
    verdicts = decide(
        (Held(point.id, int(point.taken_at.timestamp())) for point in (*held, *lost)),
        rule.policy.keep,
        zone=ZoneInfo(ctx.estate.timezone),
        dialect=rule.dialect,
        now=at,
    )
    kept = {verdict.point for verdict in verdicts if verdict.kept}
    return [point for point in lost if point.id in kept]
