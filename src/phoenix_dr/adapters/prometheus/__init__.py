"""Prometheus: what it holds, how long it keeps it, and where that is set. No points."""

from phoenix_dr.adapters.prometheus.api import Prometheus

__all__ = ["Prometheus"]
