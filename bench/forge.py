"""A ledger with very many points, written by the ledger's own import: run as a process.

Every point lies within the last thirty days, which is what an audit reads, and every asset has
been known for longer than that; repositories are empty directories whose fingerprint is on
record, so that an audit starts no engine.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from bench.rows import series
from phoenix_dr.adapters.base import Fingerprinted
from phoenix_dr.app.context import Context, open_context
from phoenix_dr.core.evidence import Evidence
from phoenix_dr.ledger import ImportedRow

KNOWN_FOR = timedelta(days=40)


def main(config: str, state: str, points: str) -> None:
    """Give every asset of the estate `points` points, shared among all its engines."""
    with open_context(os.environ, config_file=config, state=state) as ctx:
        now = ctx.now()
        _look(ctx, now)
        engines = list(ctx.estate.engines.values())
        made = 0
        with ctx.ledger.batch():
            for number, asset in enumerate(ctx.estate.assets()):
                for place, engine in enumerate(engines):
                    rows = _rows(number, place, len(engines), int(points), now)
                    where = (engine.id, engine.location)
                    made += ctx.ledger.import_points(asset.id, where, rows, at=now - KNOWN_FOR)
        print(json.dumps({"points": made, "services": len(ctx.estate.services)}))


def _look(ctx: Context, now: datetime) -> None:
    for name, spec in ctx.estate.engines.items():
        (Path(spec.repository) / "snapshots").mkdir(parents=True)
        engine = ctx.engine(name)
        assert isinstance(engine, Fingerprinted)
        ctx.ledger.record(Evidence(name, now, fingerprint=engine.fingerprint()))


def _rows(asset: int, place: int, places: int, points: int, now: datetime) -> Iterator[ImportedRow]:
    for taken, at, state, seconds in series(asset, places, points, int(now.timestamp())):
        if at == place:
            name = hashlib.sha256(f"{asset} {place} {taken}".encode()).hexdigest()
            yield name, taken, state, seconds, 1_000_000


if __name__ == "__main__":
    main(*sys.argv[1:])
