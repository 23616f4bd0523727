"""One copy seen twice: through the storage of a Proxmox VE, and on the backup server below it.

Copies are counted by location, so two engines at one location show one copy. When their locations
differ although their snapshots are the same, nobody can tell one copy from a synchronised second
one; then it counts once (docs/decisions/0007).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from phoenix_dr.core.model import EngineSpec, Estate

Pair = tuple[str, str]
"""(engine, location)."""
SERVER = "pbs"
THROUGH = ":backup/"
"""What stands between storage and snapshot in a volume id of Proxmox VE."""


def name_of(point: str, kind: str) -> str | None:
    """`ct/210/2026-11-20T02:00:05Z`, from the id of a point of either kind of engine."""
    _, found, name = point.partition(":" if kind == SERVER else THROUGH)
    return name if found and name.startswith(("vm/", "ct/")) else None


def told_twice(estate: Estate, points: Mapping[Pair, Iterable[str]]) -> dict[Pair, Pair]:
    """Places on backup servers that may be the very copy a Proxmox shows elsewhere, and where.

    `points` are the ids that each place holds. A place is cleared when another described server
    holds the same snapshots at the location Proxmox names: then it is a second copy indeed.
    """
    names = {pair: _names(estate.engines.get(pair[0]), ids) for pair, ids in points.items()}
    servers = {pair: spec for pair in names if (spec := _server(estate, pair[0]))}
    found: dict[Pair, Pair] = {}
    for pair, spec in servers.items():
        for seen, held in names.items():
            through = seen[0] == spec.settings.get("guests") and seen not in servers
            if not through or seen[1] == pair[1] or not held & names[pair]:
                continue
            known = (names[other] & held for other in servers if other[1] == seen[1])
            if not any(known):
                found[pair] = seen
    return found


def _server(estate: Estate, engine: str) -> EngineSpec | None:
    spec = estate.engines.get(engine)
    return spec if spec is not None and spec.kind == SERVER else None


def _names(spec: EngineSpec | None, ids: Iterable[str]) -> frozenset[str]:
    kind = spec.kind if spec else ""
    return frozenset(name for each in ids if (name := name_of(each, kind)))
