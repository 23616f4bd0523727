"""Discovery on this machine: what exists that may need a backup."""

from phoenix_dr.adapters.host.discovery import Limits, discover

__all__ = ["Limits", "discover"]
