"""The controllers of Longhorn that a restore needs: claims are Bound long before their data is.

Nothing of ours in it. Each read of the cluster is one step of every restore.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from adapters.kubernetes.fake_store import Object, Store

SPACE = "longhorn-system"
GROUP = "recurring-job-group.longhorn.io/"


@dataclass
class Longhorn:
    """Restores that take `polls` reads, that fail with `fails`, or that `hang` for ever.

    `asked` are the volumes restored, as they were made.
    """

    polls: int = 6
    fails: str = ""
    hang: bool = False
    no_room: bool = False
    asked: list[Object] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)

    def join(self, store: Store) -> Store:
        """Work in this cluster."""
        store.hooks.append(self.wrote)
        store.steps.append(self.step)
        return store

    def wrote(self, store: Store, verb: str, made: Object) -> None:
        """What the CSI driver and the volume controller do about a write."""
        if made["kind"] == "PersistentVolumeClaim":
            if verb == "create":
                self._claimed(store, made)
            elif verb == "delete":
                self._released(store, made)
        elif made["kind"] == "Volume" and verb == "create":
            self._begin(store, made)
        elif made["kind"] == "Volume" and verb == "delete":
            name = made["metadata"]["name"]
            store.objects.pop(("longhorn.io", "engines", SPACE, f"{name}-e-0"), None)

    def step(self, store: Store) -> None:
        """One step on."""
        for name in [*self.left]:
            volume = store.objects.get(("longhorn.io", "volumes", SPACE, name))
            if volume is None:
                del self.left[name]
            elif not self.hang:
                self._on(store, volume)

    def _on(self, store: Store, volume: Object) -> None:
        name, status = volume["metadata"]["name"], volume["status"]
        self.left[name] -= 1
        done = 100 - 100 * max(self.left[name], 0) // max(self.polls, 1)
        # The progress is told by its engine alone.
        key = ("longhorn.io", "engines", SPACE, f"{name}-e-0")
        if key in store.objects:
            shown: Object = {"isRestoring": True, "progress": done}
            store.objects[key]["status"]["restoreStatus"] = {"r-1": shown}
        status["restoreInitiated"] = True
        told: Object
        if self.no_room:
            told = {"type": "Scheduled", "status": "False", "reason": "ReplicaSchedulingFailure",
                    "message": "insufficient storage"}  # fmt: skip
            status["conditions"] = [told]
        elif self.fails and self.left[name] <= 0:
            told = {"type": "Restore", "status": "False", "reason": "RestoreFailure",
                    "message": self.fails}  # fmt: skip
            status |= {"conditions": [told], "robustness": "faulted"}
        elif self.left[name] <= 0:
            status |= {"conditions": [], "restoreRequired": False, "state": "detached",
                       "robustness": "unknown"}  # fmt: skip
            del self.left[name]

    def _claimed(self, store: Store, claim: Object) -> None:
        spec = claim["spec"]
        if spec.get("volumeName"):
            claim["status"] = {"phase": "Bound"}
            return
        of = store.objects["storage.k8s.io", "storageclasses", "", spec["storageClassName"]]
        name, told = f"pvc-{claim['metadata']['uid']}", of["parameters"]
        groups = json.loads(told.get("recurringJobSelector", "[]"))
        marks = {f"{GROUP}{each['name']}": "enabled" for each in groups}
        size = spec["resources"]["requests"]["storage"]
        made = {"size": size, "fromBackup": told["fromBackup"], "numberOfReplicas": 1}
        self._begin(store, store.put("Volume", name, SPACE, metadata={"labels": marks}, spec=made))
        meta = claim["metadata"]
        held = {"namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}
        store.put(
            "PersistentVolume", name,
            spec={"csi": {"driver": "driver.longhorn.io", "volumeHandle": name}, "claimRef": held,
                  "storageClassName": spec["storageClassName"],
                  "persistentVolumeReclaimPolicy": of["reclaimPolicy"]},
        )  # fmt: skip
        spec["volumeName"] = name
        claim["status"] = {"phase": "Bound"}

    def _begin(self, store: Store, volume: Object) -> None:
        """A restore begins; a volume no label keeps out of it joins group default."""
        name, marks = volume["metadata"]["name"], volume["metadata"].setdefault("labels", {})
        if not any(key.startswith("recurring-job") for key in marks):
            marks[f"{GROUP}default"] = "enabled"
        told = {"type": "Restore", "status": "True", "reason": "RestoreInProgress"}
        volume["status"] = {
            "state": "attached", "robustness": "degraded", "restoreRequired": True,
            "restoreInitiated": False, "conditions": [told],
        }  # fmt: skip
        of = {"labels": {"longhornvolume": name}}
        store.put("Engine", f"{name}-e-0", SPACE, metadata=of, spec={"volumeName": name},
                  status={"restoreStatus": {}})  # fmt: skip
        self.left[name] = self.polls
        self.asked.append(json.loads(json.dumps(volume)))

    def _released(self, store: Store, claim: Object) -> None:
        name = claim["spec"].get("volumeName", "")
        held = store.objects.get(("", "persistentvolumes", "", name))
        if held is None or held["spec"].get("persistentVolumeReclaimPolicy") != "Delete":
            return
        for key in (
            ("", "persistentvolumes", "", name),
            ("longhorn.io", "volumes", SPACE, name),
            ("longhorn.io", "engines", SPACE, f"{name}-e-0"),
        ):
            store.objects.pop(key, None)


def is_whole(store: Store, claim: Object) -> bool:
    """Whether the data of a claim is there: until then its pod waits."""
    name = claim["spec"].get("volumeName", "")
    persistent = store.objects.get(("", "persistentvolumes", "", name), {})
    handle = persistent.get("spec", {}).get("csi", {}).get("volumeHandle", name)
    volume = store.objects.get(("longhorn.io", "volumes", SPACE, handle), {})
    return volume.get("status", {}).get("restoreRequired") is False
