"""The one way to act: permit inside, intent before, outcome after, engines side by side."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

from phoenix_dr.adapters.base import Done, Writer
from phoenix_dr.app.context import Context
from phoenix_dr.core.guard import Approval, Permit, StandingApproval, permit
from phoenix_dr.core.plan import (
    HARMLESS,
    Action,
    CompactData,
    ForgetPoints,
    Ground,
    Loss,
    Outcome,
    Plan,
    ReleasePoint,
    cut,
    make_plan,
)
from phoenix_dr.errors import (
    EngineDenied,
    EngineError,
    EngineUnreachable,
    PhoenixError,
    PlanStale,
    Refused,
)


@dataclass(frozen=True, slots=True)
class Performed:
    """One action with how it went; `done` is None when it failed with `error`."""

    outcome: Outcome
    done: Done | None
    error: PhoenixError | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """What lets a guarded plan through, and how its actions are worked out anew.

    `remake` decides again on what is held now; without it the plan's own actions are asked for.
    """

    approval: Approval | None = None
    standing: tuple[StandingApproval, ...] = ()
    remake: Callable[[Ground], Iterable[Action]] | None = None


NO_LEAVE = Leave()


def apply(
    ctx: Context,
    plan: Plan,
    *,
    leave: Leave = NO_LEAVE,
    engines: Mapping[str, object] | None = None,
) -> tuple[Performed, ...]:
    """Perform a plan. Not calling this is the dry run.

    A plan of verbs that can lose something is only a ceiling, even where it lost nothing when it
    was made: what is held is looked at again, and what is still in it is performed. `engines`
    replaces configured engines by id (a drill's corrupted twin). Raises ApprovalRequired,
    PlanStale or Refused before anything is touched; a failing action becomes an Outcome, and the
    actions of other engines go on.
    """
    if all(isinstance(action, HARMLESS) for action in plan.actions):
        return _Run(ctx, permit(plan, now=ctx.now()), engines or {}).drive(plan.actions)
    # Asked twice: without leave nobody need wait for engines and locks.
    permit(plan, leave.approval, standing=leave.standing, now=ctx.now())
    with _alone(ctx, plan):
        now = _looked_at_again(ctx, plan, leave)
        if now.is_guarded and not plan.is_guarded:
            raise PlanStale("plan-stale", digest=plan.digest[:12])
        _require_told(now, plan)
        granted = permit(now, leave.approval, ceiling=plan, standing=leave.standing, now=ctx.now())
        return _Run(ctx, granted, engines or {}).drive(now.actions)


@contextmanager
def _alone(ctx: Context, plan: Plan) -> Iterator[None]:
    """Hold everything the plan touches, so that no run of ours changes it meanwhile.

    Letting points go holds the whole engine: freeing space beside it would end them unsigned.
    """
    from phoenix_dr.app.interrupted import lease_name

    names = {lease_name(action) for action in plan.actions}
    names |= {
        lease_name(CompactData(action.engine))
        for action in plan.actions
        if isinstance(action, ForgetPoints)
    }
    with ExitStack() as held:
        for name in sorted(names):
            held.enter_context(ctx.ledger.lease(name))
        yield


def _looked_at_again(ctx: Context, plan: Plan, leave: Leave) -> Plan:
    """What of the plan still stands on what the engines hold now."""
    from phoenix_dr.app.ground import ground_of
    from phoenix_dr.app.observe import observe

    engines = tuple(dict.fromkeys(action.engine for action in plan.actions))
    for name in engines:
        ctx.engine(name)
    observe(ctx, engines, force=True)
    ground = ground_of(ctx, engines)
    wanted = leave.remake(ground) if leave.remake else plan.actions
    actions = cut(wanted, plan, ground)
    if not actions:
        raise PlanStale("plan-stale", digest=plan.digest[:12])
    return make_plan(actions, ground)


def _require_told(now: Plan, plan: Plan) -> None:
    """Raise PlanStale when points cost more than the plan told whoever signed it.

    A digest names what was stored; that it told the truth is only seen here.
    """
    counts = any(isinstance(action, ForgetPoints | CompactData) for action in now.actions)
    for loss in now.losses:
        told = (each for each in plan.losses if set(loss.points) <= set(each.points))
        if loss.points and not any(_tells(each, loss, counts=counts) for each in told):
            raise PlanStale("plan-stale", digest=plan.digest[:12])


def _tells(told: Loss, loss: Loss, *, counts: bool) -> bool:
    """Whether a loss is no larger than told; `counts` compares what remains, too."""
    known = told.size is None or (loss.size is not None and loss.size <= told.size)
    within = told.since <= loss.since and loss.until <= told.until
    return known and within and (loss.remaining >= told.remaining or not counts)


class _Run:
    """Drives a plan from the calling thread: it alone writes to the ledger."""

    def __init__(self, ctx: Context, leave: Permit, engines: Mapping[str, object]) -> None:
        self.ctx = ctx
        self.leave = leave
        self.engines = engines
        self.run_id = "phx-" + secrets.token_hex(5)
        self.results: dict[int, Performed] = {}
        self.running: dict[Future[Done], tuple[int, datetime]] = {}

    def drive(self, actions: tuple[Action, ...]) -> tuple[Performed, ...]:
        """One action at a time per engine, engines side by side."""
        queues: dict[str, deque[int]] = {}
        for index, action in enumerate(actions):
            queues.setdefault(action.engine, deque()).append(index)
        for queue in queues.values():
            self._start(actions, queue.popleft())
        try:
            while self.running:
                for index in self._finished(actions):
                    self._next(actions, queues[actions[index].engine], index)
        except KeyboardInterrupt:
            self._interrupt(actions)
            raise
        return tuple(self.results[index] for index in range(len(actions)))

    def _start(self, actions: tuple[Action, ...], index: int) -> None:
        started = self.ctx.now()
        self.ctx.ledger.intent(self._key(index), actions[index], at=started)
        future = self.ctx.engine_pool.submit(self._perform, actions[index])
        self.running[future] = (index, started)

    def _perform(self, action: Action) -> Done:
        engine = self._engine(action)
        if not isinstance(engine, Writer):
            raise Refused("engine-cannot", engine=action.engine, verb=type(action).__name__)
        return engine.perform(
            action,
            self.leave,
            progress=lambda progress: self.ctx.watch(action, progress),
            cancel=self.ctx.cancel,
        )

    def _engine(self, action: Action) -> object:
        if isinstance(action, ReleasePoint):
            from phoenix_dr.app.pins import PinBoard

            return PinBoard(self.ctx)
        return self.engines.get(action.engine) or self.ctx.engine(action.engine)

    def _finished(self, actions: tuple[Action, ...]) -> list[int]:
        ready, _ = wait(self.running, return_when=FIRST_COMPLETED)
        return [self._settle(actions, future) for future in ready]

    def _settle(self, actions: tuple[Action, ...], future: Future[Done]) -> int:
        index, started = self.running.pop(future)
        error = future.exception()
        if error is not None and not isinstance(error, PhoenixError):
            self._record(actions, index, started, error=EngineError("bug"))
            raise error
        done = None if error else future.result()
        self._record(actions, index, started, done=done, error=error)
        return index

    def _next(self, actions: tuple[Action, ...], queue: deque[int], after: int) -> None:
        """Go on with the engine's queue, unless the engine itself is out of reach."""
        error = self.results[after].error
        if isinstance(error, EngineUnreachable | EngineDenied) and _is_of_engine(error):
            while queue:
                self._record(actions, queue.popleft(), self.ctx.now(), error=error)
        elif queue:
            self._start(actions, queue.popleft())

    def _record(
        self,
        actions: tuple[Action, ...],
        index: int,
        started: datetime,
        *,
        done: Done | None = None,
        error: PhoenixError | None = None,
    ) -> None:
        outcome = Outcome(
            actions[index],
            error is None,
            started,
            self.ctx.now(),
            note=done.note if done else "",
            error=error.code if error else "",
            added=done.added if done else None,
        )
        self.results[index] = Performed(outcome, done, error)
        self.ctx.ledger.outcome(self._key(index), outcome, at=outcome.ended_at)

    def _interrupt(self, actions: tuple[Action, ...]) -> None:
        self.ctx.cancel.set()
        wait(self.running)
        for future in list(self.running):
            self._settle(actions, future)

    def _key(self, index: int) -> str:
        return f"{self.run_id}-{index}"


def _is_of_engine(error: PhoenixError) -> bool:
    return error.code not in {"source-missing", "source-empty"}
