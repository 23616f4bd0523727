"""Walking through a Velero and the claims it saves: every list that can be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from phoenix_dr.adapters._cluster import objects
from phoenix_dr.adapters._cluster.look import (
    CLAIMS,
    NAMESPACES,
    NODES,
    PERSISTENT,
    PODS,
    Lists,
    kind,
)
from phoenix_dr.adapters._cluster.values import Row, named
from phoenix_dr.adapters._kube import Kind, Kube
from phoenix_dr.adapters.velero import parse
from phoenix_dr.adapters.velero.uses import is_left_out, uses
from phoenix_dr.core.cluster import Cluster
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.core.velero import ClaimUse, VeleroState
from phoenix_dr.errors import EngineError

GROUP = "velero.io"
SCHEDULES = kind(GROUP, "Schedule", "schedules")
BACKUPS = kind(GROUP, "Backup", "backups")
POD_VOLUMES = kind(GROUP, "PodVolumeBackup", "podvolumebackups")
UPLOADS = kind(GROUP, "DataUpload", "datauploads", version="v2alpha1")
LOCATIONS = kind(GROUP, "BackupStorageLocation", "backupstoragelocations")
OWN = (SCHEDULES, BACKUPS, POD_VOLUMES, UPLOADS, LOCATIONS)
AROUND = (NAMESPACES, NODES, CLAIMS, PERSISTENT, PODS)


@dataclass
class Look(Lists):
    """One look at a cluster and its Velero."""

    def state(self, *, now: datetime) -> VeleroState:
        """Everything. Raises as `listed` does, and as `Kube.version`."""
        version = self.kube.version()
        spaces, claims, volumes, pods = (
            self.listed(each, dict[str, object]) for each in (NAMESPACES, CLAIMS, PERSISTENT, PODS)
        )
        cluster = Cluster(
            version=version,
            namespaces=tuple(map(named, spaces or ())),
            nodes=self.listed(NODES, objects.node) or (),
            claims=tuple(map(objects.claim, claims or ())),
            volumes=tuple(map(objects.persistent_volume, volumes or ())),
            mounts=objects.mounts((), pods or ()),
            blind_spots=tuple(self.blind),
        )
        begun, own = len(self.blind), self.spec.settings["namespace"]
        return VeleroState(
            engine=self.spec.id,
            observed_at=now,
            cluster=cluster,
            schedules=self.listed(SCHEDULES, parse.schedule, own),
            backups=self.listed(BACKUPS, parse.backup, own),
            pod_volumes=self.listed(POD_VOLUMES, parse.pod_volume, own),
            uploads=self.listed(UPLOADS, parse.upload, own),
            locations=self.listed(LOCATIONS, parse.location, own),
            uses=_uses(claims, volumes, pods),
            left_out=tuple(named(each) for each in spaces or () if is_left_out(each)),
            blind_spots=tuple(self.blind[begun:]),
        )


def readable(kube: Kube, spec: EngineSpec) -> Iterator[tuple[Kind, bool]]:
    """Each kind, and whether its list can be read; a page is enough. Raises EngineError."""
    for each in (*OWN, *AROUND):
        space = spec.settings["namespace"] if each.group == GROUP else ""
        try:
            next(kube.each(each, namespace=space), None)
        except EngineError as error:
            if error.code not in {"kube-right", "kube-no-kind"}:
                raise
            yield each, False
        else:
            yield each, True


def _uses(
    claims: tuple[Row, ...] | None, volumes: tuple[Row, ...] | None, pods: tuple[Row, ...] | None
) -> tuple[ClaimUse, ...] | None:
    """None when one of the lists is not known: nobody could say then why data is missing."""
    if claims is None or volumes is None or pods is None:
        return None
    return uses(claims, volumes, pods)
