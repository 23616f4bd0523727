"""The controllers of Velero that a restore needs: Completed even where no data came back.

Nothing of ours in it. Each read of the cluster is one step of every restore.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from adapters.kubernetes.fake_store import Object, Store

SPACE = "velero"
MARK = "velero.io/restore-name"


@dataclass
class Velero:
    """Restores `claims` by pod or by moved snapshot, in `polls` reads.

    `fails` is what a mover says, `empty` restores claims without any data, `podless` cannot make
    the pods, `phase` is how the restore ends. `hang` never ends.
    """

    by_pod: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    polls: int = 3
    fails: str = ""
    empty: bool = False
    podless: bool = False
    phase: str = ""
    hang: bool = False
    asked: list[Object] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)

    def join(self, store: Store) -> Store:
        """Work in this cluster."""
        store.hooks.append(self.wrote)
        store.steps.append(self.step)
        return store

    def wrote(self, store: Store, verb: str, made: Object) -> None:
        """A restore begins; the volume of a removed claim goes with it."""
        if made["kind"] == "Restore" and verb == "create":
            made["status"] = {"phase": "InProgress"}
            self.asked.append(copy.deepcopy(made))
            self.left[made["metadata"]["name"]] = self.polls
            if self.phase != "FailedValidation":
                self._objects(store, made)
        elif made["kind"] == "PersistentVolumeClaim" and verb == "delete":
            name = made["spec"].get("volumeName", "")
            if name.startswith("pvc-drill"):
                store.objects.pop(("", "persistentvolumes", "", name), None)

    def step(self, store: Store) -> None:
        """One step on."""
        for name in [*self.left]:
            row = store.objects.get(("velero.io", "restores", SPACE, name))
            if row is None:
                del self.left[name]
            elif not self.hang:
                self.left[name] -= 1
                if self.left[name] <= 0:
                    del self.left[name]
                    self._end(store, row)

    def _objects(self, store: Store, row: Object) -> None:
        """Claims first, Bound at once; pods only where they were asked for."""
        name, spec = row["metadata"]["name"], row["spec"]
        mark = {"labels": {MARK: name}}
        [target] = spec["namespaceMapping"].values()
        for app in (*self.by_pod, *self.moved):
            volume = f"pvc-drill-{app}"
            made = store.put(
                "PersistentVolumeClaim", app, target, metadata=mark,
                spec={"volumeName": volume}, status={"phase": "Bound"},
            )  # fmt: skip
            held = {"namespace": target, "name": app, "uid": made["metadata"]["uid"]}
            store.put("PersistentVolume", volume, spec={"claimRef": held})
        for app in self.by_pod if "pods" in spec["includedResources"] and not self.podless else ():
            volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": app}}]
            store.put(
                "Pod", f"{app}-0", target, metadata=mark, spec={"volumes": volumes},
                status={"phase": "Pending"},
            )  # fmt: skip

    def _end(self, store: Store, row: Object) -> None:
        name, spec = row["metadata"]["name"], row["spec"]
        [(source, target)] = spec["namespaceMapping"].items()
        if self.phase in ("FailedValidation", "Failed"):
            row["status"] = {"phase": self.phase, "validationErrors": ["location is unavailable"]}
            return
        told = {"phase": "Failed" if self.fails else "Completed", "message": self.fails}
        meta = {"labels": {MARK: name}}
        common = {"backupStorageLocation": "default", "snapshotID": "k1", "sourceNamespace": source}
        for app in () if self.empty else self.moved:
            wanted = {"namespace": target, "pvc": app, "pv": ""}
            store.put(
                "DataDownload", f"{name}-{app}", SPACE, metadata=meta, status=dict(told),
                spec=common | {"operationTimeout": "10m0s", "targetVolume": wanted},
            )  # fmt: skip
        for app in () if self.empty or self.podless else self.by_pod:
            pod = {"kind": "Pod", "namespace": target, "name": f"{app}-0"}
            store.put(
                "PodVolumeRestore", f"{name}-{app}", SPACE, metadata=meta, status=dict(told),
                spec=common | {"pod": pod, "volume": "data", "repoIdentifier": ""},
            )  # fmt: skip
        bad = bool(self.fails or self.podless)
        row["status"] = {"phase": "PartiallyFailed" if bad else "Completed", "errors": int(bad)}
