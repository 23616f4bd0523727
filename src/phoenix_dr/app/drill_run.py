"""One drill of one asset: provision, fetch, start, check; always cleaned up."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from phoenix_dr.adapters.base import Mutable
from phoenix_dr.app.apply import apply
from phoenix_dr.app.context import Context
from phoenix_dr.app.drill_checks import check
from phoenix_dr.app.drill_record import judged
from phoenix_dr.config import Settings
from phoenix_dr.core import drill
from phoenix_dr.core.evidence import CheckResult, DrillRecord, Level, Phase, RecoveryPoint
from phoenix_dr.core.model import Asset, AssetKind, Check, EngineSpec
from phoenix_dr.core.plan import RestorePoint, make_plan
from phoenix_dr.errors import EngineError, PhoenixError, UsageError
from phoenix_dr.sandboxes.directory import DirectorySandbox, Spec, open_sandbox
from phoenix_dr.sandboxes.journal import new_id

if TYPE_CHECKING:
    from phoenix_dr.app.drills import DrillRequest
    from phoenix_dr.app.guest_drill import GuestDrill
    from phoenix_dr.app.machine_drill import MachineDrill

SAYS_NOTHING = frozenset(
    {
        "repository-locked",
        "not-mounted",
        "network",
        "command-timeout",
        "cancelled",
        "no-space",
        "program-missing",
        "program-broken",
        "dump-away",
        "dump-cut",
        "dump-host-key",
        "dump-login",
        "dump-many",
        "dump-missing",
        "dump-odd",
        "dump-said",
        "dump-silent",
    }
)
"""Failures of a restore that tell about this moment, not about the copy: no verdict, no record."""
UNKNOWN_SIZE = 1 << 30
"""Bytes of room asked for when no source tells a point's size."""


