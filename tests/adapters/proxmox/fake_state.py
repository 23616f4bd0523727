"""What the fake Proxmox VE holds: nodes, guests, storages, archives, jobs, tasks, tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

AUDITOR = frozenset({"Sys.Audit", "VM.Audit", "Datastore.Audit", "Pool.Audit"})
ROLES: dict[str, frozenset[str]] = {
    "NoAccess": frozenset(),
    "PVEAuditor": AUDITOR,
    "Rows": frozenset({"VM.Backup", "Datastore.AllocateSpace"}),
    "AuditorAndRows": AUDITOR | {"VM.Backup", "Datastore.AllocateSpace"},
    "PVEDatastoreAdmin": frozenset(
        {"Datastore.Allocate", "Datastore.AllocateSpace", "Datastore.Audit"}
    ),
    "VMOnly": frozenset({"VM.Audit"}),
    "Administrator": AUDITOR
    | {"Sys.Modify", "VM.Backup", "Datastore.Allocate", "Datastore.AllocateSpace", "VM.Allocate"},
}
"""Roles by what they grant (section 11), as far as the fake asks."""


@dataclass
class Token:
    """`acl` is path → role of the token, `user` the same of its user (section 11: privsep)."""

    secret: str
    acl: dict[str, str]
    user: dict[str, str] = field(default_factory=lambda: {"/": "Administrator"})
    expired: bool = False

    def privileges(self, path: str) -> frozenset[str]:
        """Intersection of what user and token may do on a path."""
        return granted(self.acl, path) & granted(self.user, path)


def granted(acl: dict[str, str], path: str) -> frozenset[str]:
    """The role nearest above a path; a nearer one replaces what comes from above."""
    at = path
    while True:
        if at in acl:
            return ROLES[acl[at]]
        if at == "/":
            return frozenset()
        at = at.rpartition("/")[0] or "/"


@dataclass
class Guest:
    """An LXC or a VM with its flat configuration (section 4)."""

    vmid: int
    type: str
    node: str
    name: str
    config: dict[str, Any] = field(default_factory=dict)
    status: str = "running"
    pool: str | None = None
    template: int = 0


@dataclass
class Storage:
    """A storage; `active` names the nodes that reach it, None is all (section 5)."""

    id: str
    type: str = "nfs"
    shared: int = 1
    content: str = "backup"
    nodes: tuple[str, ...] | None = None
    active: tuple[str, ...] | None = None
    prune: str | None = None
    total: int = 4_000_000_000_000
    used: int = 1_000_000_000_000
    disabled: bool = False


@dataclass
class Archive:
    """One backup; `node` only where the storage is not shared; `more` goes into its row."""

    storage: str
    volid: str
    vmid: int | None
    ctime: int
    size: int = 3_486_489_024
    subtype: str = "lxc"
    format: str = "tar.zst"
    node: str | None = None
    notes: str | None = None
    protected: bool = False
    more: dict[str, Any] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """As `content` lists it: `protected` and `notes` only where there is something."""
        row: dict[str, Any] = {
            "volid": self.volid,
            "content": "backup",
            "format": self.format,
            "subtype": self.subtype,
            "ctime": self.ctime,
            "size": self.size,
        }
        if self.vmid is not None:
            row["vmid"] = self.vmid
        if self.notes is not None:
            row["notes"] = self.notes.split("\n")[0]
        if self.protected:
            row["protected"] = 1
        return row | self.more


@dataclass
class Task:
    """A task with its log; `exitstatus` None while it runs."""

    upid: str
    node: str
    type: str
    id: str
    user: str
    starttime: int
    endtime: int | None
    exitstatus: str | None
    log: list[str] = field(default_factory=list)


@dataclass
class Fault:
    """What a path does instead: a status (any, 59x too) with a reason, late, or a cut line."""

    status: int | None = None
    reason: str = ""
    body: bytes = b""
    delay: float = 0.0
    drop: bool = False


@dataclass
class State:
    """The cluster."""

    nodes: dict[str, bool] = field(default_factory=dict)
    guests: list[Guest] = field(default_factory=list)
    storages: list[Storage] = field(default_factory=list)
    archives: list[Archive] = field(default_factory=list)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    tokens: dict[str, Token] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    version: str = "9.1.3"
    clustered: bool = True
    auth_delay: float = 0.0

    def guest(self, vmid: int) -> Guest | None:
        """The guest of a number."""
        return next((each for each in self.guests if each.vmid == vmid), None)

    def storage(self, id_: str) -> Storage | None:
        """The storage of a name."""
        return next((each for each in self.storages if each.id == id_), None)

    def on(self, storage: Storage, node: str) -> bool:
        """Whether a storage belongs to a node."""
        return storage.nodes is None or node in storage.nodes

    def active(self, storage: Storage, node: str) -> bool:
        """Whether a node reaches it."""
        return not storage.disabled and (storage.active is None or node in storage.active)

    def held(self, storage: Storage, node: str) -> list[Archive]:
        """Archives a node sees on a storage: all of a shared one, its own of a local one."""
        return [
            each
            for each in self.archives
            if each.storage == storage.id and (storage.shared or each.node == node)
        ]
