"""Walking through a Velero and the claims it saves: every list that can be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

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
from phoenix_dr.adapters._cluster.values import meta, named, text
from phoenix_dr.adapters._kube import Kind, Kube
from phoenix_dr.adapters.velero import parse
from phoenix_dr.adapters.velero.uses import is_left_out, uses
from phoenix_dr.core.cluster import Cluster
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.core.velero import VeleroState
from phoenix_dr.errors import EngineError

GROUP = "velero.io"
ABSENT = "velero-no-namespace"
NO_KIND = "kube-no-kind"
SCHEDULES = kind(GROUP, "Schedule", "schedules")
BACKUPS = kind(GROUP, "Backup", "backups")
POD_VOLUMES = kind(GROUP, "PodVolumeBackup", "podvolumebackups")
UPLOADS = kind(GROUP, "DataUpload", "datauploads", version="v2alpha1")
LOCATIONS = kind(GROUP, "BackupStorageLocation", "backupstoragelocations")
CLASSES = kind(
    "snapshot.storage.k8s.io", "VolumeSnapshotClass", "volumesnapshotclasses", spaced=False
)
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
        if claims is not None:
            place = self.spec.claims
            claims = tuple(e for e in claims if not objects.is_of_drill(objects.claim(e), place))
        cluster = Cluster(
            version=version,
            namespaces=tuple(map(named, spaces or ())),
            nodes=self.listed(NODES, objects.node) or (),
            claims=tuple(map(objects.claim, claims or ())),
            volumes=tuple(map(objects.persistent_volume, volumes or ())),
            mounts=objects.mounts((), pods or ()),
            blind_spots=tuple(self.blind),
        )
        uids = {text(meta(each), "uid"): objects.claim(each).id for each in claims or ()}
        begun, own = len(self.blind), self.spec.settings["namespace"]
        found = VeleroState(
            engine=self.spec.id,
            observed_at=now,
            cluster=cluster,
            schedules=self.listed(SCHEDULES, parse.schedule, own),
            backups=self.listed(BACKUPS, parse.backup, own),
            pod_volumes=self.listed(POD_VOLUMES, partial(parse.pod_volume, claims=uids), own),
            uploads=self.listed(UPLOADS, parse.upload, own),
            locations=self.listed(LOCATIONS, parse.location, own),
            uses=None if claims is None else uses(claims, volumes or (), pods),
            left_out=tuple(named(each) for each in spaces or () if is_left_out(each)),
            blind_spots=tuple(self.blind[begun:]),
        )
        found = replace(found, movers=self._movers())
        absent = spaces is not None and own not in cluster.namespaces
        return _unknown(found, own) if absent else found

    def _movers(self) -> tuple[str, ...] | None:
        """Drivers with a class of snapshots for Velero; a cluster may well do without any."""
        begun = len(self.blind)
        found = self.listed(CLASSES, parse.mover)
        absent = any(spot.reason == NO_KIND for spot in self.blind[begun:])
        del self.blind[begun:]
        if found is None:
            return () if absent else None
        return tuple(sorted({each for each in found if each}))


def _unknown(found: VeleroState, namespace: str) -> VeleroState:
    """Of a namespace that is not there an API server lists nothing, and calls it success."""
    spot = BlindSpot(found.engine, ABSENT, namespace)
    return replace(
        found,
        schedules=None,
        backups=None,
        pod_volumes=None,
        uploads=None,
        locations=None,
        blind_spots=(spot,),
    )


def readable(kube: Kube, spec: EngineSpec) -> Iterator[tuple[Kind, str]]:
    """Each kind with the code of why it cannot be read, "" for one that can; a page is enough.

    Raises EngineError.
    """
    for each in (*OWN, *AROUND, CLASSES):
        space = spec.settings["namespace"] if each.group == GROUP else ""
        try:
            next(kube.each(each, namespace=space), None)
        except EngineError as error:
            if error.code not in {"kube-right", NO_KIND}:
                raise
            yield each, error.code
        else:
            yield each, ""