class DrillRun:
    """Restores one point and judges it; `kept` names the folder left on request."""

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
        self.data_age: timedelta | None = None
        self.kept: list[str] = []
        self.guest: GuestDrill | MachineDrill | None = None

    def run(self) -> DrillRecord:
        """The drill's record. Raises DrillError or EngineError when it could not be run at all."""
        started = self.ctx.now()
        with self._phase("provision"):
            sandbox = open_sandbox(self._spec())
        clean = isolated = False
        try:
            with self._phase("provision"):
                isolated = self._provision(sandbox)
            engine = self._engine(sandbox)
            self._restore_and_check(sandbox, engine)
        finally:
            if self.guest is not None:
                isolated = self.guest.isolated
                sandbox.journal.stuck = not self.guest.close()
            clean = sandbox.close(keep=self.request.keep)
            self.kept = [str(sandbox.path)] if self.request.keep else []
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
            ceiling=drill.ceiling(self.asset, self._checks()),
            phases=tuple(self.phases),
            checks=tuple(self.checks),
            off_site=self._is_off_site(),
            simulated=self._is_simulated(),
            mutated=self.request.mutate,
            dirty=not clean,
            isolated=isolated,
            point_choice=self.request.choice,
            data_age=self.data_age,
        )
        return self._judged(record)

    def _judged(self, record: DrillRecord) -> DrillRecord:
        return judged(self.ctx, self.asset, record)

    def _provision(self, sandbox: DirectorySandbox) -> bool:
        if self.asset.kind is not AssetKind.GUEST:
            return sandbox.isolation.ok
        from phoenix_dr.app.guest_drill import GuestDrill, GuestSource
        from phoenix_dr.app.machine_drill import MachineDrill

        engine = self.ctx.engine(self.point.engine)
        is_machine = isinstance(engine, GuestSource) and engine.is_machine(self.point.id)
        kind = MachineDrill if is_machine else GuestDrill
        self.guest = kind(self.ctx, self.asset, sandbox)
        return False

    def _restore_and_check(self, sandbox: DirectorySandbox, engine: object | None) -> None:
        with self._phase("fetch"):
            error = self._restore(sandbox, engine)
        if error is not None and error.code in SAYS_NOTHING:
            raise error
        if error is not None:
            facts = (("error", error.code), *sorted(error.parameters.items()))
            self.checks.append(CheckResult("restore", False, Level.RESTORES, facts))
            return
        if self.guest is not None:
            self._guest_checks(self.guest, sandbox)
            return
        with self._phase("start"):
            sandbox.sanitize()
        with self._phase("check"):
            found = check(self.ctx, self.asset, self.point, sandbox)
        self.checks += found.results
        self.data_age = found.data_age

    def _guest_checks(self, guest: GuestDrill | MachineDrill, sandbox: DirectorySandbox) -> None:
        """The tree is compared before the guest starts, since the guest will write into it."""
        from phoenix_dr.app.guest_drill import content

        engine = self.ctx.engine(self.point.engine)
        if not guest.keeps_owners:
            with self._phase("start"):
                sandbox.sanitize()
        with self._phase("check"):
            found = check(self.ctx, self.asset, self.point, sandbox)
            absent = (*content(engine, self.point), *guest.absent(engine, self.point))
        # Nobody hashed the guest's files where they live: that is not asked of any guest.
        asked = (result for result in found.results if result.code != "hashes-equal")
        self.checks += (*asked, *absent)
        if any(result.ok is False for result in self.checks):
            return
        with self._phase("start"):
            self.checks += guest.start()
        with self._phase("check"):
            self.checks += guest.probe()

    def _restore(self, sandbox: DirectorySandbox, engine: object | None) -> PhoenixError | None:
        action = RestorePoint(self.point.engine, self.asset.id, self.point.id, str(sandbox.path))
        engines = {self.point.engine: engine} if engine is not None else None
        return apply(self.ctx, make_plan([action]), engines=engines)[0].error

    def _engine(self, sandbox: DirectorySandbox) -> object | None:
        """The corrupted twin when one was asked for; None for the engine as configured."""
        if not self.request.mutate:
            return None
        spec = self.ctx.estate.engines[self.point.engine]
        engine = self.ctx.engine(spec.id)
        if not isinstance(engine, Mutable):
            raise UsageError("engine-no-twin", engine=spec.id, kind=spec.kind)
        alone = self.guest is not None and self.point.size
        into = sandbox.twin(alone or _size_of(spec)) / "repository"
        made = engine.mutate(self.point.id, self.point.paths, into=into, cancel=self.ctx.cancel)
        return self.ctx.build(replace(spec, repository=str(made.repository), locations={}))

    def _spec(self) -> Spec:
        settings = self.ctx.settings
        estate = self.ctx.estate
        sources = [asset.source for asset in estate.assets() if asset.source.startswith("/")]
        local = [spec.repository for spec in estate.engines.values()]
        avoid = [Path(path) for path in (*sources, *local) if path.startswith("/")]
        return Spec(
            state=settings.state_dir,
            drill_dir=drill_dir(settings),
            drill=self.id,
            size=self.point.size if self.point.size is not None else UNKNOWN_SIZE,
            avoid=tuple(avoid),
            hide=tuple(self._secrets()),
        )

    def _secrets(self) -> Iterator[Path]:
        """Files that open something; a check has no business with them."""
        estate = self.ctx.estate
        yield self.ctx.settings.config_path
        for spec in estate.engines.values():
            for ref in (spec.password, *spec.environment.values()):
                if ref is not None and ref.scheme == "file":
                    yield Path(ref.name)
        for key in estate.keys.values():
            yield from (Path(path) for path in (key.age, *(c.path for c in key.copies)) if path)

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

    def _checks(self) -> tuple[Check, ...]:
        service = self.ctx.estate.services.get(self.asset.service)
        return service.checks if service else ()

    def _is_off_site(self) -> bool:
        from phoenix_dr.app.drills import is_off_site

        return is_off_site(self.ctx, self.point.location)

    def _is_simulated(self) -> bool:
        location = self.ctx.estate.locations.get(self.point.location)
        return location is not None and location.simulated


def drill_dir(settings: Settings) -> Path:
    """Where this user's drills restore: a folder of its own, since the parent may be shared."""
    return settings.drill_dir / f"phoenix-drills-{os.geteuid()}"


def _size_of(spec: EngineSpec) -> int:
    """Bytes of a local repository; raises EngineError for one that is not local."""
    root = Path(spec.repository)
    if not root.is_dir():
        raise EngineError("twin-needs-local", engine=spec.id)
    return sum(path.lstat().st_size for path in root.rglob("*") if path.is_file())
