"""Where copies lie against where the data lives: what survives what, and 3-2-1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from phoenix_dr.core.evidence import Scope
from phoenix_dr.core.model import Asset, Estate, Location

SCOPES = tuple(Scope)
"""Bit `i` of a place's mask, and History `i` of a fold over them, belong to `SCOPES[i]`."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How far copies are apart: 3-2-1 with production as one copy on one medium.

    `off_site` is None when no copy is known to be elsewhere and a site is not described;
    `simulated` means that every off-site copy only pretends to be.
    """

    copies: int
    media: int
    off_site: bool | None
    simulated: bool


def survivors(
    estate: Estate, asset: Asset, *, immutable: frozenset[str], escrowed: frozenset[str]
) -> Mapping[Scope, frozenset[str]]:
    """Names of the locations that are still there after each scope was lost.

    `immutable` are locations proved so, `escrowed` engines whose password has an off-site copy.
    What is not described survives nothing but the loss of a file.
    """
    home = _home(estate, asset)
    places = estate.locations
    openable = {
        name
        for engine in estate.engines.values()
        if engine.id in escrowed
        for name in engine.locations.values()
    }
    return {
        Scope.FILE: frozenset(places),
        Scope.DISK: frozenset(n for n, at in places.items() if _other_disk(estate, home, at)),
        Scope.HOST: frozenset(n for n, at in places.items() if at.host != home),
        Scope.SITE: frozenset(n for n in places if _other_site(estate, home, n)),
        Scope.OPERATOR: frozenset(
            n for n, at in places.items() if n in immutable or _out_of_reach(at, home)
        ),
        Scope.RANSOMWARE: frozenset(n for n in places if n in immutable),
        Scope.KEY: frozenset(n for n in places if n in openable),
    }


def scope_masks(
    estate: Estate,
    asset: Asset,
    places: Mapping[int, tuple[str, str]],
    *,
    immutable: frozenset[str],
    escrowed: frozenset[str],
) -> dict[int, int]:
    """Masks for `history.fold`, given the (engine, location) pair behind each place id.

    A place at a location nobody described still helps against a lost file; two engines at one
    location survive the loss of a key each on its own.
    """
    alive = survivors(estate, asset, immutable=immutable, escrowed=escrowed)
    masks = {}
    for place, (engine, location) in places.items():
        holds = {scope: location in alive[scope] for scope in SCOPES}
        holds[Scope.FILE] = True
        holds[Scope.KEY] = engine in escrowed
        masks[place] = sum(1 << index for index, scope in enumerate(SCOPES) if holds[scope])
    return masks


def spread(estate: Estate, asset: Asset, backups: Iterable[tuple[str, str]]) -> Spread:
    """How far the copies behind these (engine, location) pairs lie from the data and each other.

    A location nobody described is no copy one can count on.
    """
    home = _home(estate, asset)
    held = {location for _, location in backups}
    known = {name: estate.locations[name] for name in held if name in estate.locations}
    media = {_medium(estate, home, at) for at in known.values()}
    away = [name for name in known if _other_site(estate, home, name)]
    unsure = len(known) < len(held) or any(_other_site(estate, home, n) is None for n in known)
    return Spread(
        copies=1 + len(known),
        media=len(media | {(home, "")}),
        off_site=True if away else (None if unsure else False),
        simulated=bool(away) and all(known[name].simulated for name in away),
    )


def _home(estate: Estate, asset: Asset) -> str:
    # Every kind read so far is data of the host Phoenix runs on; guests will name their own.
    return estate.here


def _other_disk(estate: Estate, home: str, location: Location) -> bool:
    """The disk of the data itself is not described, so only a second, named disk is another."""
    host = estate.hosts.get(home)
    named = location.disk is not None and host is not None and len(host.disks) > 1
    return location.host != home or named


def _other_site(estate: Estate, home: str, location: str) -> bool | None:
    host, site = estate.hosts.get(home), estate.site_of(location)
    if host is None or site is None:
        return None
    return host.site != site


def _out_of_reach(location: Location, home: str) -> bool:
    return location.deletable_from is not None and home not in location.deletable_from


def _medium(estate: Estate, home: str, location: Location) -> tuple[str, str]:
    if not _other_disk(estate, home, location):
        return home, ""
    return location.host, location.disk or location.medium
