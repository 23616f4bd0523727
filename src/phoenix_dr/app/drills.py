"""Restore drills: choose a point, restore it in isolation, check it, measure, remember."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from phoenix_dr.app.context import Context
from phoenix_dr.app.interrupted import close_interrupted
from phoenix_dr.app.observe import observe
from phoenix_dr.app.selection import (
    DRILLED,
    RESTORING_ENGINES,
    STATE_SERVICE,
    Skipped,
    services,
    state_asset,
)
from phoenix_dr.core import drill
from phoenix_dr.core.evidence import DrillRecord, PointState, RecoveryPoint
from phoenix_dr.core.model import Asset, AssetKind, EngineSpec
from phoenix_dr.errors import EngineError, PhoenixError, UsageError

if TYPE_CHECKING:
    from phoenix_dr.app.drill_course import Course
    from phoenix_dr.sandboxes.collecting import Destroy, GcReport

ON_THEIR_OWN = {AssetKind.GUEST: {"proxmox"}, AssetKind.VOLUMES: {"longhorn", "velero"}}
"""Kinds of engines that restore such an asset beside its production, in a place kept for that."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How a started guest is waited for, in seconds: between two looks, and for a first answer."""

    pause: float = 1.0
    ready: float = 120.0


USUAL = Pace()


@dataclass(frozen=True, slots=True)
class DrillRequest:
    """What to drill: services, which point (`newest`, `random-older` or an id), from where.

    `mutate` drills a copy of the repository with one bit flipped: then KO is the good outcome.
    `keep` leaves the restored tree to a person.
    """

    services: tuple[str, ...] = ()
    choice: str = drill.NEWEST
    location: str | None = None
    mutate: bool = False
    keep: bool = False
    pace: Pace = USUAL


@dataclass(frozen=True, slots=True)
class DrillReport:
    """Records in the order drilled, what had no point to drill, and folders kept on request."""

    run: str
    records: tuple[DrillRecord, ...]
    skipped: tuple[Skipped, ...]
    kept: tuple[str, ...] = ()
    failed: tuple[tuple[str, EngineError], ...] = ()
    """(asset, why) of drills that could not be run; they say nothing about the copy."""

    @property
    def is_good(self) -> bool:
        """Every drill was run and passed; for twins: every one of them was caught."""
        return (
            not self.failed
            and bool(self.records)
            and all(record.ok is not record.mutated for record in self.records)
        )


def run(ctx: Context, request: DrillRequest) -> DrillReport:
    """Drill every asset of the asked services that has a point. Never touches production.

    Raises UsageError for unknown services, locations or points, DrillError when no drill can be
    run here at all.
    """
    # Loaded here: every command asks this module what is off-site, few drill.
    from phoenix_dr.app import drill_course
    from phoenix_dr.sandboxes.journal import new_id

    _require_location(ctx, request.location)
    close_interrupted(ctx)
    observe(ctx)
    # A pattern stands for the claims that were just seen.
    ctx.reread_estate()
    run_id = new_id()
    records: list[DrillRecord] = []
    skipped: list[Skipped] = []
    failed: list[tuple[str, EngineError]] = []
    kept: list[str] = []
    for asset in _assets(ctx, request.services):
        point = _point(ctx, asset, request)
        if point is None:
            skipped.append(_undrilled(ctx, asset, request))
            continue
        with ctx.ledger.lease(f"drill {asset.id}"):
            steps = _steps(ctx, asset, point, request)
            if isinstance(steps, Skipped):
                skipped.append(steps)
                continue
            course = drill_course.Course(ctx, run_id, asset, point, request)
            try:
                record = drill_course.run(course, steps)
            except EngineError as error:
                failed.append((asset.id, error))
                continue
        ctx.ledger.append("drill", asset.id, record, at=ctx.now())
        if record.ok and not record.mutated:
            # A passed drill lifts the suspicion a sharp drop in size raised.
            ctx.ledger.accept(point, because=f"drill {record.id}", at=ctx.now())
        records.append(record)
        kept += course.kept
    return DrillReport(run_id, tuple(records), tuple(skipped), tuple(kept), tuple(failed))


def _steps(
    ctx: Context, asset: Asset, point: RecoveryPoint, request: DrillRequest
) -> Callable[[Course], None] | Skipped:
    """What fits: a drill on this machine, or where the engine itself restores, over there."""
    spec = ctx.estate.engines[point.engine]
    if spec.kind not in ON_THEIR_OWN.get(asset.kind, ()):
        from phoenix_dr.app import drill_run

        return drill_run.steps
    if not _is_place(spec):
        return Skipped(asset.id, "no-place-for-drills", spec.id)
    if request.mutate:
        return Skipped(asset.id, "no-twin-there", spec.id)
    from phoenix_dr.app import claim_drill, proxmox_drill

    return claim_drill.steps if asset.kind is AssetKind.VOLUMES else proxmox_drill.steps


