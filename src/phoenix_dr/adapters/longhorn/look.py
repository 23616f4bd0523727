"""Walking through a cluster: every list that can be read, and why the others could not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from phoenix_dr.adapters._cluster import core_api
from phoenix_dr.adapters._cluster.look import kind as _kind
from phoenix_dr.adapters._cluster.values import Row, named, text
from phoenix_dr.adapters._kube import Kind, Kube
from phoenix_dr.adapters.longhorn import parse
from phoenix_dr.core.capabilities import Capability
from phoenix_dr.core.longhorn import BackupTarget, LonghornState
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import EngineError

T = TypeVar("T")


def _longhorn(kind: str) -> Kind:
    return _kind("longhorn.io", kind, f"{kind.lower()}s", version="v1beta2")


VOLUMES, SNAPSHOTS, BACKUPS = _longhorn("Volume"), _longhorn("Snapshot"), _longhorn("Backup")
BACKUP_VOLUMES, TARGETS = _longhorn("BackupVolume"), _longhorn("BackupTarget")
JOBS, SETTINGS = _longhorn("RecurringJob"), _longhorn("Setting")
SYSTEM_BACKUPS = _longhorn("SystemBackup")
VERSION = "current-longhorn-version"
URL, POLL = "backup-target", "backupstore-poll-interval"


@dataclass
class Look(core_api.ClusterLists):
    """One look at a cluster and its Longhorn."""

    def of(self, kind: Kind, made: Callable[[Row], T]) -> tuple[T, ...] | None:
        """Everything of a kind, of Longhorn's in its own namespace. Raises as `listed`."""
        return self.listed(kind, made, _space(kind, self.spec))

    def state(self, *, now: datetime) -> LonghornState:
        """Everything. Raises as `listed` does, and as `Kube.version`."""
        cluster = self.cluster(self.kube.version())
        begun = len(self.blind)
        settings = dict(self.of(SETTINGS, _setting) or ())
        return LonghornState(
            engine=self.spec.id,
            observed_at=now,
            cluster=cluster,
            version=settings.get(VERSION, ""),
            jobs=self.of(JOBS, parse.job),
            volumes=self.of(VOLUMES, parse.volume),
            snapshots=self.of(SNAPSHOTS, parse.snapshot),
            backups=self.of(BACKUPS, parse.backup),
            backup_volumes=self.of(BACKUP_VOLUMES, parse.backup_volume),
            targets=self._targets(settings),
            system_backups=self.of(SYSTEM_BACKUPS, parse.system_backup),
            settings=settings,
            blind_spots=tuple(self.blind[begun:]),
        )

    def _targets(self, settings: dict[str, str]) -> tuple[BackupTarget, ...] | None:
        """The targets; up to 1.7 a setting names the only one, and says nothing of its health."""
        found = self.of(TARGETS, parse.target)
        if found or URL not in settings:
            return found
        polled = settings.get(POLL, "") not in {"0", "0s"}
        return (BackupTarget(parse.DEFAULT, settings[URL], None, polled=polled),)


def readable(kube: Kube, spec: EngineSpec) -> Iterator[tuple[Kind, str]]:
    """Each kind with the code of why it cannot be read, "" for one that can."""
    own = (VOLUMES, SNAPSHOTS, BACKUPS, BACKUP_VOLUMES, TARGETS, JOBS, SETTINGS, SYSTEM_BACKUPS)
    return core_api.readable(kube, (*core_api.CORE, *own), lambda kind: _space(kind, spec))


def version_told(kube: Kube, spec: EngineSpec) -> Capability:
    """Which Longhorn it is, by its own setting."""
    try:
        rows = kube.each(SETTINGS, namespace=spec.settings["namespace"])
        found = dict(map(_setting, rows)).get(VERSION, "")
    except EngineError as error:
        if error.code in {"kube-credential", "network"}:
            raise
        found = ""
    return Capability("longhorn", ok=True if found else None, subject=found)


def _space(kind: Kind, spec: EngineSpec) -> str:
    return spec.settings["namespace"] if kind.group == "longhorn.io" else ""


def _setting(row: Row) -> tuple[str, str]:
    return named(row), text(row, "value")
