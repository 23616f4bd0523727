"""One side of cluster-look in a process of its own: a whole look, or decoding its answers alone."""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path


def main(side: str, *words: str) -> None:
    """Seconds of the work alone, peak memory in MiB before and after it, and what was found."""
    prepared = None if side == "plain" else prepare(*words)
    before, began = _peak(), time.monotonic()
    found = plain(Path(words[0])) if prepared is None else look(prepared)
    seconds = time.monotonic() - began
    print(json.dumps({"seconds": seconds, "started_mib": before, "peak_mib": _peak(), **found}))


def plain(folder: Path) -> dict[str, int]:
    """Read and decode every answer, one after the other."""
    rows = 0
    for path in sorted(folder.iterdir()):
        rows += len(json.loads(path.read_bytes()).get("items", ()))
    return {"rows": rows}


def prepare(kubeconfig: str) -> object:
    """The engine, as phoenix.yaml would describe it."""
    from phoenix_dr.adapters.base import Places
    from phoenix_dr.adapters.longhorn import Longhorn
    from phoenix_dr.core.model import EngineSpec, Location

    spec = EngineSpec(
        "longhorn",
        "longhorn",
        locations={"default": "nas"},
        archives={"*/*": "apps/data"},
        settings={"kubeconfig": kubeconfig, "namespace": "longhorn-system"},
    )
    places = Places(
        "worker", {"nas": Location("nas", "nas")}, {}, Path("/nonexistent"),
        lambda: datetime.now(UTC),
    )  # fmt: skip
    return Longhorn(spec, places)


def look(engine: object) -> dict[str, int]:
    """What `phoenix observe` has the engine do: points and state, in one walk."""
    from phoenix_dr.adapters.longhorn import Longhorn

    assert isinstance(engine, Longhorn)
    evidence, state = engine.explore(now=datetime.now(UTC))
    return {
        "points": len(evidence.points),
        "claims": len(state.cluster.claims),
        "volumes": len(state.volumes or ()),
        "backups": len(state.backups or ()),
        "blind": len(evidence.blind_spots),
    }


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
