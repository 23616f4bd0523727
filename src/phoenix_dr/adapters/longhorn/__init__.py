"""Longhorn, and the Kubernetes cluster it lives in; nothing is written."""

from phoenix_dr.adapters.longhorn.api import Longhorn

__all__ = ["Longhorn"]
