"""Velero, and the Kubernetes cluster it saves; nothing is written."""

from phoenix_dr.adapters.velero.api import Velero

__all__ = ["Velero"]
