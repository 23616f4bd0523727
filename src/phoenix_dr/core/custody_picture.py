"""The custody graph as people look at it: what each key opens, where it lies, what it loses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from phoenix_dr.core.custody_graph import Graph, graph, house_lost, reach
from phoenix_dr.core.custody_loss import Blast, Circle, SinglePlace, blast, circles, single_places
from phoenix_dr.core.key_edges import SUFFIX, engines_named
from phoenix_dr.core.model import Estate, Key
from phoenix_dr.core.report import KeyCustody


@dataclass(frozen=True, slots=True)
class Door:
    """An engine a key opens: its secret, where it lies, what it holds, who else opens it."""

    engine: str
    secret: str
    locations: tuple[str, ...]
    assets: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A copy of a key; `counts` is False when it lies behind the key itself."""

    place: str
    site: str
    inside: str
    counts: bool


@dataclass(frozen=True, slots=True)
class KeyNode:
    """One key: the engines, files and repositories of code it opens, its copies, its loss."""

    name: str
    fingerprint: str
    doors: tuple[Door, ...]
    files: tuple[str, ...]
    sops: int | None
    """Files encrypted by SOPS that open with this key alone; None while nobody looked."""
    alone: tuple[str, ...]
    """Those of `files` that no other key opens."""
    copies: tuple[Kept, ...]
    off_site: bool
    lost: Blast


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole graph. `keyless` engines have a password no key stands for, `free` need none.

    `back` are the services that return after the loss of this machine's site, `gone` those with
    data that do not.
    """

    keys: tuple[KeyNode, ...]
    keyless: tuple[str, ...]
    free: tuple[str, ...]
    circles: tuple[Circle, ...]
    single_places: tuple[SinglePlace, ...]
    site: str
    back: tuple[str, ...]
    gone: tuple[str, ...]


def picture(
    estate: Estate, custody: Iterable[KeyCustody], *, sops: Mapping[str, int] | None = None
) -> Picture:
    """The graph of an estate. `sops` counts, per key, the files nothing else opens."""
    made = graph(estate)
    held = {each.name: each for each in custody}
    lost = house_lost(estate)
    after = reach(made, lost).services if lost.site is not None else frozenset[str]()
    used = {name for engines in made.assets.values() for name in engines}
    return Picture(
        keys=tuple(
            _node(made, key, held[name], None if sops is None else sops.get(name, 0))
            for name, key in estate.keys.items()
        ),
        keyless=tuple(n for n, by in made.openers.items() if by is not None and not by),
        free=tuple(name for name, by in made.openers.items() if by is None and name in used),
        circles=circles(made),
        single_places=single_places(made),
        site=lost.site or "",
        back=tuple(name for name in made.services if name in after),
        gone=tuple(name for name in made.services if name not in after),
    )


def _node(made: Graph, key: Key, held: KeyCustody, sops: int | None) -> KeyNode:
    named = engines_named(key)
    behind = frozenset(held.behind_itself)
    files = tuple(name for name in key.opens if name not in made.estate.engines)
    others = {name for other in made.estate.keys.values() if other != key for name in other.opens}
    return KeyNode(
        name=key.name,
        fingerprint=held.fingerprint,
        doors=tuple(_door(made, key, engine) for engine in made.estate.engines if engine in named),
        files=files,
        sops=sops if key.age else None,
        alone=tuple(name for name in files if name not in others),
        copies=tuple(
            Kept(
                copy.place,
                copy.site,
                copy.inside or "",
                counts=(copy.place, copy.site) not in behind,
            )
            for copy in made.copies[key.name]
        ),
        off_site=held.off_site,
        lost=blast(made, key.name),
    )


def _door(made: Graph, key: Key, engine: str) -> Door:
    spec = made.estate.engines[engine]
    secret = f"{engine}{SUFFIX}"
    return Door(
        engine=engine,
        secret=secret if secret in key.secrets else "",
        locations=tuple(dict.fromkeys(spec.locations.values())),
        assets=tuple(asset for asset, at in made.assets.items() if engine in at),
        others=tuple(sorted((made.openers[engine] or frozenset()) - {key.name})),
    )
