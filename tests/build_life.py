"""Random lives of a repository: it changes, plans are made, signed and applied, each one judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, timedelta
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from build_guard import ASSETS, ENGINES, HOUR, NOW, Lane, point, restorable
from phoenix_dr.core import guard
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.guard import Approval, StandingApproval
from phoenix_dr.core.losses import Ground
from phoenix_dr.core.model import DAY, RetentionRule
from phoenix_dr.core.plan import (
    Action,
    CompactData,
    ForgetPoints,
    Plan,
    ReleasePoint,
    cut,
    make_plan,
)
from phoenix_dr.core.retention import Held, decide
from phoenix_dr.core.retention_dialects import Dialect
from phoenix_dr.errors import ApprovalRequired, Refused

LANES: list[Lane] = [(engine, asset) for engine in ENGINES for asset in ASSETS[:1]]
RULES = {
    "d2": RetentionRule(daily=2),
    "l1": RetentionRule(last=1),
    "w": RetentionRule(within=2 * DAY),
    "h3": RetentionRule(hourly=3),
}
lanes = st.sampled_from(LANES)
numbers = st.integers(0, 10**6)


class Life(RuleBasedStateMachine):
    """What engines hold, what people hold fast, what was planned and signed."""

    removed: ClassVar[int] = 0
    """Points removed in all lives so far."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.made = 0
        self.held: dict[Lane, list[RecoveryPoint]] = {lane: [] for lane in LANES}
        self.gone: dict[str, list[RecoveryPoint]] = {engine: [] for engine in ENGINES}
        self.pinned: set[tuple[str, str]] = set()
        self.drilled: list[tuple[Lane, str]] = []
        self.unusable: set[tuple[str, str]] = set()
        self.hidden: set[str] = set()
        self.rule = "d2"
        self.plans: list[Plan] = []
        self.signatures: list[Approval] = []
        self.standing: list[StandingApproval] = []
        self.wrong = ""
        for lane in LANES:
            for days in (1, 2, 3, 4):
                self.add(lane, days * DAY)

    def add(self, lane: Lane, old: timedelta, **facts: object) -> None:
        """A point of this age."""
        self.made += 1
        made = replace(point(f"p{self.made}", lane), taken_at=self.now - old, **facts)  # type: ignore[arg-type]
        self.held[lane].append(made)

    @rule(
        lane=lanes,
        hours=st.integers(0, 200),
        size=st.sampled_from((1000, 1000, None, 0)),
        complete=st.sampled_from((True, True, False, None)),
        protected=st.sampled_from((False, False, False, True)),
    )
    def a_point_appears(
        self, lane: Lane, hours: int, size: int | None, complete: bool | None, protected: bool
    ) -> None:
        self.add(lane, hours * HOUR, size=size, complete=complete, protected=protected)

    @rule(lane=lanes, which=numbers)
    def somebody_else_removes_a_point(self, lane: Lane, which: int) -> None:
        if held := self.held[lane]:
            held.pop(which % len(held))

    @rule(lane=lanes, which=numbers)
    def somebody_pins_a_point(self, lane: Lane, which: int) -> None:
        if held := self.held[lane]:
            self.pinned.add((lane[0], held[which % len(held)].id))

    @rule(lane=lanes, which=numbers)
    def a_drill_goes_well(self, lane: Lane, which: int) -> None:
        if held := self.held[lane]:
            self.drilled.append((lane, held[which % len(held)].id))

    @rule(lane=lanes, which=numbers)
    def a_point_turns_out_broken(self, lane: Lane, which: int) -> None:
        if held := self.held[lane]:
            self.unusable.add((lane[0], held[which % len(held)].id))

    @rule(name=st.sampled_from(sorted(RULES)))
    def the_rule_changes(self, name: str) -> None:
        self.rule = name

    @rule(hours=st.integers(-5, 60))
    def time_passes(self, hours: int) -> None:
        self.now += hours * HOUR

    @rule(hidden=st.sampled_from((set(), set(), set(), {"home"})))
    def rows_hide_or_show_again(self, hidden: set[str]) -> None:
        self.hidden = set(hidden)

    @rule()
    def every_pin_comes_off_by_hand(self) -> None:
        self.pinned.clear()

    def proven(self) -> set[tuple[str, str]]:
        """The last drilled-good point of each lane that is still held."""
        last: dict[Lane, tuple[str, str]] = {}
        for lane, own in self.drilled:
            if any(each.id == own for each in self.held[lane]):
                last[lane] = (lane[0], own)
        return set(last.values())

    def ground(self) -> Ground:
        """What `app.ground` would read."""
        return Ground(
            points={lane: tuple(held) for lane, held in self.held.items() if held},
            pinned=frozenset(self.pinned),
            proven=frozenset(self.proven()),
            unusable=frozenset(self.unusable),
            forgotten={engine: tuple(gone) for engine, gone in self.gone.items()},
            hidden=frozenset(self.hidden),
            now=self.now,
        )

    def wanted(self, ground: Ground) -> tuple[Action, ...]:
        """What the rule asks for; careless of pins, so that only the guard stands in the way."""
        actions = []
        for lane, points in ground.points.items():
            held = [Held(each.id, int(each.taken_at.timestamp())) for each in points]
            decided = decide(held, RULES[self.rule], zone=UTC, dialect=Dialect.RESTIC, now=self.now)
            if going := tuple(each.point for each in decided if not each.kept):
                actions.append(ForgetPoints(*lane, going, self.rule))
        return tuple(actions)

    def plan(self, actions: Iterable[Action]) -> None:
        """Keep a plan of what is not refused."""
        for action in actions:
            try:
                self.plans.append(make_plan([action], self.ground()))
            except Refused:
                continue

    @rule()
    def the_rule_is_planned(self) -> None:
        ground = self.ground()
        try:
            self.plans.append(make_plan(self.wanted(ground), ground))
        except Refused:
            self.plan(self.wanted(ground))

    @rule(lane=lanes, which=numbers, count=st.integers(1, 5))
    def points_are_named_by_hand(self, lane: Lane, which: int, count: int) -> None:
        held = [each.id for each in self.held[lane]]
        start = which % max(1, len(held))
        self.plan([ForgetPoints(*lane, tuple(held[start : start + count]))])

    @rule(lane=lanes, which=numbers)
    def taking_a_pin_off_is_planned(self, lane: Lane, which: int) -> None:
        if held := self.held[lane]:
            self.plan([ReleasePoint(*lane, held[which % len(held)].id)])

    @rule(engine=st.sampled_from(ENGINES))
    def compacting_is_planned(self, engine: str) -> None:
        self.plan([CompactData(engine)])

    @rule(which=numbers, hours=st.sampled_from((-1, 1, 1, 20, 20, 30)))
    def a_plan_is_signed(self, which: int, hours: int) -> None:
        if self.plans:
            plan = self.plans[-1 - which % min(3, len(self.plans))]
            self.signatures.append(Approval(plan.digest, "somebody", self.now + hours * HOUR))

    @rule(hours=st.integers(0, 30), which=numbers, again=st.booleans())
    def a_plan_is_made_signed_and_applied_later(self, hours: int, which: int, again: bool) -> None:
        self.the_rule_is_planned()
        self.a_plan_is_signed(0, 20)
        for lane in LANES:
            self.add(lane, (which % 90) * HOUR)
        self.somebody_pins_a_point(LANES[which % 2], which)
        self.now += hours * HOUR
        self.a_plan_is_applied(0, 0, again, False)

    @rule(
        engine=st.sampled_from(ENGINES),
        points=st.integers(1, 3),
        size=st.sampled_from((1000, 10_000)),
        days=st.sampled_from((-1, 90, 200)),
    )
    def a_rule_is_signed(self, engine: str, points: int, size: int, days: int) -> None:
        ends = self.now + days * DAY
        made = StandingApproval(self.rule, engine, points, size, "somebody", ends)
        self.standing.append(made)

    @rule(which=numbers, signature=numbers, again=st.booleans(), routine=st.booleans())
    def a_plan_is_applied(self, which: int, signature: int, again: bool, routine: bool) -> None:
        """As `app.apply` does it, on what is held now; mostly under a signature of that plan."""
        if not self.plans:
            return
        plan = self.plans[-1 - which % min(4, len(self.plans))]
        own = [each for each in self.signatures if each.digest == plan.digest]
        known: list[Approval | None] = [*own[-1:] * 4, None, *self.signatures[-2:]]
        approval = known[signature % len(known)]
        standing = tuple(self.standing) if routine else ()
        try:
            done = self.permitted(plan, approval, standing, again)
        except (ApprovalRequired, Refused):
            return
        if done is not None:
            self.judge(plan, done, approval, standing)
            for action in done.actions:
                self.perform(action)

    def permitted(
        self,
        plan: Plan,
        approval: Approval | None,
        standing: tuple[StandingApproval, ...],
        again: bool,
    ) -> Plan | None:
        """The plan that may be carried out now; None when nothing of it stands."""
        guard.permit(plan, approval, standing=standing, now=self.now)
        ground = self.ground()
        actions = cut(self.wanted(ground) if again else plan.actions, plan, ground)
        made = make_plan(actions, ground)
        if made.is_guarded and not plan.is_guarded:
            return None
        guard.permit(made, approval, ceiling=plan, standing=standing, now=self.now)
        return made if actions else None

    def perform(self, action: Action) -> None:
        """What an engine does, without asking."""
        match action:
            case ForgetPoints():
                lane = (action.engine, action.asset)
                Life.removed += len(action.points)
                self.gone[action.engine] += [p for p in self.held[lane] if p.id in action.points]
                self.held[lane] = [p for p in self.held[lane] if p.id not in action.points]
            case ReleasePoint():
                self.pinned.discard((action.engine, action.point))
            case CompactData():
                self.gone[action.engine] = []

    def judge(
        self,
        ceiling: Plan,
        done: Plan,
        approval: Approval | None,
        standing: tuple[StandingApproval, ...],
    ) -> None:
        """Every law, said in other words than the code's, before anything is carried out."""
        inside = approval is not None and approval.digest == ceiling.digest
        inside = inside and timedelta(0) < approval.expires_at - self.now <= DAY  # type: ignore[union-attr]
        for action in done.actions:
            if isinstance(action, ForgetPoints):
                self.judge_forgetting(action, ceiling)
                signed = inside or self.is_routine(action, done, standing)
            elif isinstance(action, ReleasePoint):
                signed = inside and action in ceiling.actions
            else:
                free = not self.gone[action.engine]
                lost = {own for loss in ceiling.losses for own in loss.points}
                signed = free or (inside and {p.id for p in self.gone[action.engine]} <= lost)
            if not signed:
                self.wrong = f"{action} was never signed"

    def judge_forgetting(self, action: ForgetPoints, ceiling: Plan) -> None:
        """Only points of the ceiling, none held fast, never the last restorable."""
        lane = (action.engine, action.asset)
        allowed = {
            own
            for each in ceiling.actions
            if isinstance(each, ForgetPoints) and (each.engine, each.asset) == lane
            for own in each.points
        }
        going = [each for each in self.held[lane] if each.id in action.points]
        keys = {(each.engine, each.id) for each in going}
        staying = [each for each in self.held[lane] if each not in going]
        for law, broken in (
            ("outside the signed ceiling", set(action.points) - allowed),
            ("pinned or proven", keys & (self.pinned | self.proven())),
            ("protected", [each for each in going if each.protected]),
            ("where rows are hidden", action.engine in self.hidden),
            ("the last restorable", not any(restorable(p, self.ground()) for p in staying)),
        ):
            if broken:
                self.wrong = f"{action} goes: {law}"

    def is_routine(
        self, action: ForgetPoints, done: Plan, standing: tuple[StandingApproval, ...]
    ) -> bool:
        """Whether one standing signature bears all that its rule takes from this engine."""
        run = [
            each
            for other in done.actions
            if isinstance(other, ForgetPoints)
            and (other.engine, other.rule) == (action.engine, action.rule)
            for each in self.held[other.engine, other.asset]
            if each.id in other.points
        ]
        size = sum(10**9 if each.size is None else each.size for each in run)
        return any(
            (each.rule, each.engine) == (action.rule, action.engine)
            and len(run) <= each.most_points
            and size <= each.most_bytes
            and self.now < each.expires_at <= self.now + 180 * DAY
            for each in standing
        )

    @invariant()
    def nothing_unsigned_went(self) -> None:
        assert self.wrong == "", self.wrong
