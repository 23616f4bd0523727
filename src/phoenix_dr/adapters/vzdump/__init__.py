"""A folder of archives that vzdump of Proxmox made; Phoenix only reads it."""

from __future__ import annotations

from phoenix_dr.adapters.vzdump.api import Vzdump

__all__ = ["Vzdump"]
