"""What a key opens, where an asset is sent, and which files are copies of a key at all."""

from __future__ import annotations

from collections.abc import Iterator

from phoenix_dr.core.model import Asset, Estate, Key, KeyCopy

SUFFIX = ".password"
"""What follows the engine's name where a key stands for its password."""


def opening(estate: Estate, engine: str) -> tuple[Key, ...]:
    """The described keys each of which opens this engine."""
    return tuple(key for key in estate.keys.values() if engine in engines_named(key))


def engines_named(key: Key) -> frozenset[str]:
    """Ids of what a key opens: engines whose password it stands for, and all it says it opens."""
    secrets = (name.removesuffix(SUFFIX) for name in key.secrets if name.endswith(SUFFIX))
    return frozenset((*secrets, *key.opens))


def engines_of(estate: Estate, asset: Asset) -> tuple[str, ...]:
    """Ids of the described engines the asset is sent to, each once."""
    if not asset.has_data:
        return ()
    named = (destination.split("/", 1)[0] for destination in estate.destinations(asset))
    return tuple(dict.fromkeys(id_ for id_ in named if id_ in estate.engines))


def copies_of(estate: Estate, key: Key) -> tuple[KeyCopy, ...]:
    """The copies of a key, the files production itself uses left out."""
    production = {key.age, *_password_files(estate, key)} - {None}
    return tuple(copy for copy in key.copies if not _is_production(copy, production))


def _is_production(copy: KeyCopy, production: set[str | None]) -> bool:
    return copy.path in production


def _password_files(estate: Estate, key: Key) -> Iterator[str]:
    for engine in estate.engines.values():
        if engine.id in engines_named(key) and engine.password and engine.password.scheme == "file":
            yield engine.password.name
