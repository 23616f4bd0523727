"""Points that went without Phoenix: more than their rule lets go is written down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from phoenix_dr import codec
from phoenix_dr.app.context import Context
from phoenix_dr.app.expiry_rules import is_ours, lane_rule
from phoenix_dr.app.held_fast import pinned, proven
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.plan import Action, ForgetPoints
from phoenix_dr.core.retention import Held, decide
from phoenix_dr.ledger import Kind

LOOKED_AT = 1000
"""Newest intents searched for points Phoenix itself removed."""


def remember_vanished(
    ctx: Context,
    engine: str,
    gone: Iterable[RecoveryPoint],
    *,
    at: datetime,
    missed: Mapping[str, int] | None = None,
) -> None:
    """Note, asset by asset, the points that went although their rule would have kept them, or a
    person or a proof held them fast. What a neighbour's hosts took is theirs to remove.

    `missed` says of an engine that removes by a rule of its own how many of each asset that rule
    would have kept: the newest ones.
    """
    vanished: defaultdict[str, list[RecoveryPoint]] = defaultdict(list)
    still = {point.id for point in ctx.ledger.points(engine=engine)}
    own = _removed_by_us(ctx, engine) | still
    for point in gone:
        if point.id not in own and is_ours(ctx.estate, point):
            vanished[point.asset].append(point)
    held = len(still) + sum(map(len, vanished.values()))
    for asset, points in vanished.items():
        if missed is None:
            lost = _too_much(ctx, engine, asset, points, at=at)
        else:
            points.sort(key=lambda point: point.taken_at, reverse=True)
            lost = points[: missed.get(asset, 0)]
        if lost:
            said = {
                "engine": engine,
                "asset": asset,
                "points": [point.id for point in lost],
                "since": min(point.taken_at for point in lost).isoformat(),
                "until": max(point.taken_at for point in lost).isoformat(),
                "of": held,
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
    every = ctx.ledger.points(asset, engine=engine)
    held = [point for point in every if is_ours(ctx.estate, point)]
    # A rewritten point has a new id and the same moment: nothing was lost.
    moments = {point.taken_at for point in held}
    lost = [point for point in gone if point.taken_at not in moments]
    rule = lane_rule(ctx.estate, engine, asset) if engine in ctx.estate.engines else None
    if rule is None:
        return lost
    ids = {point.id for point in (*held, *lost)}
    fast = pinned(ctx, engine) | proven(ctx, engine, ids, ctx.ledger.drills())
    verdicts = decide(
        (
            Held(point.id, int(point.taken_at.timestamp()), protected=point.id in fast)
            for point in (*held, *lost)
        ),
        rule.policy.keep,
        zone=ZoneInfo(ctx.estate.timezone),
        dialect=rule.dialect,
        now=at,
    )
    kept = {verdict.point for verdict in verdicts if verdict.kept}
    return [point for point in lost if point.id in kept]
