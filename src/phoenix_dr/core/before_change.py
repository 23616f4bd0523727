"""May somebody change this now? Whether a copy is there, young enough and sound."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from phoenix_dr.core.coverage import is_excused, local_day
from phoenix_dr.core.evidence import BlindSpot, Level, PointState, RecoveryPoint
from phoenix_dr.core.model import Asset, AssetKind, Estate
from phoenix_dr.core.report import Coverage

NEEDS_NONE = frozenset({AssetKind.NONE, AssetKind.REGENERABLE})


UNKNOWN = frozenset({"unjudged", "in-the-future", "not-seen"})


@dataclass(frozen=True, slots=True)
class Demand:
    """What a copy must be like: proved up to `least`, and younger than `within`.

    Without `within` younger than the RPO of the service.
    """

    least: Level = Level.EXISTS
    within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an asset; `newest` is its newest point that is still held."""

    asset: Asset
    coverage: Coverage
    newest: tuple[RecoveryPoint, PointState] | None


@dataclass(frozen=True, slots=True)
class Leave:
    """What is said of one asset before a change that may destroy it.

    `ok` None: nobody knows. `why` is a code: of what stands against it, or of why it needs no
    copy. `point` is what one would come back to, `age` how old its data is, `level` what was
    proved of this asset's copies.
    """

    asset: str
    ok: bool | None
    why: str
    point: RecoveryPoint | None = None
    age: timedelta | None = None
    objective: timedelta | None = None
    level: Level = Level.UNKNOWN


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of everything a name means, and what could not be asked."""

    name: str
    leaves: tuple[Leave, ...]
    blind: tuple[BlindSpot, ...]

    @property
    def ok(self) -> bool | None:
        """True when every asset has its copy, False when one has none, None else."""
        said = {each.ok for each in self.leaves}
        return False if False in said else None if None in said else True


def named(estate: Estate, name: str) -> tuple[Asset, ...]:
    """The assets a name means: a service, an asset, a guest (`215`, `pve1/215`) or a claim.

    A guest or claim is named with or without its engine; one that several engines have is all of
    them. Empty when nobody has it.
    """
    if name in estate.services:
        return estate.services[name].assets
    return tuple(asset for asset in estate.assets() if name in names_of(asset))


def names(estate: Estate) -> tuple[str, ...]:
    """Every name that means something, services first."""
    found = dict.fromkeys(estate.services)
    for asset in estate.assets():
        found |= dict.fromkeys(names_of(asset))
    return tuple(found)


def leave(estate: Estate, known: Known, demand: Demand, *, now: datetime) -> Leave:
    """Judge one asset.

    A point that is only suspected of being broken is none, and what an engine does not show is
    unknown.
    """
    asset, coverage = known.asset, known.coverage
    objective = demand.within or coverage.rpo_objective
    if not asset.has_data or asset.kind in NEEDS_NONE:
        return Leave(asset.id, True, "needs-none")
    today = local_day(estate, now)
    if is_excused(asset.regenerable, today) or is_excused(asset.accepted_loss, today):
        return Leave(asset.id, True, "loss-accepted")
    if known.newest is None:
        return Leave(asset.id, None if coverage.blind else False, "no-point", objective=objective)
    point, state = known.newest
    age = now - point.taken_at
    against = {
        "drill-failed": coverage.last_drill_ok is False,
        "unusable": state is PointState.UNUSABLE,
        "in-the-future": age < timedelta(0),
        "too-old": age >= objective,
        "suspect": state is PointState.SUSPECT,
        "unjudged": state is PointState.UNKNOWN,
        "not-proven": coverage.level < demand.least,
        "not-seen": coverage.blind,
    }
    why = next((code for code, holds in against.items() if holds), "covered")
    ok = None if why in UNKNOWN else why == "covered"
    return Leave(asset.id, ok, why, point, age, objective, coverage.level)


def names_of(asset: Asset) -> tuple[str, ...]:
    """An asset by its id; a guest or claim also by its source, with and without the engine."""
    if asset.kind not in {AssetKind.GUEST, AssetKind.VOLUMES}:
        return (asset.id,)
    return (asset.id, asset.source, asset.source.partition("/")[2])
