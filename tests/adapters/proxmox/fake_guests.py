"""What the fake answers about restoring, starting and destroying guests (proxmox.md 7)."""

from __future__ import annotations

from adapters.proxmox.fake_answers import Route

ROUTES: tuple[Route, ...] = ()
