"""The course of a drill, one for every kind: measured, cleaned up after, judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from phoenix_dr.app.apply import Performed, apply
from phoenix_dr.app.context import Context
from phoenix_dr.app.drills import DrillRequest, is_off_site
from phoenix_dr.core import drill
from phoenix_dr.core.actions import Action
from phoenix_dr.core.evidence import CheckResult, DrillRecord, Level, Phase, RecoveryPoint
from phoenix_dr.core.model import Asset, Check, CheckKind, EngineSpec
from phoenix_dr.core.plan import make_plan
from phoenix_dr.errors import PhoenixError
from phoenix_dr.sandboxes.journal import Journal, new_id

_GONE = "gone"
"""What taking something away says that is not there."""


@dataclass(slots=True)
class Course:
    """One drill under way: what it was given, and what was measured and found until now.

    `isolated`: what was restored was shut in for as long as it was used. `dirty`: something of the
    drill had to stay. `kept` are the folders left to a person on request.
    """

    ctx: Context
    run: str
    asset: Asset
    point: RecoveryPoint
    request: DrillRequest
    id: str = field(default_factory=new_id)
    phases: list[Phase] = field(default_factory=list)
    checks: list[CheckResult] = field(default_factory=list)
    data_age: timedelta | None = None
    isolated: bool = False
    dirty: bool = False
    kept: tuple[str, ...] = ()

    @property
    def spec(self) -> EngineSpec:
        """The engine that holds the point, as it is configured."""
        return self.ctx.estate.engines[self.point.engine]

    @property
    def engine(self) -> object:
        """That engine, to be asked."""
        return self.ctx.engine(self.point.engine)

    @property
    def has_failed(self) -> bool:
        """Whether a check is KO, so that nothing further is worth asking."""
        return any(check.ok is False for check in self.checks)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the time spent in here; phases of one name in a row are one."""
        began = time.monotonic()
        try:
            yield
        finally:
            spent = time.monotonic() - began
            if self.phases and self.phases[-1].name == name:
                spent += self.phases.pop().seconds
            self.phases.append(Phase(name, round(spent, 3)))

    def do(self, action: Action, *, engines: Mapping[str, object] | None = None) -> Performed:
        """One action with how it went."""
        return apply(self.ctx, make_plan([action]), engines=engines)[0]

    def not_restored(self, error: PhoenixError, *, tells: bool) -> None:
        """Note a restore that failed; raise its error where that `tells` nothing of the copy."""
        if not tells:
            raise error
        facts = (("error", error.code), *sorted(error.parameters.items()))
        self.checks.append(CheckResult("restore", False, Level.RESTORES, facts))


def run(course: Course, steps: Callable[[Course], None], *, escrowed: bool = False) -> DrillRecord:
    """The record of a drill that goes these steps; `escrowed`: its key came from an escrowed copy.

    Raises what the steps raise when nothing can be said of the copy.
    """
    started = course.ctx.now()
    steps(course)
    asset, point = course.asset, course.point
    location = course.ctx.estate.locations.get(point.location)
    record = DrillRecord(
        id=course.id,
        run=course.run,
        asset=asset.id,
        service=asset.service,
        engine=point.engine,
        location=point.location,
        point=point.id,
        taken_at=point.taken_at,
        started_at=started,
        ok=False,
        level=Level.UNKNOWN,
        ceiling=drill.ceiling(asset, checks_of(course.ctx, asset)),
        phases=tuple(course.phases),
        checks=tuple(course.checks),
        off_site=is_off_site(course.ctx, point.location),
        simulated=location is not None and location.simulated,
        mutated=course.request.mutate,
        dirty=course.dirty,
        isolated=course.isolated,
        point_choice=course.request.choice,
        data_age=course.data_age,
    )
    return _judged(course, record, escrowed=escrowed)


def _judged(course: Course, record: DrillRecord, *, escrowed: bool) -> DrillRecord:
    """With the verdict and the level its checks prove under the conditions it ran in."""
    service = course.ctx.estate.services.get(course.asset.service)
    objective = service.objectives.rto if service else timedelta(hours=2)
    earlier = course.ctx.ledger.drills()
    conditions = drill.Circumstances(
        isolated=record.isolated,
        seen_failing=drill.seen_failing(earlier, record.service, before=record.started_at),
        off_site=record.off_site,
        escrowed=escrowed,
        within_rto=record.rto < objective.total_seconds(),
        simulated=record.simulated,
    )
    kind, ceiling = course.asset.kind, record.ceiling
    ok, level = drill.judge(record.checks, conditions, kind=kind, ceiling=ceiling)
    return replace(record, ok=ok, level=level)


def checks_of(ctx: Context, asset: Asset) -> tuple[Check, ...]:
    """The checks written for the service of an asset."""
    service = ctx.estate.services.get(asset.service)
    return service.checks if service else ()


def commands(course: Course) -> list[tuple[str, ...]]:
    """The commands written for the asset itself, or for the pattern it is of."""
    return [
        each.argv
        for each in checks_of(course.ctx, course.asset)
        if each.kind is CheckKind.COMMAND and drill.concerns(each, course.asset)
    ]


def take_away(course: Course, action: Action, *, journal: Journal, unsure: bool) -> None:
    """Take away what was restored elsewhere; what could not be stays in the journal, for gc.

    After a write whose end nobody saw (`unsure`), what is not there may still come.
    """
    one = course.do(action)
    absent = one.done is not None and one.done.note == _GONE
    course.dirty = journal.stuck = one.error is not None or (absent and unsure)
