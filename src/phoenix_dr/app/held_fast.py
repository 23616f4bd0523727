"""What pins and drills say of an engine's points, under whatever name the engine had then.

An id names the very bytes of a point, so that a pin or a proof holds for every name of one
repository, and for a name that phoenix.yaml no longer knows.
"""

from __future__ import annotations

import os.path
from collections.abc import Callable, Collection, Iterable

from phoenix_dr.app.context import Context
from phoenix_dr.core.evidence import DrillRecord
from phoenix_dr.core.model import Estate
from phoenix_dr.ledger import Kind, Pin


def pinned(ctx: Context, engine: str) -> frozenset[str]:
    """Ids a person holds fast. Under each name the last word counts; of a name that is gone, a
    pin can be taken off under a present one.
    """
    meant = _meant(ctx.estate, engine)
    said: set[tuple[str, str]] = set()
    released: set[str] = set()
    held: set[str] = set()
    for row in ctx.ledger.rows(kinds=(Kind.PIN,), newest_first=True):
        pin = row.read(Pin)
        key = (pin.engine, pin.point)
        if key in said or not meant(pin.engine):
            continue
        said.add(key)
        if not pin.pinned:
            released.add(pin.point)
        elif pin.engine in ctx.estate.engines or pin.point not in released:
            held.add(pin.point)
    return frozenset(held)


def proven(
    ctx: Context, engine: str, held: Collection[str], drills: Iterable[DrillRecord]
) -> frozenset[str]:
    """Of the ids held, the last of each asset that a drill restored well; drills newest first."""
    meant, found = _meant(ctx.estate, engine), dict[str, str]()
    for record in drills:
        if record.ok and not record.mutated and record.point in held and meant(record.engine):
            found.setdefault(record.asset, record.point)
    return frozenset(found.values())


def failed(ctx: Context, engine: str, drills: Iterable[DrillRecord]) -> frozenset[str]:
    """Ids whose last drill did not bring the data back; drills newest first."""
    meant, last = _meant(ctx.estate, engine), dict[str, bool]()
    for record in drills:
        if not record.mutated and meant(record.engine):
            last.setdefault(record.point, record.ok)
    return frozenset(point for point, ok in last.items() if not ok)


def _meant(estate: Estate, engine: str) -> Callable[[str], bool]:
    known = estate.engines
    here = _address(known[engine].repository) if engine in known else ""

    def is_it(name: str) -> bool:
        if name == engine or name not in known:
            return True
        return bool(here) and _address(known[name].repository) == here

    return is_it


def _address(repository: str) -> str:
    """One spelling of a repository's address, as far as spelling alone tells."""
    plain = repository.removeprefix("local:").removeprefix("file://")
    return os.path.normpath(plain) if plain.startswith("/") else plain.rstrip("/")
