"""Proxmox Backup Server, through its own HTTP API with an API token; it is only ever read."""

from phoenix_dr.adapters.pbs.api import Pbs

__all__ = ["Pbs"]
