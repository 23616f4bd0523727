"""What the fake answers about writing backup jobs and backing up now (proxmox.md 3, 6)."""

from __future__ import annotations

from adapters.proxmox.fake_answers import Route

ROUTES: tuple[Route, ...] = ()
