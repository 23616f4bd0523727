"""What the fake Proxmox VE holds: nodes, guests, storages, archives, jobs, tasks, tokens."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
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
    "Drill": frozenset(
        {
            "Pool.Audit",
            "SDN.Use",
            "VM.Allocate",
            "VM.Audit",
            "VM.Config.CPU",
            "VM.Config.Disk",
            "VM.Config.Memory",
            "VM.Config.Network",
            "VM.Config.Options",
            "VM.GuestAgent.Unrestricted",
            "VM.PowerMgmt",
        }
    ),
    "Administrator": AUDITOR
    | {"Sys.Modify", "VM.Backup", "Datastore.Allocate", "Datastore.AllocateSpace"}
    | {"VM.Allocate", "VM.PowerMgmt", "VM.Config.Options", "VM.GuestAgent.Unrestricted", "SDN.Use"}
    | {"VM.Config.Disk", "VM.Config.CPU", "VM.Config.Memory", "VM.Config.Network"},
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


@dataclass
class User:
    """Somebody with a password; `acl` is path → role, `tfa` asks for a second factor too."""

    password: str
    acl: dict[str, str] = field(default_factory=lambda: {"/": "Administrator"})
    tfa: bool = False


@dataclass
class Ticket:
    """A login; `expired` is set by a test, as nobody waits two hours."""

    user: str
    csrf: str
    expired: bool = False


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


class Died(Exception):
    """Raised by the effect of a task: it ends with these words as its exit status."""


@dataclass
class Task:
    """A task with its log; `exitstatus` None while it runs, then its life says how it will end."""

    upid: str
    node: str
    type: str
    id: str
    user: str
    starttime: int
    endtime: int | None
    exitstatus: str | None
    log: list[str] = field(default_factory=list)
    life: Life | None = None


@dataclass
class Life:
    """When a task began and is due (time.monotonic), what it will have logged, and its end."""

    began: float
    seconds: float
    log: tuple[str, ...]
    exitstatus: str
    effect: Callable[[], None] | None
    undo: Callable[[], None] | None = None

    def logged(self) -> list[str]:
        """Lines so far: they come evenly over its life, and the last is half written."""
        share = (time.monotonic() - self.began) / self.seconds if self.seconds else 1.0
        count = int(len(self.log) * min(1.0, share))
        half = [line[: len(line) // 2] for line in self.log[count : count + 1]]
        return [*self.log[:count], *half]

    @property
    def over(self) -> bool:
        """Whether it is due."""
        return time.monotonic() >= self.began + self.seconds


@dataclass
class Fault:
    """What a path does instead: a status (any, 59x too) with a reason, late, or a cut line.

    `cut` breaks off in the middle of the answer, `done` does what was asked first, so that only
    the answer is lost; `method` limits it to one, `times` to so many requests.
    """

    status: int | None = None
    reason: str = ""
    body: bytes = b""
    delay: float = 0.0
    drop: bool = False
    cut: bool = False
    done: bool = False
    method: str | None = None
    times: int | None = None

    def strikes(self, method: str) -> bool:
        """Whether this request meets it; counts."""
        if self.method not in (None, method) or self.times == 0:
            return False
        if self.times is not None:
            self.times -= 1
        return True


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
    users: dict[str, User] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    version: str = "9.1.3"
    clustered: bool = True
    texts: bool = False
    """Whether numbers of guests are texts, as old releases write them."""
    auth_delay: float = 0.0
    epoch: float = field(default_factory=time.time)
    """Its clock when it was made."""
    born: float = field(default_factory=time.monotonic)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def now(self) -> int:
        """What its clock says."""
        return int(self.epoch + time.monotonic() - self.born)

    def begin(
        self,
        node: str,
        type: str,  # noqa: A002 - as Proxmox calls it
        id: str,  # noqa: A002
        user: str,
        *,
        seconds: float = 0.0,
        log: Sequence[str] = (),
        exitstatus: str = "OK",
        effect: Callable[[], None] | None = None,
        undo: Callable[[], None] | None = None,
    ) -> str:
        """Start a task that lives for so long, and then has its effect; its UPID (section 6).

        `seconds` 0 is over at once. An effect may raise Died. `undo` happens when it fails.
        """
        with self.lock:
            pid, start = 0x1E240 + len(self.tasks), self.now
            upid = f"UPID:{node}:{pid:08X}:{0x123ABCD + pid:08X}:{start:08X}:{type}:{id}:{user}:"
            life = Life(time.monotonic(), seconds, tuple(log), exitstatus, effect, undo)
            self.tasks.append(Task(upid, node, type, id, user, start, None, None, [], life))
            self.settle()
            return upid

    def settle(self) -> None:
        """Have happened what is due."""
        with self.lock:
            for task in self.tasks:
                if task.life is None or task.endtime is not None:
                    continue
                task.log = task.life.logged()
                if task.life.over:
                    self._end(task, task.life)

    def stop(self, task: Task) -> None:
        """End a task that runs, without its effect."""
        with self.lock:
            if task.endtime is None:
                self._over(task, "interrupted by signal")

    def _end(self, task: Task, life: Life) -> None:
        task.log, said = list(life.log), life.exitstatus
        try:
            if life.effect is not None and (said == "OK" or said.startswith("WARNINGS")):
                life.effect()
        except Died as died:
            said = str(died)
        self._over(task, said)

    def _over(self, task: Task, said: str) -> None:
        # A node that crashed wrote no last line, which is what gives "unexpected status".
        good = said == "OK" or said.startswith("WARNINGS")
        if said != "unexpected status":
            task.log.append(f"TASK {said}" if good else f"TASK ERROR: {said}")
        task.endtime, task.exitstatus = self.now, said
        if not good and task.life is not None and task.life.undo is not None:
            task.life.undo()

    def tasks_of(self, type: str) -> list[Task]:  # noqa: A002
        """Tasks of one type."""
        return [each for each in self.tasks if each.type == type]

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
