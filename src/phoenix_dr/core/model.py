"""What phoenix.yaml describes: the nouns of the estate, as frozen values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from phoenix_dr.core.claim_settings import ClaimPlace
from phoenix_dr.core.guest_settings import GuestPlace, JobOptions

DAY = timedelta(days=1)
STATE_ASSET = "phoenix/state"
"""Id of the implicit asset: ledger, documents and configuration of Phoenix itself."""


class Criticality(StrEnum):
    """How much people miss a service while it is down."""

    CRITICAL = "critical"
    IMPORTANT = "important"
    NICE = "nice-to-have"

    @property
    def rank(self) -> int:
        """0 for the most critical; sorts what to restore and report first."""
        return tuple(Criticality).index(self)


class AssetKind(StrEnum):
    """The discriminating key of an asset in phoenix.yaml."""

    FILES = "files"
    SQLITE = "sqlite"
    NONE = "none"
    STATE = "state"
    POSTGRES = "postgres"
    GUEST = "guest"
    VOLUMES = "volumes"
    K3S = "k3s"
    SHARE = "share"
    GIT = "git"
    COMMAND = "command"
    REGENERABLE = "regenerable"


class Immutability(StrEnum):
    """Whether copies at a location can be deleted; a claim counts only once proved."""

    NO = "no"
    CLAIMED = "claimed"


class CheckKind(StrEnum):
    """What a check reads in the restored copy."""

    SQL = "sql"
    CANARY = "canary"
    COMMAND = "command"
    CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class Host:
    """A machine: a failure domain of its own, standing at a site, with named disks."""

    name: str
    site: str
    disks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Location:
    """Where copies lie. Off-site is computed from the host's site, never declared.

    `mount` must be a mount point before anything is written below it. `deletable_from` names
    hosts whose credentials can delete here (None: not said). A `simulated` one only pretends to be
    elsewhere. `price`: what 10^9 bytes cost there in a month, None when nobody said.
    """

    name: str
    host: str
    disk: str | None = None
    medium: str = "disk"
    mount: str | None = None
    deletable_from: tuple[str, ...] | None = None
    immutable: Immutability = Immutability.NO
    simulated: bool = False
    price: float | None = None


@dataclass(frozen=True, slots=True)
class SecretRef:
    """A reference to a secret, never the secret: scheme (`file`, `env`) and what it names."""

    scheme: str
    name: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.name}"


SAMPLE_KINDS = ("prometheus", "loki")
"""Kinds of engines that hold samples under an age or size limit of their own, not points."""


@dataclass(frozen=True, slots=True)
class SpanRule:
    """How long (`within`) or how many bytes (`size`) a metric or log store keeps of one stream.

    `stream` "" is everything not named by another rule, else a selector as the store writes it.
    Neither limit means for ever.
    """

    stream: str = ""
    within: timedelta | None = None
    size: int | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """A configured tool. `kind` names its line in ENGINES; `locations` maps its places to ours.

    For restic and borg `repository` is its address and `locations` has the one key "";
    `archives` maps the beginnings of borg archive names to asset ids. `spans` are the rules
    wanted of a metric or log store; `settings` are plain values of one kind only (url, file).
    `jobs` are wishes for the jobs of a Proxmox by policy, `drills` where its drills may happen,
    `claims` where those of a cluster may.
    """

    id: str
    kind: str
    repository: str = ""
    locations: Mapping[str, str] = field(default_factory=dict)
    password: SecretRef | None = None
    environment: Mapping[str, SecretRef] = field(default_factory=dict)
    apply: str = "direct"
    program: str | None = None
    archives: Mapping[str, str] = field(default_factory=dict)
    spans: tuple[SpanRule, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    jobs: Mapping[str, JobOptions] = field(default_factory=dict)
    drills: GuestPlace | None = None
    claims: ClaimPlace | None = None

    @property
    def location(self) -> str:
        """The only location of an engine that has one (restic)."""
        return self.locations.get("", "")


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How many points to keep (counts), or for how long (`within`). Empty keeps everything."""

    last: int | None = None
    hourly: int | None = None
    daily: int | None = None
    weekly: int | None = None
    monthly: int | None = None
    yearly: int | None = None
    within: timedelta | None = None

    @property
    def is_empty(self) -> bool:
        """True when no rule is set; then nothing may ever be removed."""
        return self == RetentionRule()


