"""What a Proxmox VE showed, as frozen values: nodes, guests, storages, archives, jobs, runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from phoenix_dr.core.capabilities import Node
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.vzdump_job import VzdumpJob


@dataclass(frozen=True, slots=True)
class Volume:
    """A disk or mount point of a guest as one job sees it: `key` is `rootfs`, `mp0`, `scsi1`.

    `reason` says why it is left out: `bind` (a folder of the host) and `device`, which are never
    saved, `disabled`, `efidisk` (not in use), `passthrough` (PCI or USB); "" when it is included.
    """

    key: str
    name: str
    included: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Guest:
    """A container (`lxc`) or virtual machine (`qemu`).

    `name` is "" and `running` None where its node is away. `volumes` are its disks and mount
    points as a backup of all of it would take them, None when its configuration was not read.
    `lock` is what holds it (`backup` while one runs, or after one that died).
    """

    vmid: int
    kind: str
    node: str
    name: str = ""
    running: bool | None = None
    template: bool = False
    pool: str | None = None
    tags: tuple[str, ...] = ()
    volumes: tuple[Volume, ...] | None = None
    lock: str = ""


@dataclass(frozen=True, slots=True)
class Storage:
    """A storage that may hold archives. `kind` is PVE's plugin (`nfs`, `dir`, `pbs`).

    `active` and `inactive` are nodes that reach it and that do not. Bytes are None when no node
    reaches it, or when each node has its own; `location` is ours, "" where nobody described it.
    `keep` is its own rule for jobs that have none: None when it has none, `keep_known` False when
    its configuration was not read. One that is `disabled` was switched off on every node; one with
    neither active nor inactive nodes belongs to nodes that are offline.
    """

    id: str
    kind: str
    shared: bool
    active: tuple[str, ...] = ()
    inactive: tuple[str, ...] = ()
    total: int | None = None
    available: int | None = None
    location: str = ""
    keep: RetentionRule | None = None
    keep_known: bool = False
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Archive:
    """One backup in a storage. `vmid` is None for a renamed file.

    `id` is PVE's volume id, behind `NODE/` where the storage is not shared. `size` None: hidden
    from us, or not known. `verified` is what a backup server found, None when it never looked.
    """

    id: str
    storage: str
    node: str
    vmid: int | None
    taken_at: datetime
    size: int | None = None
    notes: str = ""
    protected: bool = False
    verified: bool | None = None


@dataclass(frozen=True, slots=True)
class GuestRun:
    """How one vzdump task ended for one guest; `ok` None while it runs.

    `vmid` 0 stands for all guests of a task that died before it named one.
    `detail` is PVE's own word for a failure; `left_out` are mount points the log names as not in
    the archive.
    """

    vmid: int
    node: str
    task: str
    started_at: datetime
    ended_at: datetime | None
    ok: bool | None
    detail: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Covered:
    """A guest in a job with its volumes; `kind` is `unknown` for one that is gone."""

    job: str
    vmid: int
    kind: str
    volumes: tuple[Volume, ...] = ()


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything one Proxmox showed at `observed_at`; `blind_spots` is what it did not.

    `jobs` None: they could not be read. `assets` maps numbers of guests to asset ids; an archive
    of any other guest is foreign: it stands here, and is no point of an asset.
    """

    engine: str
    observed_at: datetime
    version: str = ""
    nodes: tuple[Node, ...] = ()
    guests: tuple[Guest, ...] = ()
    storages: tuple[Storage, ...] = ()
    archives: tuple[Archive, ...] = ()
    jobs: tuple[VzdumpJob, ...] | None = None
    covered: tuple[Covered, ...] = ()
    runs: tuple[GuestRun, ...] = ()
    blind_spots: tuple[BlindSpot, ...] = ()
    assets: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def foreign(self) -> tuple[Archive, ...]:
        """Archives of guests that no asset names."""
        return tuple(each for each in self.archives if each.vmid not in self.assets)
