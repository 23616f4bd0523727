"""What is lost with a key or with one of its places, and copies locked behind themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from phoenix_dr.core.custody_graph import (
    NOTHING,
    Disaster,
    Graph,
    Holder,
    Place,
    Reach,
    at_hand,
    holder,
    opened,
    reach,
)
from phoenix_dr.core.model import Estate, KeyCopy

PRODUCTION = Disaster()
"""Every service is lost, every repository and every place outside is still there."""


@dataclass(frozen=True, slots=True)
class Blast:
    """What nobody can restore any more once every copy of a key is lost.

    `keys` go with it, because their only copies lie in what it opened. `services` lose data;
    `halted` are whole but need one of them.
    """

    key: str
    keys: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    halted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """One step of a circle: what is needed next, and what kind of thing it is."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Circle:
    """A copy of a key that can be reached only with the key itself.

    `path` leads from what the copy lies in back to the key. `locked` when no other copy helps.
    """

    key: str
    place: str
    site: str
    inside: str
    path: tuple[Link, ...]
    locked: bool


@dataclass(frozen=True, slots=True)
class SinglePlace:
    """A place that is the only way to some keys: losing it as well loses these services."""

    place: str
    site: str
    keys: tuple[str, ...]
    services: tuple[str, ...]


def blast(made: Graph, key: str) -> Blast:
    """What goes with a key, all others being at hand as far as they do not need it."""
    everything = opened(made, frozenset(made.copies), PRODUCTION)
    have = everything.keys - {key}
    while True:
        now = opened(made, have, PRODUCTION)
        lost = {name for name in have if _alive(made, name, everything)}
        lost = {name for name in lost if not _alive(made, name, now)}
        if not lost:
            break
        have -= lost
    assets = everything.assets - now.assets
    services = tuple(name for name, own in made.services.items() if assets.intersection(own))
    return Blast(
        key=key,
        keys=tuple(name for name in made.copies if name != key and name not in have),
        engines=tuple(name for name in made.openers if name in everything.engines - now.engines),
        assets=tuple(name for name in made.assets if name in assets),
        services=services,
        halted=_halted(made.estate, services),
    )


def circles(made: Graph) -> tuple[Circle, ...]:
    """Every copy that lies behind its own key."""
    return tuple(circle for key in made.copies for circle in _circles(made, key))


def locked_copies(made: Graph, key: str) -> frozenset[Place]:
    """The copies of a key that cannot be counted, for they all lie behind the key itself."""
    locked = list(_circles(made, key))
    open_ = {
        (copy.place, copy.site)
        for copy in made.copies[key]
        if copy.inside is None or copy.inside not in {circle.inside for circle in locked}
    }
    return frozenset((circle.place, circle.site) for circle in locked) - open_


def single_places(made: Graph) -> tuple[SinglePlace, ...]:
    """Places after whose loss, production being lost too, some data cannot be restored."""
    before = reach(made, PRODUCTION)
    places = dict.fromkeys(
        (copy.place, copy.site) for copies in made.copies.values() for copy in copies
    )
    found = ((place, reach(made, PRODUCTION, gone=frozenset({place}))) for place in places)
    return tuple(
        _single(made, place, keys=before.keys - after.keys, assets=before.assets - after.assets)
        for place, after in found
        if before.assets - after.assets
    )


def _single(
    made: Graph, place: Place, *, keys: frozenset[str], assets: frozenset[str]
) -> SinglePlace:
    return SinglePlace(
        *place,
        keys=tuple(name for name in made.copies if name in keys),
        services=tuple(name for name, own in made.services.items() if assets.intersection(own)),
    )


def _alive(made: Graph, key: str, now: Reach) -> bool:
    return any(at_hand(made, copy, now, PRODUCTION) for copy in made.copies[key])


def _circles(made: Graph, key: str) -> Iterator[Circle]:
    inner = [copy for copy in made.copies[key] if copy.inside is not None]
    if not inner:
        return
    with_it = reach(made, PRODUCTION, held=(key,))
    without = reach(made, PRODUCTION, without=frozenset({key}))
    locked = key not in reach(made, PRODUCTION).keys
    for copy in inner:
        behind = at_hand(made, copy, with_it, PRODUCTION)
        if behind and not at_hand(made, copy, without, PRODUCTION):
            way = _way(made, copy, key, without=without)
            yield Circle(key, copy.place, copy.site, copy.inside or "", way, locked)


def _way(made: Graph, copy: KeyCopy, key: str, *, without: Reach) -> tuple[Link, ...]:
    """The shortest way from what a copy lies in back to the key."""
    queue: list[tuple[KeyCopy, tuple[Link, ...]]] = [(copy, ())]
    seen = {copy.inside}
    for at, path in queue:
        for step in _steps(made, at.inside or "", without):
            way = (*path, *step)
            name = step[-1].name
            if name == key:
                return way
            for onward in made.copies[name]:
                if onward.inside and onward.inside not in seen:
                    seen.add(onward.inside)
                    queue.append((onward, way))
    return ()


def _steps(made: Graph, inside: str, without: Reach) -> Iterator[tuple[Link, ...]]:
    """The locked ways out of one thing: through its data and a repository to a missing key."""
    kind = holder(made.estate, inside)
    for assets, engine in _doors(made, inside, kind, without=without):
        for key in sorted(made.openers[engine] or NOTHING):
            if key not in without.keys:
                first = Link(kind.value if kind else "", inside)
                data = tuple(Link("asset", name) for name in assets if name != inside)
                last = () if kind is Holder.ENGINE else (Link("engine", engine),)
                yield (first, *data, *last, Link("key", key))


def _doors(
    made: Graph, inside: str, kind: Holder | None, *, without: Reach
) -> Iterator[tuple[tuple[str, ...], str]]:
    if kind is Holder.ENGINE:
        yield (), inside
        return
    own = (inside,) if kind is Holder.ASSET else made.services.get(inside, ())
    for asset in own:
        if asset not in without.assets:
            for engine in made.assets.get(asset, ()):
                yield (asset,), engine


def _halted(estate: Estate, lost: tuple[str, ...]) -> tuple[str, ...]:
    """Services that are whole and need, directly or not, one that is lost."""
    down = set(lost)
    while more := {
        name
        for name, service in estate.services.items()
        if name not in down and down.intersection(service.depends_on)
    }:
        down |= more
    return tuple(name for name in estate.services if name in down and name not in lost)
