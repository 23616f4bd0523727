"""The shapes of engines: one per kind that is spoken, and one for kinds of later versions."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, BeforeValidator, model_validator
from pydantic_core import PydanticCustomError

from phoenix_dr.config.cluster_engines import (
    Clusters,
    KubernetesEngine,
    LonghornEngine,
    VeleroEngine,
)
from phoenix_dr.config.guest_engines import (
    Apply,
    Guests,
    PbsEngine,
    ProxmoxEngine,
    Servers,
    VzdumpEngine,
)
from phoenix_dr.config.scalars import (
    DayOrMore,
    Duration,
    Path,
    Repository,
    Secret,
    Selector,
    Size,
    Text,
    Url,
)

__all__ = [
    "KINDS", "LATER", "SPOKEN", "BorgEngine", "Clusters", "Engine", "Guests", "KubernetesEngine",
    "LaterEngine",
    "LogKeep", "LogStream", "LokiEngine", "LonghornEngine", "MetricsKeep", "PbsEngine",
    "PrometheusEngine", "ProxmoxEngine", "Repositories", "ResticEngine", "Servers", "Stores",
    "VeleroEngine", "VzdumpEngine",
]  # fmt: skip

Later = Literal["etcd"]


def _written(given: object) -> object:
    if given is None:
        # `keep:` and nothing behind it is half a rule, not the usual one.
        raise PydanticCustomError("dict_type", "keep", {})
    return given


Written = BeforeValidator(_written)


class ResticEngine(BaseModel, extra="forbid", arbitrary_types_allowed=True):
    """A restic repository."""

    kind: Literal["restic"]
    repository: Repository
    location: Text
    password: Secret | None = None
    environment: dict[str, Secret] = {}
    program: Text | None = None
    apply: Apply = "direct"


class BorgEngine(BaseModel, extra="forbid", arbitrary_types_allowed=True):
    """A borg repository that something else fills; archives are known by how their names begin."""

    kind: Literal["borg"]
    repository: Repository
    location: Text
    password: Secret | None = None
    environment: dict[str, Secret] = {}
    archives: dict[str, Text] = {}
    program: Text | None = None
    apply: Apply = "direct"


class MetricsKeep(BaseModel, extra="forbid"):
    """How long, or how many bytes, a metric store keeps; what is reached first counts."""

    within: Duration | None = None
    size: Size | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> MetricsKeep:
        named = [getattr(self, name) for name in self.model_fields_set]
        if not named or None in named:
            raise PydanticCustomError("empty-store-keep", "keep", {})
        return self


class PrometheusEngine(BaseModel, extra="forbid", arbitrary_types_allowed=True):
    """A Prometheus: where it answers, and the files its retention is set in."""

    kind: Literal["prometheus"]
    url: Url | None = None
    config: Path | None = None
    arguments: Path | None = None
    token: Secret | None = None
    location: Text | None = None
    keep: Annotated[MetricsKeep | None, Written] = None
    because: Text | None = None
    apply: Apply = "direct"


class LogKeep(BaseModel, extra="forbid"):
    """How long a log store keeps what no stream rule names; Loki knows nothing below a day."""

    within: DayOrMore


class LogStream(BaseModel, extra="forbid"):
    """How long a log store keeps the streams a selector chooses."""

    selector: Selector
    within: DayOrMore
    because: Text | None = None


class LokiEngine(BaseModel, extra="forbid", arbitrary_types_allowed=True):
    """A Loki: where it answers, and the file its retention is set in."""

    kind: Literal["loki"]
    url: Url | None = None
    config: Path | None = None
    token: Secret | None = None
    location: Text | None = None
    keep: Annotated[LogKeep | None, Written] = None
    because: Text | None = None
    streams: list[LogStream] = []
    apply: Apply = "direct"


class LaterEngine(BaseModel, extra="allow", arbitrary_types_allowed=True):
    """An engine of a kind that a later version speaks; its own settings are not checked."""

    kind: Later
    storages: dict[str, Text] = {}
    targets: dict[str, Text] = {}
    location: Text | None = None
    password: Secret | None = None
    token: Secret | None = None
    environment: dict[str, Secret] = {}
    apply: Apply = "direct"

    @property
    def places(self) -> dict[str, str]:
        """The engine's places (storages, targets) and the locations they are."""
        return {**self.storages, **self.targets}


Repositories = ResticEngine | BorgEngine
Stores = PrometheusEngine | LokiEngine
Spoken = Repositories | Stores | Guests | Clusters | KubernetesEngine
Engine = Spoken | LaterEngine
SPOKEN: dict[str, type[Spoken]] = {
    "restic": ResticEngine,
    "borg": BorgEngine,
    "prometheus": PrometheusEngine,
    "loki": LokiEngine,
    "vzdump": VzdumpEngine,
    "proxmox": ProxmoxEngine,
    "pbs": PbsEngine,
    "longhorn": LonghornEngine,
    "velero": VeleroEngine,
    "kubernetes": KubernetesEngine,
}
"""Kinds this version speaks, and the shape of each."""
LATER: tuple[str, ...] = get_args(Later)
"""Kinds a later version speaks."""
KINDS = (*SPOKEN, *LATER)
