"""The shapes of where copies lie and when they are made: hosts, locations, policies."""

from __future__ import annotations

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from phoenix_dr.config.scalars import Count, Duration, Path, Text
from phoenix_dr.core.model import Immutability


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
        # A key without its number: what was meant to be kept would go.
        named = [getattr(self, name) for name in self.model_fields_set]
        if not named or None in named:
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
