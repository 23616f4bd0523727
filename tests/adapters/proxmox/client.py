"""A `Call` on a fake, its certificate pinned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic

from adapters.proxmox.fake_pve import Fake
from adapters.proxmox.lab import NOW, SECRET, TOKEN
from phoenix_dr.adapters._http import Limits
from phoenix_dr.adapters.base import Places
from phoenix_dr.adapters.proxmox.call import Call
from phoenix_dr.core.model import EngineSpec, SecretRef

USUAL = Limits(connect=5, read=8, total=16)
SHORT = Limits(connect=5, read=1, total=8)
"""For an answer that does not come."""


def call(
    fake: Fake,
    limits: Limits = USUAL,
    *,
    user: str | None = None,
    secret: str = f"{TOKEN}={SECRET}",
    clock: Callable[[], float] = monotonic,
    wait: float = 0.2,
) -> Call:
    """With a token, or with `user` and a password in `secret`."""
    places = Places("here", {}, {"PVE": secret}, Path("/nonexistent"), lambda: NOW)
    settings = {"url": fake.url, "fingerprint": fake.fingerprint}
    settings |= {"user": user} if user else {}
    spec = EngineSpec("pve1", "proxmox", password=SecretRef("env", "PVE"), settings=settings)
    return Call(spec, places, limits, clock=clock, wait=wait)
