"""The shapes of engines that live in a Kubernetes cluster, and names as Kubernetes takes them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from phoenix_dr.config.guest_engines import Apply
from phoenix_dr.config.scalars import Duration, Text, as_path, as_text
from phoenix_dr.core.claim_settings import IMAGE, ClaimPlace

IN_CLUSTER = "in-cluster"
"""Written instead of a path where Phoenix runs in a pod of that cluster."""
_NAME = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"


def _kubeconfig(given: object) -> str:
    return IN_CLUSTER if given == IN_CLUSTER else as_path(given)


def _name(given: object) -> str:
    text = as_text(given)
    if not re.fullmatch(_NAME, text, re.ASCII):
        raise PydanticCustomError("bad-kube-name", "name", {"given": text})
    return text


Kubeconfig = Annotated[
    str,
    BeforeValidator(_kubeconfig),
    WithJsonSchema({"type": "string", "pattern": rf"^(/|~/|~$|{IN_CLUSTER}$)"}),
]
KubeName = Annotated[
    str, BeforeValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME}$"})
]
"""The name of a namespace."""


class ClaimDrills(BaseModel, extra="forbid", arbitrary_types_allowed=True):
    """Where in a cluster a drill may put what it restores, and what reads it there."""

    namespace: KubeName = "phoenix-drill"
    image: Text = IMAGE
    within: Duration = timedelta(hours=4)

    @property
    def place(self) -> ClaimPlace:
        """The core's value."""
        return ClaimPlace(namespace=self.namespace, image=self.image, within=self.within)


class LonghornDrills(ClaimDrills, extra="forbid", arbitrary_types_allowed=True):
    """Of Longhorn, which can restore in two ways."""

    way: Literal["class", "volume"] = "class"

    @property
    def place(self) -> ClaimPlace:
        """The core's value."""
        return ClaimPlace(self.namespace, self.way, self.image, self.within)


class LonghornEngine(BaseModel, extra="forbid", arbitrary_types_allowed=True):
    """Longhorn in a cluster: the way in, and which of its backup targets are ours."""

    kind: Literal["longhorn"]
    kubeconfig: Kubeconfig
    context: Text | None = None
    namespace: KubeName = "longhorn-system"
    targets: dict[str, Text] = Field(min_length=1)
    drills: LonghornDrills | None = None
    apply: Apply = "direct"

    @property
    def places(self) -> dict[str, str]:
        """Its backup targets and the locations they are."""
        return self.targets

    @property
    def location(self) -> None:
        """It has one for each target."""
        return


class VeleroEngine(BaseModel, extra="forbid", arbitrary_types_allowed=True):
    """Velero in a cluster: the way in, and which of its storage locations are ours."""

    kind: Literal["velero"]
    kubeconfig: Kubeconfig
    context: Text | None = None
    namespace: KubeName = "velero"
    locations: dict[str, Text] = Field(min_length=1)
    volumes: Literal["snapshots", "files", "both"] | None = None
    drills: ClaimDrills | None = None
    apply: Apply = "direct"

    @property
    def places(self) -> dict[str, str]:
        """Its storage locations and the locations they are."""
        return self.locations

    @property
    def location(self) -> None:
        """It has one for each storage location."""
        return


class KubernetesEngine(BaseModel, extra="forbid", arbitrary_types_allowed=True):
    """A cluster that is only looked at: what it holds, and what nobody copies."""

    kind: Literal["kubernetes"]
    kubeconfig: Kubeconfig
    context: Text | None = None
    apply: Apply = "direct"

    @property
    def location(self) -> None:
        """It holds no copies."""
        return


Clusters = LonghornEngine | VeleroEngine
"""Engines that hold copies of claims."""
