"""The engine `pve1` on a fake: two guests with assets, three storages described."""

from __future__ import annotations

from pathlib import Path

from adapters.proxmox.fake_pve import Fake
from adapters.proxmox.lab import NOW, SECRET, TOKEN
from phoenix_dr.adapters._http import Limits
from phoenix_dr.adapters.base import Places
from phoenix_dr.adapters.proxmox import Proxmox
from phoenix_dr.core.model import EngineSpec, Location, SecretRef

ASSETS = {"210": "traefik/core", "211": "dns/adguard"}
STORAGES = {"nfs": "nfs-4tb"}
QUICK = Limits(connect=2, read=2, total=6)


def places(root: Path) -> Places:
    """Surroundings with a token and two locations."""
    rack = {name: Location(name, "pve1") for name in ("nfs-4tb", "inside")}
    return Places("here", rack, {"PVE": f"{TOKEN}={SECRET}"}, root / "cache", lambda: NOW)


def engine(
    fake: Fake,
    root: Path,
    *,
    storages: dict[str, str] | None = None,
    assets: dict[str, str] | None = None,
    limits: Limits = QUICK,
) -> Proxmox:
    """The engine, its certificate pinned."""
    spec = EngineSpec(
        "pve1",
        "proxmox",
        locations=STORAGES if storages is None else storages,
        password=SecretRef("env", "PVE"),
        archives=ASSETS if assets is None else assets,
        settings={"url": fake.url, "fingerprint": fake.fingerprint},
    )
    return Proxmox(spec, places(root), limits=limits)
