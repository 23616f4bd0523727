"""Proxmox VE, through its own HTTP API with an API token; so far it is only read."""

from phoenix_dr.adapters.proxmox.api import Proxmox

__all__ = ["Proxmox"]
