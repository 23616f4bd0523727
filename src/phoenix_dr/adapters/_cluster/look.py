"""Lists of a cluster, one after the other: what cannot be read is noted, the others go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from phoenix_dr.adapters._cluster.values import Row
from phoenix_dr.adapters._kube import Kind, Kube
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

T = TypeVar("T")
MOST_AWAY = 2
"""Lists that may fail for want of an answer; then the cluster is away, not one of its lists."""


def kind(group: str, name: str, plural: str, *, version: str = "v1", spaced: bool = True) -> Kind:
    """A resource; `spaced` says that its objects lie in namespaces."""
    return Kind(group, version, name, plural, spaced)


NAMESPACES = kind("", "Namespace", "namespaces", spaced=False)
NODES = kind("", "Node", "nodes", spaced=False)
CLAIMS = kind("", "PersistentVolumeClaim", "persistentvolumeclaims")
PERSISTENT = kind("", "PersistentVolume", "persistentvolumes", spaced=False)
PODS = kind("", "Pod", "pods")


@dataclass
class Lists:
    """The lists of one look at a cluster; fills up with what could not be seen."""

    kube: Kube
    spec: EngineSpec
    blind: list[BlindSpot] = field(default_factory=list)
    away: int = 0

    def listed(
        self, kind: Kind, made: Callable[[Row], T], namespace: str = ""
    ) -> tuple[T, ...] | None:
        """Everything of a kind; None, and a blind spot, when it cannot be read whole.

        Raises EngineDenied when the credential itself is refused, EngineUnreachable when the
        cluster does not answer again and again.
        """
        try:
            return tuple(made(each) for each in self.kube.each(kind, namespace=namespace))
        except EngineDenied as error:
            if error.code != "kube-right":
                raise
            self.dark(error, kind)
        except EngineUnreachable as error:
            self.away += 1
            if self.away >= MOST_AWAY or error.code != "network":
                raise
            self.dark(error, kind)
        except EngineError as error:
            self.dark(error, kind)
        return None

    def dark(self, error: EngineError, kind: Kind) -> None:
        """Note that a list could not be read; the others go on."""
        self.blind.append(BlindSpot(self.spec.id, error.code, kind.plural))
