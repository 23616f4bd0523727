"""The one way to act: permit inside, intent before, outcome after, engines side by side."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from datetime import datetime

from phoenix_dr.adapters.base import Done, Writer
from phoenix_dr.app.context import Context
from phoenix_dr.core.guard import Approval, Permit, permit
from phoenix_dr.core.plan import Action, Outcome, Plan, make_plan
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


def apply(
    ctx: Context,
    plan: Plan,
    *,
    approval: Approval | None = None,
    engines: Mapping[str, object] | None = None,
) -> tuple[Performed, ...]:
    """Perform a plan. Not calling this is the dry run.

    `engines` replaces configured engines by id (a drill's corrupted twin). Raises
    ApprovalRequired, PlanStale or Refused before anything is touched; a failing action
    becomes an Outcome, and the actions of other engines go on.
    """
    now = ctx.now()
    leave = permit(plan, approval, now=now)
    if plan.is_guarded:
        _require_unchanged(ctx, plan)
    return _Run(ctx, leave, engines or {}).drive(plan.actions)


def _require_unchanged(ctx: Context, plan: Plan) -> None:
    from phoenix_dr.app.observe import observe

    observe(ctx, tuple({loss.engine for loss in plan.losses}), force=True)
    held = {
        (loss.engine, loss.asset): ctx.ledger.points(loss.asset, engine=loss.engine)
        for loss in plan.losses
    }
    if make_plan(plan.actions, held).digest != plan.digest:
        raise PlanStale("plan-stale", digest=plan.digest)


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
        engine = self.engines.get(action.engine) or self.ctx.engine(action.engine)
        if not isinstance(engine, Writer):
            raise Refused("engine-cannot", engine=action.engine, verb=type(action).__name__)
        return engine.perform(
            action,
            self.leave,
            progress=lambda progress: self.ctx.watch(action, progress),
            cancel=self.ctx.cancel,
        )

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
