"""The shapes of where copies lie and when they are made: hosts, locations, engines, policies."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from phoenix_dr.config.scalars import Count, Duration, Path, Repository, Secret, Text
from phoenix_dr.core.model import Immutability

LATER_ENGINES = ("proxmox", "pbs", "longhorn", "velero", "borg", "prometheus", "loki", "etcd")


class Host(BaseModel, extra="forbid"):
    """A machine: the site it stands at, and its disks by name."""

    site: Text
    disks: list[Text] = []


class Location(BaseModel, extra="forbid"):
    """Where copies lie. Off-site is computed from the host's site, never declared."""

    host: Text
    disk: Text | None = None
    medium: Text = "disk"
    mount: Path | None = None
    deletable_from: list[Text] | None = None
    immutable: Immutability = Immutability.NO
    simulated: bool = False
    price_per_gb_month: float | None = Field(default=None, ge=0, allow_inf_nan=False)


class ResticEngine(BaseModel, extra="forbid", arbitrary_types_allowed=True):
    """A restic repository."""

    kind: Literal["restic"]
    repository: Repository
    location: Text
    password: Secret | None = None
    environment: dict[str, Secret] = {}
    program: Text | None = None
    apply: Literal["direct", "handoff"] = "direct"


class LaterEngine(BaseModel, extra="allow", arbitrary_types_allowed=True):
    """An engine of a kind that a later version speaks; its own settings are not checked."""

    kind: Literal["proxmox", "pbs", "longhorn", "velero", "borg", "prometheus", "loki", "etcd"]
    storages: dict[str, Text] = {}
    targets: dict[str, Text] = {}
    location: Text | None = None
    password: Secret | None = None
    token: Secret | None = None
    environment: dict[str, Secret] = {}
    apply: Literal["direct", "handoff"] = "direct"

    @property
    def places(self) -> dict[str, str]:
        """The engine's places (storages, targets) and the locations they are."""
        return {**self.storages, **self.targets}


class Keep(BaseModel, extra="forbid"):
    """How many points to keep, or for how long."""

    last: Count | None = None
    hourly: Count | None = None
    daily: Count | None = None
    weekly: Count | None = None
    monthly: Count | None = None
    yearly: Count | None = None
    within: Duration | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> Keep:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise PydanticCustomError("empty-keep", "keep", {})
        return self


class Snapshots(BaseModel, extra="forbid"):
    """Points on the same volume: never a copy."""

    schedule: Text
    keep: Keep


class Policy(BaseModel, extra="forbid"):
    """When, how long, why, where to."""

    schedule: Text
    keep: Keep
    because: Text
    to: list[Text] = Field(min_length=1)
    snapshots: Snapshots | None = None
