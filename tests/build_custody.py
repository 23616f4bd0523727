"""Small estates of keys that lie inside what they open, and a slow judge of them.

The judge knows no fixed points step by step: it tries every set of keys and keeps the right one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, combinations
from random import Random

from phoenix_dr.core.model import (
    Asset,
    AssetKind,
    EngineSpec,
    Estate,
    Host,
    Key,
    KeyCopy,
    Location,
    Policy,
    RetentionRule,
    SecretRef,
    Service,
)

SITES = ("home", "away")
KEYS = ("k0", "k1", "k2")
ENGINES = ("e0", "e1", "e2")
SERVICES = ("s0", "s1", "s2")
HOSTS = {"here": Host("here", "home"), "attic": Host("attic", "home"), "far": Host("far", "away")}
INSIDES = (*SERVICES, *(f"{name}/d{n}" for name in SERVICES for n in "01"), *HOSTS, *ENGINES)


def engine(name: str, location: str, *, password: bool = True) -> EngineSpec:
    secret = SecretRef("file", f"/etc/{name}.pw") if password else None
    return EngineSpec(name, "restic", f"/{name}", {"": location}, secret)


def estate(
    engines: Iterable[EngineSpec],
    services: Iterable[Service],
    keys: Iterable[Key],
    policies: Iterable[tuple[str, tuple[str, ...]]],
) -> Estate:
    return Estate(
        name="lab",
        here="here",
        hosts=HOSTS,
        locations={name: Location(name, host) for name, host in PLACES.items()},
        engines={each.id: each for each in engines},
        policies={name: Policy(name, "@daily", RetentionRule(), "", to) for name, to in policies},
        services={each.name: each for each in services},
        keys={each.name: each for each in keys},
    )


PLACES = {"disk": "here", "attic-disk": "attic", "cloud": "far"}


def random_estate(chance: Random) -> Estate:
    """Up to three keys, engines and services, with every kind of copy."""
    engines = [
        engine(name, chance.choice(sorted(PLACES)), password=chance.random() > 0.1)
        for name in ENGINES[: chance.randint(1, 3)]
    ]

    def some() -> tuple[str, ...]:
        return tuple(each.id for each in engines if chance.random() < 0.5)

    services = [
        Service(
            name,
            depends_on=SERVICES[:n] if chance.random() < 0.3 else (),
            assets=tuple(
                Asset(f"{name}/d{i}", AssetKind.FILES, f"/srv/{name}/{i}", policy=f"p-{name}-{i}")
                for i in range(chance.randint(0, 2))
            ),
        )
        for n, name in enumerate(SERVICES[: chance.randint(1, 3)])
    ]
    policies = [(asset.policy or "", some()) for each in services for asset in each.assets]
    keys = [
        Key(
            name,
            secrets=tuple(f"{each}.password" for each in some()),
            copies=tuple(_copy(chance) for _ in range(chance.randint(0, 2))),
        )
        for name in KEYS[: chance.randint(1, 3)]
    ]
    return estate(engines, services, keys, policies)


def _copy(chance: Random) -> KeyCopy:
    """A copy outside, or in anything (also in what is not there)."""
    inside = chance.choice(INSIDES) if chance.random() < 0.7 else None
    place = chance.choice(("safe", "vault", "paper"))
    return KeyCopy(place, chance.choice(SITES), inside=inside)


# ---- The judge ----------------------------------------------------------------------------------


def subsets(names: Iterable[str]) -> Iterator[frozenset[str]]:
    listed = list(names)
    sets = chain.from_iterable(combinations(listed, n) for n in range(len(listed) + 1))
    return map(frozenset, sets)


def engine_opens(found: Estate, name: str, have: frozenset[str], site: str | None) -> bool:
    spec = found.engines[name]
    stands = found.hosts[found.locations[spec.location].host].site
    if site is not None and stands == site:
        return False
    if spec.password is None:
        return True
    return any(f"{name}.password" in found.keys[key].secrets for key in have)


def asset_returns(found: Estate, asset: Asset, have: frozenset[str], site: str | None) -> bool:
    to = found.policies[asset.policy or ""].to
    return any(engine_opens(found, name, have, site) for name in to)


def saved(found: Estate, service: str) -> list[Asset]:
    own = found.services[service].assets
    return [asset for asset in own if found.policies[asset.policy or ""].to]


def service_returns(found: Estate, name: str, have: frozenset[str], site: str | None) -> bool:
    own = saved(found, name)
    return bool(own) and all(asset_returns(found, asset, have, site) for asset in own)


def taken(found: Estate, copy: KeyCopy, have: frozenset[str], site: str | None = None) -> bool:
    inside = copy.inside
    if inside is None:
        return copy.site != site
    if "/" in inside:
        known = {asset.id: asset for asset in found.assets()}
        return inside in known and asset_returns(found, known[inside], have, site)
    if inside in found.services:
        return service_returns(found, inside, have, site)
    if inside in found.hosts:
        return inside != found.here and found.hosts[inside].site != site
    return inside in found.engines and engine_opens(found, inside, have, site)


def had(
    found: Estate,
    *,
    site: str | None = None,
    held: frozenset[str] = frozenset(),
    gone: tuple[str, str] | None = None,
) -> frozenset[str]:
    """The smallest set of keys that is complete: nothing more can be taken with it."""
    for have in subsets(found.keys):  # smaller sets come first
        more = {
            key.name
            for key in found.keys.values()
            if any(
                (copy.place, copy.site) != gone and taken(found, copy, have, site)
                for copy in key.copies
            )
        }
        if held <= have and more <= have:
            return have
    raise AssertionError("all keys are a complete set")


def kept(found: Estate, lost: str) -> frozenset[str]:
    """The largest set of other keys each of which still has a copy that ever helped."""
    everything = frozenset(found.keys)
    for have in sorted(subsets(everything - {lost}), key=len, reverse=True):
        good = True
        for name in have:
            helped = [c for c in found.keys[name].copies if taken(found, c, everything)]
            good &= not helped or any(taken(found, copy, have) for copy in helped)
        if good:
            return have
    raise AssertionError("no key at all is a set too")


def returning(found: Estate, have: frozenset[str], site: str | None = None) -> set[str]:
    return {
        asset.id
        for asset in found.assets()
        if found.policies[asset.policy or ""].to and asset_returns(found, asset, have, site)
    }


def without(found: Estate, name: str) -> Estate:
    """The same estate with no copy of one key anywhere."""
    bare = replace(found.keys[name], copies=())
    return replace(found, keys={**found.keys, name: bare})
