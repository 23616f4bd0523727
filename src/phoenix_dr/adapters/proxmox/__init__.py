"""Proxmox VE, through its own HTTP API with an API token or a login."""

from phoenix_dr.adapters.proxmox.api import Proxmox

__all__ = ["Proxmox"]
