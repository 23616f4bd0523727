"""The shapes of phoenix.yaml; references.py holds what they cannot see."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from phoenix_dr.config.copies import Host, Location, Policy
from phoenix_dr.config.guest_scalars import Mark
from phoenix_dr.config.scalars import Day, Duration, Opened, Path, Text, Words
from phoenix_dr.core.model import AssetKind, Criticality

ASSET_KEYS = tuple(kind.value for kind in AssetKind if kind is not AssetKind.STATE)


class Objectives(BaseModel, extra="forbid"):
    """What may be lost at most, and how long being back may take."""

    rpo: Duration = timedelta(days=1)
    rto: Duration = timedelta(hours=2)


class Waiver(BaseModel, extra="forbid"):
    """A declared exception that ends by itself."""

    because: Text
    until: Day


class Regenerable(BaseModel, extra="forbid"):
    """Data that can be made again from a named source, until a date."""

    source: Text = Field(alias="from")
    until: Day


class Asset(BaseModel, extra="allow"):
    """One thing to restore: exactly one of the kinds, and how it is treated."""

    files: Path | None = None
    sqlite: Path | None = None
    none: Text | None = None
    postgres: Text | None = None
    guest: Text | None = None
    volumes: Text | None = None
    k3s: Path | None = None
    share: Text | None = None
    git: Text | None = None
    command: Words | None = None
    exclude: list[Text] = []
    policy: Text = "default"
    accepted_loss: Waiver | None = None
    regenerable: Regenerable | None = None
    decision: Text | None = None

    @property
    def kinds(self) -> list[str]:
        """The kinds named; `regenerable` alone is one too."""
        named = [key for key in ASSET_KEYS if key != "regenerable" and getattr(self, key)]
        return named or (["regenerable"] if self.regenerable else [])


class Check(BaseModel, extra="forbid"):
    """What to verify in a restored asset."""

    asset: Text
    sql: Text | None = None
    at_least: Annotated[int, Field(ge=0, strict=True)] = 0
    canary: Duration | None = None
    command: list[Text] | None = Field(default=None, min_length=1)
    console: Mark | None = None


class Service(BaseModel, extra="forbid"):
    """What people use."""

    criticality: Criticality = Criticality.IMPORTANT
    depends_on: list[Text] = []
    objectives: Objectives = Objectives()
    assets: dict[str, Asset] = {}
    checks: list[Check] = []


class KeyCopy(BaseModel, extra="forbid"):
    """A copy of a key: place and site in words, and a path when it can be reached."""

    place: Text
    site: Text
    path: Path | None = None
    inside: Text | None = Field(default=None, alias="in")


class Key(BaseModel, extra="forbid"):
    """A key by path, never content."""

    age: Path | None = None
    secrets: list[Text] = []
    opens: list[Opened] = []
    copies: list[KeyCopy] = []


class Ignore(BaseModel, extra="forbid"):
    """Something found and left out, until a date."""

    found: Text
    because: Text
    until: Day


class Root(BaseModel, extra="forbid"):
    """The whole file."""

    version: Literal[1]
    estate: Text = "home"
    language: Literal["fr", "en"] = "fr"
    timezone: Text = "UTC"
    here: Text | None = None
    documents: Text = "docs"
    approvers: Path | None = None
    hosts: dict[str, Host] = Field(min_length=1)
    locations: dict[str, Location] = Field(min_length=1)
    engines: dict[str, Any] = Field(min_length=1)
    policies: dict[str, Policy] = {}
    services: dict[str, Service] = Field(min_length=1)
    keys: dict[str, Key] = {}
    ignore: list[Ignore] = []
