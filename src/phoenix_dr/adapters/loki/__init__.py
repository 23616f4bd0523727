"""Loki: how long it keeps logs, read from the running server and set in its configuration file."""

from __future__ import annotations

from phoenix_dr.adapters.loki.api import Loki

__all__ = ["Loki"]
