"""What the rules of phoenix.yaml let go now: decided point by point, and planned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from phoenix_dr.adapters.base import Stored
from phoenix_dr.app.context import Context
from phoenix_dr.app.expiry_rules import (
    DIALECTS,
    LaneRule,
    is_stale,
    lane_rule,
    rule_digest,
)
from phoenix_dr.app.ground import ground_of, store_state
from phoenix_dr.app.lane_verdicts import judged, ours
from phoenix_dr.app.observe import observe
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.losses import losses_of
from phoenix_dr.core.model import SAMPLE_KINDS, EngineSpec, SpanRule
from phoenix_dr.core.plan import (
    Action,
    CompactData,
    ForgetPoints,
    Ground,
    Plan,
    SetRetention,
    make_plan,
)
from phoenix_dr.core.retention import Verdict
from phoenix_dr.errors import EngineError, Refused, UsageError

__all__ = ["ExpiryPlan", "Lane", "Left", "Request", "plan_expiry", "rule_digest", "wanted"]


@dataclass(frozen=True, slots=True)
class Request:
    """What to plan: all engines by default; `compact` frees space instead of letting points go."""

    engines: tuple[str, ...] = ()
    compact: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """The points of one asset on one engine, judged by its rule."""

    engine: str
    asset: str
    rule: LaneRule
    verdicts: tuple[Verdict, ...]
    points: tuple[RecoveryPoint, ...]

    @property
    def going(self) -> tuple[str, ...]:
        """Ids the rule lets go, oldest first."""
        return tuple(each.point for each in reversed(self.verdicts) if not each.kept)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left alone, and why (phrase `left.REASON`); `detail` is the fact that matters."""

    engine: str
    asset: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the rules ask for on what is held: lanes, actions, and what is left alone."""

    lanes: tuple[Lane, ...]
    actions: tuple[Action, ...]
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class ExpiryPlan:
    """A plan with the reasons behind it."""

    request: Request
    plan: Plan
    lanes: tuple[Lane, ...]
    left: tuple[Left, ...]


def plan_expiry(ctx: Context, request: Request) -> ExpiryPlan:
    """Look at the engines, decide every point, and compute what would be lost.

    Changes nothing. Raises UsageError for an unknown engine.
    """
    engines = chosen(ctx, request)
    observe(ctx, engines, force=True)
    ground = ground_of(ctx, engines)
    found = wanted(ctx, request, ground)
    return ExpiryPlan(request, make_plan(found.actions, ground), found.lanes, found.left)


def chosen(ctx: Context, request: Request) -> tuple[str, ...]:
    """The engines a request is about: those named, else all."""
    for name in request.engines:
        if name not in ctx.estate.engines:
            known = ", ".join(ctx.estate.engines)
            raise UsageError("engine-unknown", engine=name, known=known)
    return request.engines or tuple(ctx.estate.engines)


def wanted(ctx: Context, request: Request, ground: Ground) -> Wanted:
    """What the rules ask for on this ground; the same question at plan and at apply."""
    lanes: list[Lane] = []
    actions: list[Action] = []
    left: list[Left] = []
    for name in chosen(ctx, request):
        spec = ctx.estate.engines[name]
        reason = _untouched(spec, ground)
        if reason:
            left.append(Left(name, "", reason, spec.kind))
        elif request.compact:
            actions += [CompactData(name)] if spec.kind in DIALECTS else []
        elif spec.kind in SAMPLE_KINDS:
            _of_store(ctx, spec, ground, (actions, left))
        else:
            _of_points(ctx, name, ground, (lanes, actions, left))
    return Wanted(tuple(lanes), tuple(actions), tuple(left))


def _untouched(spec: EngineSpec, ground: Ground) -> str:
    if spec.kind not in DIALECTS and spec.kind not in SAMPLE_KINDS:
        return "engine-not-yet"
    if spec.id in ground.hidden:
        return "hidden-rows"
    return "handoff" if spec.apply == "handoff" else ""


def _of_points(
    ctx: Context,
    engine: str,
    ground: Ground,
    found: tuple[list[Lane], list[Action], list[Left]],
) -> None:
    lanes, actions, left = found
    for (held_by, asset), points in ground.points.items():
        if held_by != engine:
            continue
        rule = lane_rule(ctx.estate, engine, asset)
        points, others = ours(ctx.estate, points)
        if others:
            left.append(Left(engine, asset, "other-host", ", ".join(others)))
        if not points:
            continue
        reason, detail = _kept_whole(ctx, rule, points, now=ground.now)
        if rule is None or reason:
            left.append(Left(engine, asset, reason, detail))
            continue
        lane = Lane(engine, asset, rule, judged(ctx.estate, rule, points, ground=ground), points)
        action = ForgetPoints(engine, asset, lane.going, rule.digest)
        try:
            if lane.going:
                losses_of(action, ground)
                actions.append(action)
        except Refused as refusal:
            left.append(Left(engine, asset, refusal.code))
            continue
        lanes.append(lane)


def _kept_whole(
    ctx: Context, rule: LaneRule | None, points: Sequence[RecoveryPoint], *, now: datetime
) -> tuple[str, str]:
    """Why a lane's points all stay, whatever its rule says; empty when it may be judged."""
    if rule is None:
        return "no-rule", ""
    newest = max(point.taken_at for point in points)
    if newest > now:
        # A wrong clock, here or there: no age can be trusted.
        return "future-point", newest.isoformat(timespec="minutes")
    if is_stale(ctx.estate, rule.policy, newest, now=now):
        return "backups-stopped", newest.isoformat(timespec="minutes")
    return "", ""


def _of_store(
    ctx: Context, spec: EngineSpec, ground: Ground, found: tuple[list[Action], list[Left]]
) -> None:
    actions, left = found
    state = store_state(ctx, spec.id)
    asked = _limits(spec.spans)
    if state.written is not None and _limits(state.written) == asked:
        if state.in_force is not None and _limits(state.in_force) != asked:
            left.append(Left(spec.id, "", "restart-missing"))
        return
    if state.written is None and state.in_force is not None and _limits(state.in_force) == asked:
        return
    engine = ctx.engine(spec.id)
    try:
        if isinstance(engine, Stored):
            action = SetRetention(spec.id, spec.spans, engine.seen())
            losses_of(action, ground)
            actions.append(action)
    except Refused as refusal:
        left.append(Left(spec.id, "", refusal.code))
    except EngineError as error:
        left.append(Left(spec.id, "", "no-file", error.code))


def _limits(rules: Iterable[SpanRule]) -> frozenset[tuple[str, object, object]]:
    return frozenset((rule.stream, rule.within, rule.size) for rule in rules)
