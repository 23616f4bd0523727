"""One look at a cluster, indexed for the families of findings about its claims."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from phoenix_dr.core.claim_assets import asset_of
from phoenix_dr.core.cluster import Claim, PersistentVolume
from phoenix_dr.core.coverage import local_day
from phoenix_dr.core.longhorn import (
    DRIVER,
    LonghornBackup,
    LonghornSnapshot,
    LonghornState,
    LonghornVolume,
)
from phoenix_dr.core.model import Asset, Estate, Objectives
from phoenix_dr.core.report import Finding, Severity


@dataclass(frozen=True, slots=True)
class ClusterView:
    """A look and its indexes, by names of volumes; `assets` are by `NAMESPACE/NAME`."""

    estate: Estate
    state: LonghornState
    now: datetime
    assets: Mapping[str, Asset]
    persistent: Mapping[str, PersistentVolume]
    volumes: Mapping[str, LonghornVolume]
    snapshots: Mapping[str, tuple[LonghornSnapshot, ...]]
    backups: Mapping[str, tuple[LonghornBackup, ...]]

    @property
    def engine(self) -> str:
        """Id of the Longhorn."""
        return self.state.engine

    def subject(self, claim: str) -> str:
        """What a finding about a claim is about: its asset, or ENGINE/NAMESPACE/NAME."""
        asset = self.assets.get(claim)
        return asset.id if asset else f"{self.engine}/{claim}"

    def objective(self, claim: str) -> timedelta:
        """How much of it may be lost: the RPO of its service, or the usual one."""
        asset = self.assets.get(claim)
        service = self.estate.services.get(asset.service) if asset else None
        return (service.objectives if service else Objectives()).rpo

    def is_ignored(self, name: str) -> bool:
        """Whether a person left this out, until a date that has not passed."""
        today = local_day(self.estate, self.now)
        return any(each.found == name and today <= each.until for each in self.estate.ignore)

    def around(self, claim: Claim) -> LonghornState:
        """The look with nothing in it but what belongs to one claim, and what is everybody's."""
        state, held = self.state, self.persistent.get(claim.volume)
        volume = self.volumes.get(held.handle) if held else None
        name = volume.name if volume else ""
        return replace(
            state,
            cluster=replace(state.cluster, volumes=(held,) if held else ()),
            volumes=None if state.volumes is None else (volume,) if volume else (),
            snapshots=None if state.snapshots is None else self.snapshots.get(name, ()),
            backups=None if state.backups is None else self.backups.get(name, ()),
        )


def cluster_view(estate: Estate, state: LonghornState, *, now: datetime) -> ClusterView:
    """Index a look once; five thousand claims and a hundred thousand backups are usual."""
    snapshots: defaultdict[str, list[LonghornSnapshot]] = defaultdict(list)
    for each in state.snapshots or ():
        snapshots[each.volume].append(each)
    backups: defaultdict[str, list[LonghornBackup]] = defaultdict(list)
    for one in state.backups or ():
        backups[one.volume].append(one)
    return ClusterView(
        estate=estate,
        state=state,
        now=now,
        assets=_assets(estate, state),
        persistent={each.name: each for each in state.cluster.volumes},
        volumes={each.name: each for each in state.volumes or ()},
        snapshots={name: tuple(found) for name, found in snapshots.items()},
        backups={name: tuple(found) for name, found in backups.items()},
    )


def claims_by_volume(state: LonghornState) -> dict[str, str]:
    """Volume of Longhorn → `NAMESPACE/NAME`, by Longhorn's word and by that of the cluster."""
    told = {each.name: each.claim for each in state.volumes or () if each.claim}
    bound = {
        each.handle: each.claim
        for each in state.cluster.volumes
        if each.driver == DRIVER and each.claim
    }
    return told | bound


def finding(
    code: str, severity: Severity, subject: str, owner: str, **parameters: str | int
) -> Finding:
    """A finding with its facts in the order given."""
    return Finding(code, severity, subject, owner, tuple(parameters.items()))


def _assets(estate: Estate, state: LonghornState) -> dict[str, Asset]:
    spec = estate.engines.get(state.engine)
    known = {each.id: each for each in estate.assets()}
    claims = {each.id for each in state.cluster.claims}
    # Those that were there once are assets, too.
    prefix = f"{state.engine}/"
    claims |= {a.source.removeprefix(prefix) for a in known.values() if a.source.startswith(prefix)}
    named = {claim: asset_of(claim, spec.archives) for claim in claims} if spec else {}
    return {claim: known[name] for claim, name in named.items() if name in known}