@dataclass(frozen=True, slots=True)
class SnapshotWish:
    """Snapshots on the same volume beside the copies: when, and how long they are kept."""

    schedule: str
    keep: RetentionRule


@dataclass(frozen=True, slots=True)
class Policy:
    """Schedule (cron, estate time zone), retention, the business reason, and destinations.

    `snapshots` are those an engine makes on the volume itself: never a copy.
    """

    name: str
    schedule: str
    keep: RetentionRule
    because: str
    to: tuple[str, ...]
    snapshots: SnapshotWish | None = None


@dataclass(frozen=True, slots=True)
class Objectives:
    """The contract of a service: lose less than `rpo` of data, be back in less than `rto`."""

    rpo: timedelta = DAY
    rto: timedelta = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Waiver:
    """A declared exception with its reason; after `until` it is a finding."""

    because: str
    until: date


@dataclass(frozen=True, slots=True)
class Asset:
    """One thing to restore. `id` is `service/name`; `source` is a path, guest or reason by kind.

    `policy` is one of `Estate.policies`, None: nothing is saved. `decision`: why it is a command.
    """

    id: str
    kind: AssetKind
    source: str
    exclude: tuple[str, ...] = ()
    policy: str | None = "default"
    accepted_loss: Waiver | None = None
    regenerable: Waiver | None = None
    canary: bool = False
    decision: str = ""

    @property
    def service(self) -> str:
        """Name of the service that owns this asset."""
        return self.id.split("/", 1)[0]

    @property
    def name(self) -> str:
        """Name inside the service."""
        return self.id.split("/", 1)[1]

    @property
    def has_data(self) -> bool:
        """False for an asset that declares, with a reason, that nothing persists."""
        return self.kind is not AssetKind.NONE


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to verify in a restored asset.

    sql: `statement` returns one number, which must be ≥ `at_least`.
    canary: the newest canary in the copy must be younger than `within` at `taken_at`.
    command: `argv` runs in the restored directory; exit 0 is success.
    console: a restored virtual machine must say `text` on its serial line.
    """

    asset: str
    kind: CheckKind
    statement: str = ""
    at_least: int = 0
    within: timedelta | None = None
    argv: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """What people use: its assets, what must be up before it, and its objectives."""

    name: str
    criticality: Criticality = Criticality.IMPORTANT
    depends_on: tuple[str, ...] = ()
    objectives: Objectives = Objectives()
    assets: tuple[Asset, ...] = ()
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyCopy:
    """A copy of a key: the place in words, its site, and a path when Phoenix can reach it.

    `inside` names the asset, service, host or engine of this estate the copy lies in, if any.
    """

    place: str
    site: str
    path: str | None = None
    inside: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key by path and fingerprint, never content.

    `age` is an identity file; `secrets` are `engine.password`-like names it stands for;
    `opens` names what it decrypts (an engine id, `git:…`, or a path to an age file).
    """

    name: str
    age: str | None = None
    secrets: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()
    copies: tuple[KeyCopy, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignore:
    """Something discovery found, a person looked at, and left out until a date."""

    found: str
    because: str
    until: date


@dataclass(frozen=True, slots=True)
class Estate:
    """Everything phoenix.yaml describes. Mappings are read-only and keep the file's order."""

    name: str
    here: str
    language: str = "fr"
    timezone: str = "UTC"
    documents: str = "docs"
    approvers: str | None = None
    hosts: Mapping[str, Host] = field(default_factory=dict)
    locations: Mapping[str, Location] = field(default_factory=dict)
    engines: Mapping[str, EngineSpec] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    keys: Mapping[str, Key] = field(default_factory=dict)
    ignore: tuple[Ignore, ...] = ()

    def assets(self) -> Iterator[Asset]:
        """Every declared asset, service by service (the implicit phoenix/state is not one)."""
        for service in self.services.values():
            yield from service.assets

    def asset(self, asset_id: str) -> Asset:
        """The declared asset of this id; KeyError when there is none."""
        for asset in self.services[asset_id.split("/", 1)[0]].assets:
            if asset.id == asset_id:
                return asset
        raise KeyError(asset_id)

    def site_of(self, location: str) -> str | None:
        """Site of a location, or None when its host is not described."""
        host = self.hosts.get(self.locations[location].host)
        return host.site if host else None

    def destinations(self, asset: Asset) -> tuple[str, ...]:
        """Engine ids (`engine` or `engine/place`) the asset's policy sends it to."""
        policy = self.policies.get(asset.policy or "")
        return policy.to if policy else ()
