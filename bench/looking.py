"""One side of proxmox-look in a process of its own: a whole look, or decoding its answers alone."""

from __future__ import annotations

import gc
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def main(side: str, *words: str) -> None:
    """Seconds of the work alone, and what was found."""
    began = time.monotonic()
    found = plain(Path(words[0])) if side == "plain" else look(*words)
    print(json.dumps({"seconds": time.monotonic() - began, **found}))


def plain(folder: Path) -> dict[str, int]:
    """Read and decode every answer, one after the other."""
    rows = 0
    for path in sorted(folder.iterdir()):
        data = json.loads(path.read_bytes())["data"]
        rows += len(data) if isinstance(data, list) else 1
        del data
    return {"rows": rows}


def look(url: str, fingerprint: str, token: str, guests: str) -> dict[str, int]:
    """What `phoenix observe` has the engine do: points, guests, jobs, runs, in one walk."""
    from phoenix_dr.adapters.base import Places
    from phoenix_dr.adapters.proxmox import Proxmox
    from phoenix_dr.core.model import EngineSpec, Location, SecretRef

    spec = EngineSpec(
        "pve1",
        "proxmox",
        locations={"nfs": "nas"},
        password=SecretRef("env", "PVE"),
        archives={str(100 + number): f"s{number}/guest" for number in range(int(guests))},
        settings={"url": url, "fingerprint": fingerprint},
    )
    places = Places(
        "here", {"nas": Location("nas", "pve1")}, {"PVE": token}, Path("/nonexistent"), lambda: NOW
    )
    evidence, inventory = Proxmox(spec, places).survey(now=NOW)
    gc.collect()
    return {
        "points": len(evidence.points),
        "guests": sum(each.volumes is not None for each in inventory.guests),
        "archives": len(inventory.archives),
        "runs": len(inventory.runs),
        "blind": len(inventory.blind_spots),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
