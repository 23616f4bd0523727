"""Which assets a command is about, and which of them this version can save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from phoenix_dr.core.model import STATE_ASSET, Asset, AssetKind, Estate, Service
from phoenix_dr.errors import UsageError

SAVED = {AssetKind.FILES, AssetKind.SQLITE, AssetKind.K3S, AssetKind.STATE}
"""Kinds that Phoenix itself makes points of."""
DRILLED = SAVED | {AssetKind.GUEST, AssetKind.VOLUMES}
"""Kinds a drill restores."""
SAVING_ENGINES = {"restic"}
RESTORING_ENGINES = {"restic", "vzdump", "proxmox", "longhorn", "velero"}
"""Kinds whose points a drill can restore; the others are only read."""
STATE_SERVICE = STATE_ASSET.split("/", 1)[0]


@dataclass(frozen=True, slots=True)
class Skipped:
    """An asset or destination that is left out, and the phrase code of the reason."""

    asset: str
    reason: str
    engine: str = ""


def services(estate: Estate, names: Sequence[str]) -> tuple[Service, ...]:
    """The named services, all of them when none is named. Raises UsageError for an unknown one.

    `phoenix` names the state asset alone and so yields no declared service.
    """
    known = [*estate.services, STATE_SERVICE]
    for name in names:
        if name not in known:
            raise UsageError("service-unknown", service=name, known=", ".join(known))
    return tuple(
        service for service in estate.services.values() if not names or service.name in names
    )


def state_asset(estate: Estate) -> Asset:
    """The implicit asset phoenix/state, sent to every destination of any policy."""
    return Asset(STATE_ASSET, AssetKind.STATE, source=estate.documents, policy=None)


def state_destinations(estate: Estate) -> tuple[str, ...]:
    """Every engine of a kind that saves and that some policy names."""
    named = {place.split("/", 1)[0] for policy in estate.policies.values() for place in policy.to}
    return tuple(
        name
        for name, spec in estate.engines.items()
        if name in named and spec.kind in SAVING_ENGINES
    )


def destinations(estate: Estate, asset: Asset) -> tuple[str, ...]:
    """Engine ids that Phoenix itself sends this asset to."""
    if asset.kind is AssetKind.STATE:
        return state_destinations(estate)
    wanted = (place.split("/", 1)[0] for place in estate.destinations(asset))
    return tuple(name for name in wanted if estate.engines[name].kind in SAVING_ENGINES)


def to_save(estate: Estate, names: Sequence[str]) -> tuple[tuple[Asset, ...], tuple[Skipped, ...]]:
    """Assets to save for these service names (the state always last), and what is left out."""
    chosen: list[Asset] = []
    skipped: list[Skipped] = []
    for service in services(estate, names):
        for asset in service.assets:
            if asset.kind not in SAVED:
                if asset.kind not in {AssetKind.NONE, AssetKind.REGENERABLE}:
                    skipped.append(Skipped(asset.id, "kind-not-yet"))
            elif destinations(estate, asset):
                chosen.append(asset)
            else:
                skipped.append(Skipped(asset.id, "no-destination"))
    return (*chosen, state_asset(estate)), tuple(skipped)
