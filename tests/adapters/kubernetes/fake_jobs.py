"""The Job controller and the kubelet: the program of a Job really runs, in a folder here.

Nothing of ours in it. A pod whose claim has no data yet waits, as it does in a cluster.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.kubernetes.fake_store import Object, Store

LONGEST = 4096


@dataclass
class Jobs:
    """Runs jobs: `holds` is the folder a claim holds, `ready` whether its data is there.

    `waits` is a reason for which containers never start; without `enforces` network policies are
    only words. `message` stands in for what a pod leaves behind, `pods` are the pods' specs.
    """

    holds: Callable[[Object], Path]
    ready: Callable[[Store, Object], bool] = lambda store, claim: True
    waits: str = ""
    enforces: bool = True
    message: str | None = None
    pods: list[Object] = field(default_factory=list)
    asked: socket.socket | None = None

    def join(self, store: Store) -> Store:
        """Work in this cluster."""
        store.hooks.append(self.wrote)
        store.steps.append(self.step)
        return store

    def wrote(self, store: Store, verb: str, made: Object) -> None:
        """A pod for each job; gone with it."""
        if made["kind"] != "Job":
            return
        name, space = made["metadata"]["name"], made["metadata"]["namespace"]
        if verb == "delete":
            store.objects.pop(("", "pods", space, f"{name}-x"), None)
        elif verb == "create":
            template = made["spec"]["template"]
            owner = {"kind": "Job", "name": name, "uid": made["metadata"]["uid"]}
            meta = {**template["metadata"], "ownerReferences": [owner]}
            self.pods.append(template["spec"])
            store.put(
                "Pod", f"{name}-x", space, metadata=meta, spec=template["spec"],
                status={"phase": "Pending"},
            )  # fmt: skip

    def step(self, store: Store) -> None:
        """One step of every pod that is not over."""
        for pod in store.list(store.named("Pod"), ""):
            owners = pod["metadata"].get("ownerReferences", [])
            if pod["status"].get("phase") == "Pending" and owners and owners[0]["kind"] == "Job":
                self._on(store, pod)

    def _on(self, store: Store, pod: Object) -> None:
        space = pod["metadata"]["namespace"]
        names = [
            each["persistentVolumeClaim"]["claimName"]
            for each in pod["spec"]["volumes"]
            if "persistentVolumeClaim" in each
        ]
        if not names and not self.waits:
            with tempfile.TemporaryDirectory() as folder:
                state: Object = {"terminated": self._run(store, pod, Path(folder))}
            pod["status"] |= {
                "phase": "Succeeded", "containerStatuses": [{"name": "check", "state": state}],
            }  # fmt: skip
            return
        claim = store.objects.get(("", "persistentvolumeclaims", space, *names[:1]))
        if self.waits or claim is None or not self.ready(store, claim):
            state = {"waiting": {"reason": self.waits or "ContainerCreating"}}
        else:
            state = {"terminated": self._run(store, pod, self.holds(claim))}
            pod["status"]["phase"] = "Succeeded"
        pod["status"]["containerStatuses"] = [{"name": "check", "state": state}]

    def _run(self, store: Store, pod: Object, data: Path) -> Object:
        container = pod["spec"]["containers"][0]
        with tempfile.TemporaryDirectory() as folder:
            log, scratch = Path(folder, "log"), Path(folder, "scratch")
            scratch.mkdir()
            places = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
            inside = {"data": str(data), "scratch": str(scratch)}
            swaps = {path: inside[name] for path, name in places.items()}
            swaps |= {container["terminationMessagePath"]: str(log), "python3": sys.executable}
            argv = [swaps.get(each, each) for each in container["command"] + container["args"]]
            ended = subprocess.run(
                argv, env={"PATH": os.environ["PATH"], **self._service(store, pod)}, check=False,
                timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            )  # fmt: skip
            said = log.read_text() if log.exists() else ""
        assert not ended.stderr, ended.stderr.decode()
        told = said if self.message is None else self.message
        return {"exitCode": ended.returncode, "reason": "Completed", "message": told[:LONGEST]}

    def _service(self, store: Store, pod: Object) -> dict[str, str]:
        """Where the pod finds its API: nobody answers once a policy that shuts it in holds."""
        shut = any(_shuts(each["spec"]) for each in self._policies(store, pod))
        if self.asked is None:
            self.asked = socket.create_server(("127.0.0.1", 0))
        port = 1 if shut and self.enforces else self.asked.getsockname()[1]
        return {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(port)}

    def _policies(self, store: Store, pod: Object) -> list[Object]:
        return store.list(store.named("NetworkPolicy"), pod["metadata"]["namespace"])

    def close(self) -> None:
        """Stop answering."""
        if self.asked is not None:
            self.asked.close()


def _shuts(spec: dict[str, Any]) -> bool:
    way = {"Ingress", "Egress"} <= set(spec["policyTypes"])
    return way and not spec["podSelector"] and not spec.get("ingress") and not spec.get("egress")
