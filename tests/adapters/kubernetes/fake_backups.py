"""The controllers of Longhorn that a backup needs: a snapshot is made, then copied bit by bit.

Nothing of ours in it. Each read of the cluster is one step of every backup under way.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.kubernetes.fake_store import Object, Store
from adapters.kubernetes.homelab import SPACE, at

SIZE = "1048576"


@dataclass
class Backups:
    """Backups that take `polls` reads, and fail with `fails`; `target` is where they really go."""

    polls: int = 3
    fails: str = ""
    target: str = "default"
    left: dict[str, int] = field(default_factory=dict)

    def join(self, store: Store) -> Store:
        """Work in this cluster."""
        store.hooks.append(self.wrote)
        store.steps.append(self.step)
        return store

    def wrote(self, store: Store, verb: str, made: Object) -> None:
        """What the controllers do about a write."""
        if verb != "create":
            return
        if made["kind"] == "Snapshot":
            made["status"] = {"readyToUse": True, "creationTime": at(0), "size": 100}
        elif made["kind"] == "Backup":
            labels = made["metadata"].get("labels", {})
            made["status"] = {"state": "Pending", "volumeName": labels["backup-volume"]}
            self.left[made["metadata"]["name"]] = self.polls

    def step(self, store: Store) -> None:
        """One step on."""
        for name in [*self.left]:
            self.left[name] -= 1
            status = store.objects["longhorn.io", "backups", SPACE, name]["status"]
            if self.left[name] > 0:
                status |= {"state": "InProgress", "progress": 100 // (self.left[name] + 1)}
                continue
            del self.left[name]
            if self.fails:
                status |= {"state": "Error", "error": self.fails}
                continue
            status |= {"state": "Completed", "progress": 100, "snapshotCreatedAt": at(0),
                       "backupCreatedAt": at(0), "size": SIZE,
                       "backupTargetName": self.target}  # fmt: skip
