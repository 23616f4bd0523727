"""The way into the cluster of an engine, as phoenix.yaml says it."""

from __future__ import annotations

from phoenix_dr.adapters._kube import Kube, Limits
from phoenix_dr.adapters._kube_access import Access
from phoenix_dr.adapters.base import Places
from phoenix_dr.core.model import EngineSpec


def client(spec: EngineSpec, places: Places, limits: Limits) -> Kube:
    """A client for it. Raises as `Kube` does."""
    access = Access(
        engine=spec.id,
        kubeconfig=spec.settings["kubeconfig"],
        context=spec.settings.get("context", ""),
        environ=places.environ,
        clock=places.clock,
    )
    return Kube(access, limits)