def gc(ctx: Context) -> GcReport:
    """Remove what killed drills left behind; never touches a running one."""
    from phoenix_dr.app.drill_folder import drill_dir
    from phoenix_dr.sandboxes.collecting import gc as collect

    return collect(ctx.settings.state_dir, drill_dir(ctx.settings), destroy=_destroyer(ctx))


def _destroyer(ctx: Context) -> Destroy:
    """Takes away what killed drills left elsewhere, by the kind of the engine it came from."""
    from phoenix_dr.app import claim_drill, proxmox_drill
    from phoenix_dr.app.apply import apply
    from phoenix_dr.core.plan import make_plan

    def destroy(path: str, drill_id: str) -> bool:
        engine, _, place = path.partition("/")
        spec = ctx.estate.engines.get(engine)
        if spec is None:
            return False
        in_cluster = spec.kind in ON_THEIR_OWN[AssetKind.VOLUMES]
        action = (claim_drill if in_cluster else proxmox_drill).removal(engine, place, drill_id)
        try:
            return action is not None and apply(ctx, make_plan([action]))[0].error is None
        except PhoenixError:
            return False

    return destroy


def due(ctx: Context) -> tuple[str, ...]:
    """Services whose proof is missing or oldest, first; those never drilled before all others."""
    drilled: dict[str, float] = {}
    for record in ctx.ledger.drills():
        if not record.mutated:
            drilled.setdefault(record.service, record.started_at.timestamp())
    known = (*ctx.estate.services, STATE_SERVICE)
    return tuple(sorted(known, key=lambda name: (drilled.get(name, 0.0), name)))


def _assets(ctx: Context, names: Sequence[str]) -> Iterable[Asset]:
    for service in services(ctx.estate, names):
        yield from (asset for asset in service.assets if asset.kind in DRILLED)
    if not names or STATE_SERVICE in names:
        yield state_asset(ctx.estate)


def _require_location(ctx: Context, location: str | None) -> None:
    if location is not None and location not in ctx.estate.locations:
        known = ", ".join(ctx.estate.locations)
        raise UsageError("location-unknown", location=location, known=known)


def _point(ctx: Context, asset: Asset, request: DrillRequest) -> RecoveryPoint | None:
    """The point to drill: off-site when there is one, unless a location is named."""
    seed = f"{asset.id}\0{ctx.now():%Y-%m-%d}"
    held = [pair for pair in _held(ctx, asset, request) if _restores(ctx, pair[0])]
    # An engine without a place for drills is chosen last, and then to say what it lacks.
    for some in ([pair for pair in held if _has_place(ctx, pair[0], request)], held):
        for candidates in ([pair for pair in some if _is_off_site(ctx, pair[0])], some):
            found = drill.choose(candidates, request.choice, seed=seed) if candidates else None
            if found is not None:
                return found
    return None


def _held(
    ctx: Context, asset: Asset, request: DrillRequest
) -> list[tuple[RecoveryPoint, PointState]]:
    return [pair for pair in ctx.ledger.judged(asset.id) if _is_at(pair, request.location)]


def _restores(ctx: Context, point: RecoveryPoint) -> bool:
    """Whether its engine gives points back to a drill; that others do not is no fault of theirs."""
    spec = ctx.estate.engines.get(point.engine)
    return spec is not None and spec.kind in RESTORING_ENGINES


def _has_place(ctx: Context, point: RecoveryPoint, request: DrillRequest) -> bool:
    """Whether a drill as asked can take this point: elsewhere it needs a place, and has no twin."""
    spec = ctx.estate.engines[point.engine]
    elsewhere = any(spec.kind in kinds for kinds in ON_THEIR_OWN.values())
    return not elsewhere or (_is_place(spec) and not request.mutate)


def _is_place(spec: EngineSpec) -> bool:
    return spec.drills is not None or spec.claims is not None


def _undrilled(ctx: Context, asset: Asset, request: DrillRequest) -> Skipped:
    """Why no point was chosen: none is there, or an engine that is only read holds it."""
    only_read = [
        point
        for point, _ in _held(ctx, asset, request)
        if not _restores(ctx, point) and _is_asked(point, request.choice)
    ]
    if not only_read:
        return Skipped(asset.id, "no-point-to-drill")
    return Skipped(asset.id, "only-read-there", only_read[0].engine)


def _is_asked(point: RecoveryPoint, choice: str) -> bool:
    by_age = choice in (drill.NEWEST, drill.RANDOM_OLDER)
    return by_age or (len(choice) >= drill.PREFIX and point.id.startswith(choice))


def _is_at(pair: tuple[RecoveryPoint, PointState], location: str | None) -> bool:
    return location is None or pair[0].location == location


def _is_off_site(ctx: Context, point: RecoveryPoint) -> bool:
    return is_off_site(ctx, point.location)


def is_off_site(ctx: Context, location: str) -> bool:
    """Whether a location's site differs from the site of this host; unknown sites do not."""
    here = ctx.estate.hosts.get(ctx.estate.here)
    if here is None or location not in ctx.estate.locations:
        return False
    return ctx.estate.site_of(location) not in {None, here.site}
