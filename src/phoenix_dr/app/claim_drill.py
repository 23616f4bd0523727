"""A drill of a claim in its own cluster: restored beside production, read, and taken away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from phoenix_dr.app.apply import Performed, apply
from phoenix_dr.app.context import Context
from phoenix_dr.app.drill_record import judged
from phoenix_dr.app.drills import is_off_site
from phoenix_dr.core import claim_checks, drill
from phoenix_dr.core.actions import Action
from phoenix_dr.core.claim_report import ClaimReport, report_of
from phoenix_dr.core.claim_settings import ClaimPlace
from phoenix_dr.core.cluster_actions import ProbeClaim, RemoveClaim, RestoreClaim
from phoenix_dr.core.evidence import CheckResult, DrillRecord, Level, Phase, RecoveryPoint
from phoenix_dr.core.model import Asset, CheckKind
from phoenix_dr.core.plan import make_plan
from phoenix_dr.errors import EngineError, EngineUnreachable, PhoenixError
from phoenix_dr.sandboxes.journal import Journal, Resource, new_id, open_journal

if TYPE_CHECKING:
    from phoenix_dr.app.drills import DrillRequest
    from phoenix_dr.sandboxes.collecting import Destroy

CLAIMS = "claim"
"""Kind of a journal's line: everything of the drill in one cluster."""
NOTHING_THERE = "gone"
"""What removing says when there was nothing to remove."""
KINDS = frozenset({"longhorn", "velero"})
"""Engines that restore claims in their own cluster."""
COUNTS_FILES = frozenset({"velero"})
"""Engines whose points tell the size of files; others count blocks."""
RESTORE_FAILED = "claim-restore-failed"
"""The one error that says something about the copy."""


class ClaimDrill:
    """Restores one point as a claim of its own and judges it; always cleaned up."""

    def __init__(
        self, ctx: Context, run: str, asset: Asset, point: RecoveryPoint, request: DrillRequest
    ) -> None:
        """Nothing is made before `run`."""
        self.ctx = ctx
        self.id = new_id()
        self.run_id = run
        self.asset = asset
        self.point = point
        self.request = request
        self.phases: list[Phase] = []
        self.checks: list[CheckResult] = []
        self.kept: list[str] = []
        self._reached: list[bool | None] = []
        self._unsure = False
        self._claim = ""

    def run(self) -> DrillRecord:
        """The drill's record. Raises EngineError when it says nothing about the copy."""
        started, clean = self.ctx.now(), True
        place = self.ctx.estate.engines[self.point.engine].claims
        if place is None:
            raise EngineError("claim-no-place", engine=self.point.engine)
        with open_journal(self.ctx.settings.state_dir, self.id) as journal:
            # Written down first: whatever a kill leaves carries this drill's name over there.
            journal.note(Resource(CLAIMS, path=f"{self.point.engine}/{place.namespace}"))
            try:
                if self._restored():
                    self._read()
            finally:
                clean = self._gone(journal, place)
        return self._judged(started, clean=clean)

    def _restored(self) -> bool:
        action = RestoreClaim(self.point.engine, self.asset.id, self.point.id, self.id)
        with self._phase("fetch"):
            one = self._done(action)
        error, self._claim = one.error, one.done.note if one.done else ""
        self._unsure = isinstance(error, EngineUnreachable)
        if error is None:
            self.checks.append(CheckResult("claim-restored", True, Level.RESTORES))
            return True
        if error.code != RESTORE_FAILED:
            raise error
        named = (("error", error.code), *sorted(error.parameters.items()))
        self.checks.append(CheckResult("restore", False, Level.RESTORES, named))
        return False

    def _read(self) -> None:
        report = self._probed(())
        known = claim_checks.known_of(self.ctx.ledger.drills(), self.asset.id)
        kind = self.ctx.estate.engines[self.point.engine].kind
        size = self.point.size if kind in COUNTS_FILES else None
        self.checks += claim_checks.results(report, known, size=size)
        if any(check.ok is False for check in self.checks):
            return
        for argv in self._commands():
            # Nothing of a service runs where it could reach another one.
            code = self._probed(argv).code if report.reached is False else None
            ok = None if code is None else code == 0
            facts: tuple[tuple[str, str | int], ...] = (("command", " ".join(argv)),)
            facts = facts if code is None else (*facts, ("exit", code))
            self.checks.append(CheckResult("command", ok, Level.DATA, facts))

    def _probed(self, argv: tuple[str, ...]) -> ClaimReport:
        with self._phase("check"):
            asked = ProbeClaim(self.point.engine, self.asset.id, self.id, self._claim, argv)
            one = self._done(asked)
        if one.done is None:
            raise one.error or EngineError("bug")
        report = report_of(one.done.note)
        if report is None:
            raise EngineError("claim-check-confused", engine=self.point.engine, detail="")
        self._reached.append(report.reached)
        return report

    def _commands(self) -> list[tuple[str, ...]]:
        service = self.ctx.estate.services.get(self.asset.service)
        mine = (each for each in (service.checks if service else ()))
        return [
            each.argv
            for each in mine
            if each.kind is CheckKind.COMMAND and drill.concerns(each, self.asset)
        ]

    def _gone(self, journal: Journal, place: ClaimPlace) -> bool:
        """Take it away; what could not be stays in the journal, for gc.

        After a write nobody answered, what is not there may still come.
        """
        action = RemoveClaim(self.point.engine, self.asset.id, self.id, place.namespace)
        one = self._done(action)
        absent = one.done is not None and one.done.note == NOTHING_THERE
        journal.stuck = one.error is not None or (absent and self._unsure)
        return not journal.stuck

    def _done(self, action: Action) -> Performed:
        return apply(self.ctx, make_plan([action]))[0]

    def _judged(self, started: datetime, *, clean: bool) -> DrillRecord:
        service = self.ctx.estate.services.get(self.asset.service)
        location = self.ctx.estate.locations.get(self.point.location)
        record = DrillRecord(
            id=self.id,
            run=self.run_id,
            asset=self.asset.id,
            service=self.asset.service,
            engine=self.point.engine,
            location=self.point.location,
            point=self.point.id,
            taken_at=self.point.taken_at,
            started_at=started,
            ok=False,
            level=Level.UNKNOWN,
            ceiling=drill.ceiling(self.asset, service.checks if service else ()),
            phases=tuple(self.phases),
            checks=tuple(self.checks),
            off_site=is_off_site(self.ctx, self.point.location),
            simulated=location is not None and location.simulated,
            dirty=not clean,
            # Its pods tried to get out and could not: the policy alone proves nothing.
            isolated=bool(self._reached) and all(each is False for each in self._reached),
            point_choice=self.request.choice,
        )
        return judged(self.ctx, self.asset, record)

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            spent = time.monotonic() - began
            if self.phases and self.phases[-1].name == name:
                spent += self.phases.pop().seconds
            self.phases.append(Phase(name, round(spent, 3)))


def destroyer(ctx: Context) -> Destroy:
    """Takes away what killed drills left in a cluster, each by its drill's label."""

    def destroy(path: str, drill_id: str) -> bool:
        engine, _, namespace = path.partition("/")
        if engine not in ctx.estate.engines or not namespace:
            return False
        action = RemoveClaim(engine, path, drill_id, namespace)
        try:
            return apply(ctx, make_plan([action]))[0].error is None
        except PhoenixError:
            return False

    return destroy
