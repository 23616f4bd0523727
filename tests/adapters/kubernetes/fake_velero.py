"""Velero's own controllers, as far as tests need them: they look at schedules and run backups."""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.kubernetes.fake_store import Object, Store
from adapters.kubernetes.homelab import at
from adapters.kubernetes.velerolab import SPACE


@dataclass
class Controllers:
    """What Velero does by itself: `data` are the claims of which a backup brings data.

    `phases` is how each backup goes, one phase for each time somebody looks at anything; the last
    one stays. `enables` False is a Velero that is down.
    """

    store: Store
    data: tuple[str, ...] = ("media/sonarr", "media/radarr")
    phases: tuple[str, ...] = ("InProgress", "WaitingForPluginOperations", "Completed")
    invalid: tuple[str, ...] = ()
    enables: bool = True
    reason: str = ""
    looks: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start."""
        self.store.hooks.append(self._happened)
        self.store.steps.append(self._step)

    def _happened(self, store: Store, verb: str, made: Object) -> None:
        if made["kind"] == "Schedule" and self.enables and verb in ("create", "patch"):
            phase = "FailedValidation" if self.invalid else "Enabled"
            made["status"] = {"phase": phase, "validationErrors": list(self.invalid)}

    def _step(self, store: Store) -> None:
        for key, each in sorted(store.objects.items()):
            if key[:2] == ("velero.io", "backups") and self.enables and self._is_new(each):
                self._go_on(each)

    def _is_new(self, each: Object) -> bool:
        return each["metadata"]["name"] in self.looks or not each.get("status")

    def _go_on(self, each: Object) -> None:
        name = each["metadata"]["name"]
        step = self.looks.get(name, 0)
        self.looks[name] = step + 1
        phase = self.phases[min(step, len(self.phases) - 1)]
        each["status"] = {"phase": phase, "startTimestamp": at(0), "failureReason": self.reason}
        ended = step == len(self.phases) - 1
        if step == 0 or ended:
            for claim in self.data:
                self._upload(name, claim, "Completed" if ended else "InProgress")

    def _upload(self, backup: str, claim: str, phase: str) -> None:
        space, _, app = claim.partition("/")
        spec = {
            "backupStorageLocation": "default", "operationTimeout": "10m0s", "snapshotType": "CSI",
            "sourceNamespace": space, "sourcePVC": app,
        }  # fmt: skip
        done = 4096 if phase == "Completed" else 1024
        status = {
            "phase": phase, "startTimestamp": at(0),
            "progress": {"totalBytes": 4096, "bytesDone": done},
        }  # fmt: skip
        meta = {"labels": {"velero.io/backup-name": backup}}
        self.store.put(
            "DataUpload", f"{backup}-{app}", SPACE, metadata=meta, spec=spec, status=status
        )
