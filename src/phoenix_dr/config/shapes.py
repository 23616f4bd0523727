"""The shapes of phoenix.yaml. Sentences about them are phrases; see references.py for the rest."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from phoenix_dr.config import units
from phoenix_dr.core.model import AssetKind, Criticality, Immutability, SecretRef

ASSET_KEYS = tuple(kind.value for kind in AssetKind if kind is not AssetKind.STATE)
LATER_ENGINES = ("proxmox", "pbs", "longhorn", "velero", "borg", "prometheus", "loki", "etcd")
SCHEMES = ("file", "env")


def _duration(given: object) -> timedelta:
    try:
        return units.duration(given if isinstance(given, str) else "")
    except ValueError:
        raise PydanticCustomError("bad-duration", "duration", {"given": str(given)}) from None


def _secret(given: object) -> SecretRef:
    scheme, colon, name = given.partition(":") if isinstance(given, str) else ("", "", "")
    if not colon or scheme not in SCHEMES or not name:
        # Never the value: it may be the secret itself.
        raise PydanticCustomError("bare-secret", "reference", {"schemes": "file:, env:"})
    return SecretRef(scheme, name)


def _text(given: object) -> str:
    if not isinstance(given, str) or not given.strip():
        raise PydanticCustomError("empty-text", "text", {})
    return given


Duration = Annotated[timedelta, BeforeValidator(_duration, json_schema_input_type=str)]
Secret = Annotated[SecretRef, BeforeValidator(_secret, json_schema_input_type=str)]
Text = Annotated[str, BeforeValidator(_text, json_schema_input_type=str)]
Count = Annotated[int, Field(ge=1, strict=True)]


class Shape(BaseModel):
    """Refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class Host(Shape):
    """A machine: the site it stands at, and its disks by name."""

    site: Text
    disks: list[Text] = []


class Location(Shape):
    """Where copies lie."""

    host: Text
    disk: Text | None = None
    medium: Text = "disk"
    mount: Text | None = None
    deletable_from: list[Text] | None = None
    immutable: Immutability = Immutability.NO
    simulated: bool = False
    price_per_gb_month: float | None = Field(default=None, ge=0)


class ResticEngine(Shape):
    """A restic repository."""

    kind: Literal["restic"]
    repository: Text
    location: Text
    password: Secret | None = None
    environment: dict[str, Secret] = {}
    program: Text | None = None
    apply: Literal["direct", "handoff"] = "direct"


class LaterEngine(BaseModel):
    """An engine of a kind that a later version speaks; its own settings are not checked."""

    model_config = ConfigDict(extra="allow", arbitrary_types_allowed=True)
    kind: Literal["proxmox", "pbs", "longhorn", "velero", "borg", "prometheus", "loki", "etcd"]
    storages: dict[str, Text] = {}
    targets: dict[str, Text] = {}
    location: Text | None = None
    password: Secret | None = None
    token: Secret | None = None
    apply: Literal["direct", "handoff"] = "direct"


class Keep(Shape):
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
        if not self.model_fields_set:
            raise PydanticCustomError("empty-keep", "keep", {})
        return self


class Snapshots(Shape):
    """Points on the same volume: never a copy."""

    schedule: Text
    keep: Keep


class Policy(Shape):
    """When, how long, why, where to."""

    schedule: Text
    keep: Keep
    because: Text
    to: list[Text]
    snapshots: Snapshots | None = None


class Objectives(Shape):
    """What may be lost at most, and how long being back may take."""

    rpo: Duration = timedelta(days=1)
    rto: Duration = timedelta(hours=2)


class Waiver(Shape):
    """A declared exception that ends by itself."""

    because: Text
    until: date


class Regenerable(Shape):
    """Data that can be made again from a named source, until a date."""

    source: Text = Field(alias="from")
    until: date


class Asset(BaseModel):
    """One thing to restore: exactly one of the kinds, and how it is treated."""

    model_config = ConfigDict(extra="allow")
    files: Text | None = None
    sqlite: Text | None = None
    none: Text | None = None
    postgres: Text | None = None
    guest: Text | None = None
    volumes: Text | None = None
    k3s: Text | None = None
    share: Text | None = None
    git: Text | None = None
    command: list[Text] | Text | None = None
    exclude: list[Text] = []
    policy: Text = "default"
    accepted_loss: Waiver | None = None
    regenerable: Regenerable | None = None
    socket: Text | None = None

    @property
    def kinds(self) -> list[str]:
        """The kinds named; `regenerable` alone is one too."""
        named = [key for key in ASSET_KEYS if key != "regenerable" and getattr(self, key)]
        return named or (["regenerable"] if self.regenerable else [])


class Check(Shape):
    """What to verify in a restored asset."""

    asset: Text
    sql: Text | None = None
    at_least: Annotated[int, Field(ge=0, strict=True)] = 0
    canary: Duration | None = None
    command: list[Text] | None = None


class Service(Shape):
    """What people use."""

    criticality: Criticality = Criticality.IMPORTANT
    depends_on: list[Text] = []
    objectives: Objectives = Objectives()
    assets: dict[str, Asset] = {}
    checks: list[Check] = []


class KeyCopy(Shape):
    """A copy of a key: place and site in words, and a path when it can be reached."""

    place: Text
    site: Text
    path: Text | None = None


class Key(Shape):
    """A key by path, never content."""

    age: Text | None = None
    secrets: list[Text] = []
    opens: list[Text] = []
    copies: list[KeyCopy] = []


class Ignore(Shape):
    """Something found and left out, until a date."""

    found: Text
    because: Text
    until: date


class Root(Shape):
    """The whole file."""

    version: Literal[1]
    estate: Text = "home"
    language: Literal["fr", "en"] = "fr"
    timezone: Text = "UTC"
    here: Text | None = None
    documents: Text = "docs"
    approvers: Text | None = None
    hosts: dict[str, Host] = Field(min_length=1)
    locations: dict[str, Location] = Field(min_length=1)
    engines: dict[str, Any] = Field(min_length=1)
    policies: dict[str, Policy] = {}
    services: dict[str, Service] = Field(min_length=1)
    keys: dict[str, Key] = {}
    ignore: list[Ignore] = []


def json_schema() -> dict[str, Any]:
    """JSON schema of the file, for editors."""
    form = Root.model_json_schema()
    engines: dict[str, type[BaseModel]] = {"restic": ResticEngine, "later": LaterEngine}
    kinds = []
    for name, model in engines.items():
        part = model.model_json_schema(ref_template="#/$defs/{model}")
        form["$defs"] |= part.pop("$defs", {})
        form["$defs"][f"{name}-engine"] = part
        kinds.append({"$ref": f"#/$defs/{name}-engine"})
    form["properties"]["engines"]["additionalProperties"] = {"anyOf": kinds}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **form}
