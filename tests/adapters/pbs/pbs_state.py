"""What the fake Proxmox Backup Server holds: datastores, namespaces, snapshots, jobs, tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

ROLES: dict[str, frozenset[str]] = {
    "NoAccess": frozenset(),
    "Admin": frozenset({"Datastore.Audit", "Datastore.Backup", "Datastore.Modify", "Sys.Audit"}),
    "Audit": frozenset({"Datastore.Audit", "Sys.Audit"}),
    "DatastoreAudit": frozenset({"Datastore.Audit"}),
    "DatastoreReader": frozenset({"Datastore.Audit", "Datastore.Read"}),
    "DatastoreBackup": frozenset({"Datastore.Backup"}),
}
"""Roles by what they grant (section 10), as far as the fake asks."""


@dataclass
class Token:
    """`acl` is path → role of the token, `user` the same of its user; only both together count."""

    secret: str
    acl: dict[str, str]
    user: dict[str, str] = field(default_factory=lambda: {"/": "Admin"})
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
class Snapshot:
    """One backup; `files` None are those of its kind, with an index when it is finished."""

    kind: str
    name: str
    time: int
    ns: str = ""
    store: str = "store1"
    owner: str = "pve@pbs!pve1"
    size: int = 34_359_738_368
    finished: bool = True
    state: str | None = None
    verified_at: int = 0
    protected: bool = False
    fingerprint: str | None = None

    def row(self) -> dict[str, Any]:
        """As `snapshots` lists it: without an index the files have no size, nor has the whole."""
        row: dict[str, Any] = {
            "backup-type": self.kind,
            "backup-id": self.name,
            "backup-time": self.time,
            "owner": self.owner,
            "protected": self.protected,
        }
        if not self.finished:
            return row | {"files": [{"filename": "root.pxar.didx"}]}
        mode = "encrypt" if self.fingerprint else "none"
        row |= {"size": self.size, "comment": f"{self.kind} {self.name}"}
        row["files"] = [
            {"filename": "root.pxar.didx", "crypt-mode": mode, "size": self.size - 400},
            {"filename": "index.json.blob", "crypt-mode": "sign-only", "size": 400},
        ]
        if self.fingerprint:
            row["fingerprint"] = self.fingerprint
        if self.state:
            row["verification"] = {"state": self.state, "upid": upid("verify", self.verified_at)}
        return row


@dataclass
class Datastore:
    """A datastore; `error` is why it cannot be opened, `gc` what `gc` tells beside its bytes."""

    name: str
    total: int = 8_000_000_000_000
    used: int = 2_000_000_000_000
    namespaces: tuple[str, ...] = ()
    full_at: int | None = None
    error: str | None = None
    gc: dict[str, Any] = field(default_factory=dict)


@dataclass
class Fault:
    """What a path does instead: a status with a text, late, or a cut line."""

    status: int | None = None
    body: bytes = b""
    delay: float = 0.0
    drop: bool = False


@dataclass
class State:
    """The server."""

    datastores: list[Datastore] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    verify: list[dict[str, Any]] = field(default_factory=list)
    prune: list[dict[str, Any]] = field(default_factory=list)
    tokens: dict[str, Token] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    version: tuple[str, str] = ("4.0", "11")
    auth_delay: float = 0.0
    deny_delay: float = 0.0

    def datastore(self, name: str) -> Datastore | None:
        """The datastore of a name."""
        return next((each for each in self.datastores if each.name == name), None)

    @property
    def knows_gc_jobs(self) -> bool:
        """Since 3.2 `gc` tells schedule and last run; before, a task's name alone."""
        major, minor = (int(part) for part in self.version[0].split("."))
        return (major, minor) >= (3, 2)


def upid(kind: str, began: int, subject: str = "store1") -> str:
    """A task's name: node, process, its start, number, seconds in hexadecimal, kind, subject."""
    return f"UPID:pbs:000002A0:00012F3C:00000007:{began:08X}:{kind}:{subject}:root@pam:"


def stamp(epoch: int) -> str:
    """A time as snapshots are named."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
