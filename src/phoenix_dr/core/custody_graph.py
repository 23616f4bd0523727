"""Key → repository → asset → service, and where the copies of each key lie in turn.

Everything here answers one question: with production gone, what can still be opened, starting
from the copies that lie outside. A copy inside a service must wait until that service is back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from phoenix_dr.core.key_edges import copies_of, engines_of, opening
from phoenix_dr.core.model import Asset, AssetKind, Estate, KeyCopy

NOTHING: frozenset[str] = frozenset()
Place = tuple[str, str]
"""The place and site of a copy."""


class Holder(StrEnum):
    """What the `in` of a copy names; a name of several is the first of these."""

    ASSET = "asset"
    SERVICE = "service"
    HOST = "host"
    ENGINE = "engine"


@dataclass(frozen=True, slots=True)
class Disaster:
    """Production is lost; with `site`, also every copy, host and repository standing there."""

    site: str | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """What can be had: keys, engines that open, assets and services that can be restored."""

    keys: frozenset[str]
    engines: frozenset[str]
    assets: frozenset[str]
    services: frozenset[str]


NOWHERE = Reach(NOTHING, NOTHING, NOTHING, NOTHING)
"""Nothing is back yet."""


@dataclass(frozen=True, slots=True)
class Graph:
    """The estate's edges. `openers` None: the engine needs no key.

    `assets` maps an asset to the engines that hold it, `services` a service to those of its
    assets that must be restored; what is saved nowhere is in neither.
    """

    estate: Estate
    openers: Mapping[str, frozenset[str] | None]
    assets: Mapping[str, tuple[str, ...]]
    services: Mapping[str, tuple[str, ...]]
    copies: Mapping[str, tuple[KeyCopy, ...]]


def graph(estate: Estate) -> Graph:
    """The edges of an estate; files production itself uses are no copies."""
    assets = {
        asset.id: engines
        for asset in estate.assets()
        if _must_return(asset) and (engines := engines_of(estate, asset))
    }
    return Graph(
        estate=estate,
        openers={
            engine.id: None
            if engine.password is None
            else frozenset(key.name for key in opening(estate, engine.id))
            for engine in estate.engines.values()
        },
        assets=assets,
        services={
            name: own
            for name, service in estate.services.items()
            if (own := tuple(asset.id for asset in service.assets if asset.id in assets))
        },
        copies={name: copies_of(estate, key) for name, key in estate.keys.items()},
    )


def _must_return(asset: Asset) -> bool:
    return asset.has_data and asset.kind is not AssetKind.REGENERABLE


def holder(estate: Estate, name: str) -> Holder | None:
    """What `in: NAME` stands for; None when nothing is called so."""
    if "/" in name:
        service = estate.services.get(name.partition("/")[0])
        known = service is not None and any(asset.id == name for asset in service.assets)
        return Holder.ASSET if known else None
    if name in estate.services:
        return Holder.SERVICE
    if name in estate.hosts:
        return Holder.HOST
    return Holder.ENGINE if name in estate.engines else None


def reach(
    made: Graph,
    disaster: Disaster,
    *,
    held: Iterable[str] = (),
    without: frozenset[str] = NOTHING,
    gone: frozenset[Place] = frozenset(),
) -> Reach:
    """What can be had after a disaster, from the copies that survived it.

    `held` are keys given for free, `without` keys whose every copy is lost, `gone` lost places.
    """
    have = frozenset(held) - without
    while True:
        now = opened(made, have, disaster)
        found = {
            name
            for name, copies in made.copies.items()
            if name not in without
            and any(
                (copy.place, copy.site) not in gone and at_hand(made, copy, now, disaster)
                for copy in copies
            )
        }
        if found <= have:
            return now
        have |= found


def opened(made: Graph, have: frozenset[str], disaster: Disaster) -> Reach:
    """What these keys open at once."""
    engines = frozenset(
        name
        for name, openers in made.openers.items()
        if (openers is None or openers & have) and engine_survives(made.estate, name, disaster)
    )
    assets = frozenset(name for name, at in made.assets.items() if engines.intersection(at))
    services = frozenset(name for name, own in made.services.items() if assets.issuperset(own))
    return Reach(have, engines, assets, services)


def at_hand(made: Graph, copy: KeyCopy, now: Reach, disaster: Disaster) -> bool:
    """Whether a copy can be taken, given what can be restored now."""
    if copy.inside is None:
        return disaster.site is None or copy.site != disaster.site
    match holder(made.estate, copy.inside):
        case Holder.ASSET:
            return copy.inside in now.assets
        case Holder.SERVICE:
            return copy.inside in now.services
        case Holder.ENGINE:
            return copy.inside in now.engines
        case Holder.HOST:
            return host_survives(made.estate, copy.inside, disaster)
        case None:
            return False


def host_survives(estate: Estate, name: str, disaster: Disaster) -> bool:
    """Whether the disks of a host are still there; never those of this machine."""
    host = estate.hosts[name]
    return name != estate.here and (disaster.site is None or host.site != disaster.site)


def engine_survives(estate: Estate, name: str, disaster: Disaster) -> bool:
    """Whether a repository of the engine is still there; one at an unknown site is not."""
    if disaster.site is None:
        return True
    places = (place for place in estate.engines[name].locations.values())
    sites = {estate.site_of(place) for place in places if place in estate.locations}
    return bool(sites - {None, disaster.site})


def house_lost(estate: Estate) -> Disaster:
    """The disaster that takes the whole site this machine stands at."""
    here = estate.hosts.get(estate.here)
    return Disaster(here.site if here else None)
