"""Everything the ledger and the estate say about the assets, gathered once for an audit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from phoenix_dr.app import cluster_seen
from phoenix_dr.app.context import Context
from phoenix_dr.app.keys import custody as custody_now
from phoenix_dr.app.keys_found import files_alone
from phoenix_dr.app.one_copy import doubtful
from phoenix_dr.app.selection import state_destinations
from phoenix_dr.core import drill, keys
from phoenix_dr.core.coverage import SCOPES, AssetFacts, scope_masks
from phoenix_dr.core.evidence import BlindSpot, DataRead, DrillRecord, Idle, PointState, Scope
from phoenix_dr.core.history import fold
from phoenix_dr.core.idle_claims import idle_claims
from phoenix_dr.core.longhorn import LonghornState
from phoenix_dr.core.model import Asset, AssetKind, Estate
from phoenix_dr.core.report import KeyCustody
from phoenix_dr.ledger import Ledger

GAP_WINDOW = timedelta(days=30)
PROOF_OF_IMMUTABILITY = timedelta(days=90)
LOOKED_AT = frozenset({"longhorn", "kubernetes"})
"""Kinds of engines whose look at a cluster is kept."""
ONLY_A_FILE = 1 << SCOPES.index(Scope.FILE)
"""Mask of a place that may be a copy counted already: it helps against a lost file alone."""
GOOD = {PointState.USABLE, PointState.SUSPECT}


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known at `now`, indexed for judging one asset after the other."""

    now: datetime
    drills: Mapping[str, tuple[DrillRecord, ...]]
    reads: tuple[DataRead, ...]
    custody: tuple[KeyCustody, ...]
    escrowed: frozenset[str]
    immutable: frozenset[str]
    places: Mapping[int, tuple[str, str]]
    blind: tuple[BlindSpot, ...]
    seen_failing: frozenset[str]
    clusters: Mapping[str, LonghornState | None] = field(default_factory=dict)
    idle: Mapping[str, Idle] = field(default_factory=dict)
    """Per asset what explains an old copy of it."""
    sops: Mapping[str, int] = field(default_factory=dict)
    """Per age key the SOPS files only it opens, as last looked at."""

    @property
    def blind_engines(self) -> frozenset[str]:
        """Engines that could not be read at the last look."""
        return frozenset(spot.engine for spot in self.blind if not spot.asset)

    @property
    def doubted(self) -> frozenset[str]:
        """Assets of which one copy could not be placed, on engines that were read."""
        return frozenset(spot.asset for spot in self.blind if spot.asset)


def gather(ctx: Context, blind: tuple[BlindSpot, ...]) -> Knowledge:
    """Read what every asset's judgement needs, once."""
    now = ctx.now()
    custody = custody_now(ctx)
    drills = _drills(ctx.ledger)
    everything = [record for records in drills.values() for record in records]
    services = {record.service for record in everything if record.mutated}
    clusters = {
        name: cluster_seen.last(ctx, name)
        for name, spec in ctx.estate.engines.items()
        if spec.kind in LOOKED_AT
    }
    return Knowledge(
        now=now,
        drills=drills,
        reads=tuple(ctx.ledger.data_reads()),
        custody=custody,
        escrowed=keys.escrowed(ctx.estate, custody),
        immutable=_immutable(ctx.ledger, now),
        places=ctx.ledger.places(),
        blind=blind,
        clusters=clusters,
        idle=_idle(ctx.estate, clusters, now),
        sops=files_alone(ctx) or {},
        seen_failing=frozenset(
            service for service in services if drill.seen_failing(everything, service, before=now)
        ),
    )


def _idle(
    estate: Estate, clusters: Mapping[str, LonghornState | None], now: datetime
) -> dict[str, Idle]:
    looks = (look for look in clusters.values() if look is not None)
    return {
        asset: idle for look in looks for asset, idle in idle_claims(estate, look, now=now).items()
    }


def _drills(ledger: Ledger) -> dict[str, tuple[DrillRecord, ...]]:
    by_asset: defaultdict[str, list[DrillRecord]] = defaultdict(list)
    for record in ledger.drills():
        by_asset[record.asset].append(record)
    return {asset: tuple(records) for asset, records in by_asset.items()}


def _immutable(ledger: Ledger, now: datetime) -> frozenset[str]:
    """Locations whose last attempt to delete was refused, less than 90 days ago."""
    # Newest first, so that the last word per location is the newest one.
    last = {proof.location: proof for proof in reversed(ledger.immutability_proofs())}
    return frozenset(
        name
        for name, proof in last.items()
        if proof.refused and now - proof.proved_at < PROOF_OF_IMMUTABILITY
    )


def facts_of(ctx: Context, known: Knowledge, asset: Asset) -> AssetFacts:
    """What evidence says about one asset."""
    masks = scope_masks(
        ctx.estate, asset, known.places, immutable=known.immutable, escrowed=known.escrowed
    )
    twice = doubtful(ctx, asset)
    for place, pair in known.places.items():
        if pair in twice:
            masks[place] &= ONLY_A_FILE
    since = _since(ctx.ledger, asset, known.now)
    folded = fold(
        ctx.ledger.history(asset.id, since=since),
        masks,
        now=int(known.now.timestamp()),
        since=since,
        sets=len(SCOPES),
    )
    engines = destinations_of(ctx.estate, asset)
    held = ctx.ledger.holding(asset.id)
    good = {(each.engine, each.location) for each in held if each.state in GOOD} - twice
    return AssetFacts(
        histories=dict(zip(SCOPES, folded, strict=True)),
        backups=tuple(sorted(good)),
        blind=asset.id in known.doubted
        or bool(
            known.blind_engines & {*engines, *_home(ctx.estate, asset), *(name for name, _ in good)}
        ),
        drills=known.drills.get(asset.id, ()),
        reads=known.reads,
        immutable=known.immutable,
        openable=keys.openable(ctx.estate, known.custody, engines) if engines else None,
        seen_failing=asset.service in known.seen_failing,
        idle=known.idle.get(asset.id),
    )


def _home(estate: Estate, asset: Asset) -> tuple[str, ...]:
    """The engine a guest or claim lives on, and its servers: any may hold what no policy named."""
    if asset.kind not in {AssetKind.GUEST, AssetKind.VOLUMES}:
        return ()
    home = asset.source.partition("/")[0]
    servers = (each.id for each in estate.engines.values() if each.settings.get("guests") == home)
    return home, *servers


def destinations_of(estate: Estate, asset: Asset) -> tuple[str, ...]:
    """Ids of all engines an asset is sent to, those of later versions included."""
    if asset.kind is AssetKind.STATE:
        return state_destinations(estate)
    return keys.engines_of(estate, asset)


def _since(ledger: Ledger, asset: Asset, now: datetime) -> int:
    """Gaps count from when the asset was first known, for thirty days at most."""
    first = ledger.watched_since(asset=asset.id)
    start = now - GAP_WINDOW
    return int(max(start, first or start).timestamp())
