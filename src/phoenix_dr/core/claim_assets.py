"""Which asset a claim is: patterns of claims become one asset for each claim (decision 0009)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from phoenix_dr.core.model import Asset, AssetKind, Estate

ANY = "*"


def asset_of(claim: str, patterns: Mapping[str, str]) -> str | None:
    """The asset a claim (`NAMESPACE/NAME`) is, by the pattern that has the most fixed letters."""
    fitting = [each for each in patterns if fnmatchcase(claim, each)]
    if not fitting:
        return None
    pattern = max(fitting, key=lambda each: (len(each) - each.count(ANY), each))
    if ANY not in pattern:
        return patterns[pattern]
    space, _, name = claim.partition("/")
    # With one namespace the name alone says which claim it is.
    one = ANY not in pattern.partition("/")[0]
    return f"{patterns[pattern]}/{name if one else f'{space}/{name}'}"


def is_pattern(asset: Asset) -> bool:
    """Whether it stands for claims nobody has seen yet."""
    return asset.kind is AssetKind.VOLUMES and ANY in asset.source


def expanded(estate: Estate, claims: Mapping[str, Collection[str]]) -> Estate:
    """The estate with each pattern replaced by one asset per claim seen; `claims` by engine.

    A pattern without any claim stays as it is: unknown, never nothing.
    """
    if not any(is_pattern(asset) for asset in estate.assets()):
        return estate
    found: dict[str, list[Asset]] = {}
    for engine, seen in claims.items():
        spec = estate.engines.get(engine)
        for claim in sorted(seen) if spec else ():
            name = asset_of(claim, spec.archives) if spec else None
            whole = _whole(estate, name)
            # Another engine may hold copies of the same claims; one of them was asked for.
            ours = whole is not None and whole.source.startswith(f"{engine}/")
            if whole is not None and name is not None and ours:
                made = replace(whole, id=name, source=f"{engine}/{claim}")
                found.setdefault(whole.id, []).append(made)
    services = {
        name: replace(each, assets=tuple(_assets(each.assets, found)))
        for name, each in estate.services.items()
    }
    return replace(estate, services=services)


def _assets(declared: tuple[Asset, ...], found: Mapping[str, list[Asset]]) -> Iterator[Asset]:
    for asset in declared:
        yield from found.get(asset.id, (asset,))


def _whole(estate: Estate, name: str | None) -> Asset | None:
    """The declared pattern an asset of a claim comes from; None for an asset without one."""
    service, _, rest = (name or "").partition("/")
    declared, slash, _ = rest.partition("/")
    if not slash or service not in estate.services:
        return None
    asset = next((a for a in estate.services[service].assets if a.name == declared), None)
    return asset if asset is not None and is_pattern(asset) else None
