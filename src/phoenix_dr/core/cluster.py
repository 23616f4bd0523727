"""What a Kubernetes cluster showed, as frozen values: claims, volumes, classes, who mounts what.

Facts and names are those of kubernetes.md and of the core API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from phoenix_dr.core.evidence import BlindSpot

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """A PersistentVolumeClaim. `phase` is Pending, Bound or Lost; `size` is bytes asked for.

    `volume` names its PersistentVolume, "" until it is bound.
    """

    namespace: str
    name: str
    phase: str = "Bound"
    volume: str = ""
    storage_class: str = ""
    size: int | None = None
    labels: Labels = field(default_factory=dict)

    @property
    def id(self) -> str:
        """`NAMESPACE/NAME`, as people write it."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class PersistentVolume:
    """A PersistentVolume. `driver` is the CSI driver, or `hostPath`, `local`, `nfs`.

    `handle` is what the driver calls it (the Longhorn volume), `path` where it lies on a node or
    a server, `claim` the `NAMESPACE/NAME` that has it.
    """

    name: str
    driver: str
    handle: str = ""
    path: str = ""
    claim: str = ""
    reclaim: str = "Delete"


@dataclass(frozen=True, slots=True)
class StorageClass:
    """A StorageClass: who makes its volumes, and with what wishes."""

    name: str
    provisioner: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Mount:
    """A workload that mounts a claim; `pods` counts those that run now."""

    claim: str
    kind: str
    workload: str
    pods: int = 0


@dataclass(frozen=True, slots=True)
class KubeNode:
    """A node. `etcd` says that it holds the cluster's own etcd; `version` is `v1.33.4+k3s1`."""

    name: str
    version: str = ""
    ready: bool | None = None
    etcd: bool = False


@dataclass(frozen=True, slots=True)
class EtcdSnapshot:
    """A copy of the cluster's own datastore, as K3s lists it.

    `location` begins `file://` (the node's own disk) or `s3://`. It holds objects, never the data
    of volumes.
    """

    name: str
    node: str
    location: str
    ready: bool
    created_at: datetime | None = None
    size: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class CsiSnapshot:
    """A VolumeSnapshot of a claim; on the same storage as the claim unless its class says more."""

    namespace: str
    name: str
    claim: str
    ready: bool | None = None
    created_at: datetime | None = None
    snapshot_class: str = ""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Everything the core API of one cluster showed.

    `etcd_snapshots` None: the list was not readable, or there is no such kind (SQLite).
    """

    version: str = ""
    namespaces: tuple[str, ...] = ()
    nodes: tuple[KubeNode, ...] = ()
    claims: tuple[Claim, ...] = ()
    volumes: tuple[PersistentVolume, ...] = ()
    classes: tuple[StorageClass, ...] = ()
    mounts: tuple[Mount, ...] = ()
    snapshots: tuple[CsiSnapshot, ...] = ()
    etcd_snapshots: tuple[EtcdSnapshot, ...] | None = None
    blind_spots: tuple[BlindSpot, ...] = ()

    def sees(self, plural: str) -> bool:
        """Whether the list of a kind, by its plural, was read."""
        return not any(spot.detail == plural for spot in self.blind_spots)

    def volume_of(self, claim: Claim) -> PersistentVolume | None:
        """The volume bound to a claim; None while there is none, or it was not seen."""
        return next((each for each in self.volumes if each.name == claim.volume), None)
