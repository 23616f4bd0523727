"""Keys on this machine: by path, permissions and public fingerprint; nothing secret is kept."""

from __future__ import annotations

from phoenix_dr.adapters.keys_found.look import Asked, look
from phoenix_dr.adapters.keys_found.reading import Bounds

__all__ = ["Asked", "Bounds", "look"]
