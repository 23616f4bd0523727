"""The bunker drill: off-site copy and escrowed kit bring one service back, or KO by name."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from phoenix_dr.app import drill_course, drill_run
from phoenix_dr.app.bunker_engine import BunkerEngine
from phoenix_dr.app.context import Context
from phoenix_dr.app.drill_course import Course
from phoenix_dr.app.drills import DrillRequest, is_off_site
from phoenix_dr.app.kit_escrow import Escrow, identities, is_in_daily_use
from phoenix_dr.app.kit_house import KitContext, house_of
from phoenix_dr.app.kit_open import Opened, open_kit
from phoenix_dr.app.quiet import no_core_dumps
from phoenix_dr.core import drill, kit
from phoenix_dr.core.evidence import DrillRecord, Phase, RecoveryPoint
from phoenix_dr.core.kit import Answer, BunkerReport
from phoenix_dr.core.model import Asset, AssetKind, EngineSpec, Service
from phoenix_dr.errors import (
    ConfigError,
    DrillError,
    EngineError,
    EngineUnreachable,
    UsageError,
)
from phoenix_dr.sandboxes.bunker import Brought, Bunker
from phoenix_dr.sandboxes.journal import new_id

KINDS = frozenset({AssetKind.FILES, AssetKind.SQLITE})
"""What a bunker can bring back and check without anything of the house."""


@dataclass(frozen=True, slots=True)
class BunkerRequest:
    """A kit, what somebody brought, which service, and from where (off-site unless named)."""

    kit: Path
    escrow: Escrow
    service: str | None = None
    location: str | None = None


def run(ctx: Context, request: BunkerRequest) -> BunkerReport:
    """Drill; a kit that lacks something is KO with its name, and nothing is restored then.

    Raises UsageError for what makes no sense, DrillError where no drill can be run here,
    EngineUnreachable where the kit or the location is not there.
    """
    no_core_dumps()
    began = time.monotonic()
    try:
        brought = identities(ctx, request.escrow)
        opened = open_kit(ctx, request.kit, request.escrow, identities=brought)
    except EngineUnreachable:
        raise
    except EngineError as error:
        return _ko(request, _answer(request.kit.name, error))
    with house_of(ctx, opened) as house:
        wrong = _wrong(opened, house)
        if wrong:
            return _ko(request, *wrong)
        return _Drill(ctx, house, request, _handed(request, opened, brought)).run(began)


def _ko(request: BunkerRequest, *answers: Answer) -> BunkerReport:
    return BunkerReport(str(request.kit), request.service or "", answers)


def _answer(element: str, error: EngineError) -> Answer:
    named = str(error.parameters.get("element", element))
    return Answer(named, False, error.code, tuple(error.parameters.items()))


def _wrong(opened: Opened, house: KitContext) -> tuple[Answer, ...]:
    """What the kit lacks by its own phoenix.yaml: the house cannot be asked from a bunker."""
    wrong = opened.wrong(kit.FIXED)
    if any(answer.element in {kit.MANIFEST, kit.ESTATE} for answer in wrong):
        return wrong
    try:
        return opened.wrong(kit.required(house.estate))
    except ConfigError as error:
        return (Answer(kit.ESTATE, False, error.code),)


def _handed(request: BunkerRequest, opened: Opened, brought: tuple[str, ...]) -> Brought:
    """Identities go in as they are; age takes a passphrase from a terminal alone."""
    if brought:
        return Brought("identity", "".join(f"{each}\n" for each in brought).encode())
    from phoenix_dr.codec.kit import pack

    return Brought("tar", pack(opened.members))


class _Drill:
    """One service, brought back asset by asset."""

    def __init__(
        self, ctx: Context, house: KitContext, request: BunkerRequest, brought: Brought
    ) -> None:
        self.ctx, self.house, self.request, self.brought = ctx, house, request, brought
        self.escrowed = not is_in_daily_use(ctx, request.escrow)
        self.run_id = new_id()

    def run(self, began: float) -> BunkerReport:
        spec = self._engine()
        service = self._service(spec)
        engine = BunkerEngine(self.house, spec, self._bunker(spec), self.brought)
        try:
            points = engine.points()
        except EngineUnreachable:
            raise
        except EngineError as error:
            report = _ko(self.request, _answer(kit.password(spec.id), error))
            return replace(report, service=service.name)
        spent = time.monotonic() - began
        # Stock restic in the bunker restores, with the kit's own secrets.
        steps = partial(drill_run.steps, engine=engine)
        records: list[DrillRecord] = []
        for asset in _assets(service):
            point = self._newest(points, asset)
            course = Course(self.house, self.run_id, asset, point, DrillRequest())
            if not records:
                course.phases.append(Phase("open", round(spent, 3)))
            with self.ctx.ledger.lease(f"drill {asset.id}"):
                records.append(drill_course.run(course, steps, escrowed=self.escrowed))
        return self._recorded(service, records)

    def _recorded(self, service: Service, records: list[DrillRecord]) -> BunkerReport:
        held = kit.in_time(records, service.objectives.rto)
        for record in held:
            self.ctx.ledger.append("drill", record.asset, record, at=self.ctx.now())
        whole = (Answer(self.request.kit.name, True, "kit-whole"),)
        daily = not self.escrowed
        return BunkerReport(str(self.request.kit), service.name, whole, held, daily)

    def _engine(self) -> EngineSpec:
        """The off-site repository of the kit's own estate. DrillError bunker-no-location."""
        wanted = self.request.location
        for spec in self.house.estate.engines.values():
            at = spec.location == wanted if wanted else is_off_site(self.house, spec.location)
            if spec.kind == "restic" and at:
                return spec
        raise DrillError("bunker-no-location", location=wanted or "–")

    def _bunker(self, spec: EngineSpec) -> Bunker:
        """Only a folder can be let in alone. DrillError bunker-needs-folder."""
        place = self.house.estate.locations.get(spec.location)
        if place and place.mount and not os.path.ismount(place.mount):
            raise EngineUnreachable("not-mounted", engine=spec.id, mount=place.mount)
        path = Path(spec.repository.removeprefix("local:"))
        if not path.is_absolute() or not path.is_dir():
            raise DrillError("bunker-needs-folder", engine=spec.id)
        return Bunker(self.request.kit.resolve(), path)

    def _service(self, spec: EngineSpec) -> Service:
        services = self.house.estate.services
        asked = self.request.service
        if asked is not None:
            if asked not in services:
                raise UsageError("service-unknown", service=asked, known=", ".join(services))
            return services[asked]
        able = [each for each in services.values() if self._is_canary(each, spec)]
        if not able:
            raise DrillError("bunker-no-service", engine=spec.id)
        return max(able, key=lambda each: (_lowest(each), -each.criticality.rank))

    def _is_canary(self, service: Service, spec: EngineSpec) -> bool:
        with_data = [asset for asset in service.assets if asset.has_data]
        return bool(with_data) and all(
            asset.kind in KINDS and spec.id in self.house.estate.destinations(asset)
            for asset in with_data
        )

    def _newest(self, points: Iterable[RecoveryPoint], asset: Asset) -> RecoveryPoint:
        own = [point for point in points if point.asset == asset.id]
        if not own:
            raise DrillError("bunker-no-point", asset=asset.id)
        return max(own, key=lambda point: point.taken_at)


def _assets(service: Service) -> Iterator[Asset]:
    for asset in service.assets:
        if asset.has_data and asset.kind not in KINDS:
            raise DrillError("bunker-kind", asset=asset.id)
        if asset.has_data:
            yield asset


def _lowest(service: Service) -> int:
    """The least that a drill of one of its assets could prove: the better the canary."""
    return min(int(drill.ceiling(asset, service.checks)) for asset in _assets(service))
