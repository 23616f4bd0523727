"""What a Proxmox Backup Server showed, as frozen values: datastores, groups, snapshots, jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.model import RetentionRule


@dataclass(frozen=True, slots=True)
class Run:
    """How a job last ended: `ok` None while it runs or nobody tells; `said` is PBS's own word.

    A job that never ran has no Run.
    """

    ended_at: datetime | None
    ok: bool | None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Datastore:
    """A place of a PBS that holds chunks and snapshots.

    Bytes are None where PBS does not tell them. `full_at` is its own estimate, None while it has
    none; one in the past means that it does not grow. `error` is why it cannot be opened.
    """

    name: str
    total: int | None = None
    used: int | None = None
    available: int | None = None
    full_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Namespace:
    """A folder of groups in a datastore; `name` "" is its root. `location` is ours, "" when none.

    `seen` False: what lies in it was not, or not wholly, shown.
    """

    datastore: str
    name: str = ""
    location: str = ""
    seen: bool = True

    @property
    def place(self) -> str:
        """`DATASTORE` or `DATASTORE/NAMESPACE`, as phoenix.yaml has it."""
        return place(self.datastore, self.name)


@dataclass(frozen=True, slots=True)
class Group:
    """All snapshots of one guest (`kind` vm or ct) or host. `newest` counts unfinished ones too."""

    datastore: str
    namespace: str
    kind: str
    name: str
    owner: str = ""
    newest: datetime | None = None
    count: int = 0

    @property
    def id(self) -> str:
        """`ct/210`, as PBS writes it."""
        return f"{self.kind}/{self.name}"

    @property
    def place(self) -> str:
        """Where it lies, as phoenix.yaml has it."""
        return place(self.datastore, self.namespace)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One backup. `size` is the data's bytes before chunks are shared, None while unfinished.

    `finished` False: it has no index yet, so nothing can be restored from it. `verified` is what
    a verification found, None when there was none; `verified_at` when that began. `key` is the
    fingerprint of the client's encryption key, "" for a snapshot in the clear.
    """

    datastore: str
    namespace: str
    kind: str
    name: str
    taken_at: datetime
    size: int | None = None
    finished: bool = True
    verified: bool | None = None
    verified_at: datetime | None = None
    protected: bool = False
    owner: str = ""
    key: str = ""

    @property
    def group(self) -> str:
        """`ct/210`, as PBS writes it."""
        return f"{self.kind}/{self.name}"

    @property
    def place(self) -> str:
        """Where it lies, as phoenix.yaml has it."""
        return place(self.datastore, self.namespace)

    @property
    def id(self) -> str:
        """`DATASTORE[/NS]:ct/210/2026-11-20T02:00:05Z`: the same at every look."""
        return f"{self.place}:{self.group}/{self.taken_at:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, slots=True)
class VerifyJob:
    """A job that re-reads snapshots. `depth` is how many levels below `namespace`, None: all.

    `again_after` is days after which a verified snapshot is read again, None: never.
    """

    id: str
    datastore: str
    namespace: str = ""
    depth: int | None = None
    schedule: str = ""
    again_after: int | None = None
    last: Run | None = None

    def covers(self, namespace: str) -> bool:
        """Whether it looks into a namespace of its datastore."""
        return within(namespace, self.namespace, self.depth)


@dataclass(frozen=True, slots=True)
class PruneJob:
    """A job that removes snapshots by a rule; an empty rule removes nothing."""

    id: str
    datastore: str
    namespace: str = ""
    depth: int | None = None
    schedule: str = ""
    enabled: bool = True
    keep: RetentionRule = field(default_factory=RetentionRule)
    last: Run | None = None

    def covers(self, namespace: str) -> bool:
        """Whether it really prunes a namespace of its datastore."""
        works = self.enabled and not self.keep.is_empty
        return works and within(namespace, self.namespace, self.depth)


@dataclass(frozen=True, slots=True)
class GcState:
    """How a datastore's space is freed. `last` None: it never was.

    `pending` are bytes let go and not yet free; `bad` chunks known to be damaged.
    """

    datastore: str
    schedule: str = ""
    last: Run | None = None
    pending: int | None = None
    bad: int = 0


@dataclass(frozen=True, slots=True)
class PbsInventory:
    """Everything one PBS showed at `observed_at`; `blind_spots` is what it did not.

    Snapshots are those of described places, all of them or, in large ones, only of guests that
    assets name; `groups` are all. Jobs of a datastore are known where `jobs_of` names it;
    `unseen` is what of them could not be asked, which says nothing about snapshots.
    `undescribed` are places with groups of our guests' numbers that nobody described; another
    cluster's guests may have the same. `assets` maps numbers of guests to asset ids.
    """

    engine: str
    observed_at: datetime
    version: str = ""
    datastores: tuple[Datastore, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    groups: tuple[Group, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    verify_jobs: tuple[VerifyJob, ...] = ()
    prune_jobs: tuple[PruneJob, ...] = ()
    gcs: tuple[GcState, ...] = ()
    jobs_of: frozenset[str] = frozenset()
    blind_spots: tuple[BlindSpot, ...] = ()
    unseen: tuple[BlindSpot, ...] = ()
    undescribed: tuple[str, ...] = ()
    assets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def foreign(self) -> int:
        """How many snapshots belong to guests and hosts that no asset names."""
        return sum(each.count for each in self.groups if self.asset(each) is None)

    def asset(self, each: Group | Snapshot) -> str | None:
        """The asset a group or snapshot belongs to."""
        return self.assets.get(each.name) if each.kind in GUESTS else None


GUESTS = frozenset({"vm", "ct"})
"""Kinds of groups a Proxmox VE makes; `host` is what somebody saved with the client."""


def place(datastore: str, namespace: str) -> str:
    """`DATASTORE` for the root namespace, `DATASTORE/NAMESPACE` for another."""
    return f"{datastore}/{namespace}" if namespace else datastore


def within(namespace: str, top: str, depth: int | None) -> bool:
    """Whether a namespace is `top` or lies at most `depth` levels below it."""
    if top and namespace != top and not namespace.startswith(f"{top}/"):
        return False
    levels = namespace.removeprefix(top).strip("/")
    below = len(levels.split("/")) if levels else 0
    return depth is None or below <= depth
