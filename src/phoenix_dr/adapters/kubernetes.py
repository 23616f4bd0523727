"""A cluster that is only looked at: what lies in it, so that what nobody copies is seen.

Whatever distribution it is; copies are shown by the engines that make them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from phoenix_dr.adapters._cluster.core_api import CORE, ClusterLists, readable
from phoenix_dr.adapters._cluster.way_in import client
from phoenix_dr.adapters._kube import USUAL, Kube, Limits
from phoenix_dr.adapters.base import Places
from phoenix_dr.core.capabilities import Capabilities
from phoenix_dr.core.evidence import Evidence
from phoenix_dr.core.longhorn import LonghornState
from phoenix_dr.core.model import EngineSpec


class Kubernetes:
    """One cluster. Safe to use from several threads; keeps nothing, holds no copies."""

    def __init__(self, spec: EngineSpec, places: Places, *, limits: Limits = USUAL) -> None:
        """Ask nothing and read no kubeconfig yet."""
        self.spec = spec
        self._places = places
        self._limits = limits

    def observe(self, *, now: datetime) -> Evidence:
        """That it answered, and its version; it has no points. Raises EngineError."""
        return self.explore(now=now)[0]

    def explore(self, *, now: datetime) -> tuple[Evidence, LonghornState]:
        """Claims, volumes and who mounts them; of Longhorn it is known that none is described.

        Raises EngineError when nothing can be asked at all.
        """
        with self._kube() as kube:
            cluster = ClusterLists(kube, self.spec).cluster(kube.version())
        nothing = LonghornState(self.spec.id, now, cluster)
        found = replace(
            nothing, jobs=(), volumes=(), snapshots=(), backups=(), backup_volumes=(), targets=(),
            system_backups=(),
        )  # fmt: skip
        return Evidence(self.spec.id, now, version=cluster.version), found

    def rights(self) -> Capabilities:
        """Which lists the account may read. Raises EngineError when nothing can be asked."""
        from phoenix_dr.adapters._cluster.rights import Rights

        with self._kube() as kube:
            rights = Rights(kube, self.spec)
            can = tuple(rights.told(readable(kube, CORE, lambda _: "")))
            return Capabilities(kube.version(), (), can, rights.roles(can))

    def _kube(self) -> Kube:
        return client(self.spec, self._places, self._limits)
