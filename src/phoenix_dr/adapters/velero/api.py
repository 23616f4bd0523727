"""The Velero engine: what a cluster shows of its backups and of the data in them, and its verbs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime

from phoenix_dr.adapters._cluster.way_in import client
from phoenix_dr.adapters._kube import USUAL, Kube, Limits
from phoenix_dr.adapters.base import Done, Places, ProgressSink
from phoenix_dr.adapters.velero.look import ABSENT, Look, readable
from phoenix_dr.core.capabilities import Capabilities
from phoenix_dr.core.claim_assets import asset_of
from phoenix_dr.core.cluster_actions import (
    ProbeClaim,
    RemoveClaim,
    RestoreClaim,
    SaveNamespaces,
    SetSchedule,
)
from phoenix_dr.core.evidence import BlindSpot, Evidence, RecoveryPoint
from phoenix_dr.core.guard import Permit
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.core.plan import Action
from phoenix_dr.core.velero import (
    COMPLETED,
    VeleroBackup,
    VeleroState,
    VolumeData,
    age_of,
    is_untold,
)
from phoenix_dr.errors import Refused

UNDESCRIBED = "velero-location-undescribed"
UNTOLD = "velero-backup-untold"
AWAY = "velero-data-untold"
NEEDED = frozenset({"backups", "podvolumebackups", "datauploads", "persistentvolumeclaims"})
"""Lists without which a point may be missing; other lists blind no point."""


class Velero:
    """Velero in one cluster. Safe to use from several threads; keeps nothing."""

    def __init__(self, spec: EngineSpec, places: Places, *, limits: Limits = USUAL) -> None:
        """Ask nothing and read no kubeconfig yet."""
        self.spec = spec
        self._places = places
        self._limits = limits

    def observe(self, *, now: datetime) -> Evidence:
        """Data of claims that assets name, in backups that ended, at locations described.

        A backup without the data of a claim is no point of it, whatever its phase. What may not
        be read is a blind spot. Raises EngineError when nothing can be asked at all.
        """
        return self._evidence(self.state(now=now))

    def state(self, *, now: datetime) -> VeleroState:
        """Everything that can be seen. Raises as `observe`."""
        with self._kube() as kube:
            return Look(kube, self.spec).state(now=now)

    def examine(self, *, now: datetime) -> tuple[Evidence, VeleroState]:
        """`observe` and `state` of one walk; lists that concern no point blind none."""
        found = self.state(now=now)
        return self._evidence(found), found

    def rights(self) -> Capabilities:
        """Which lists the account may read and what it may do, and lines that give it more.

        Raises EngineError when nothing can be asked at all.
        """
        from phoenix_dr.adapters._cluster.rights import Rights

        with self._kube() as kube:
            rights = Rights(kube, self.spec)
            can = tuple(rights.told(readable(kube, self.spec)))
            return Capabilities(kube.version(), (), can, rights.roles(can))

    def perform(
        self, action: Action, permit: Permit, *, progress: ProgressSink, cancel: threading.Event
    ) -> Done:
        """Do one permitted action; no Schedule and no Backup of production is ever removed."""
        permit.require(action)
        if action.engine != self.spec.id:
            raise Refused("wrong-engine", engine=self.spec.id, asked=action.engine)
        with self._kube() as kube:
            match action:
                case SetSchedule():
                    from phoenix_dr.adapters.velero.schedules import set_schedule

                    return set_schedule(kube, self.spec, action, cancel=cancel)
                case SaveNamespaces():
                    return self._save(kube, action, progress=progress, cancel=cancel)
                case RestoreClaim() | ProbeClaim() | RemoveClaim():
                    from phoenix_dr.adapters.velero import restores

                    return restores.step(kube, self.spec, action, progress=progress, cancel=cancel)
                case _:
                    name = type(action).__name__
                    raise Refused("engine-cannot", engine=self.spec.id, verb=name)

    def _save(
        self, kube: Kube, action: SaveNamespaces, *, progress: ProgressSink, cancel: threading.Event
    ) -> Done:
        """A backup made now; claims without data in it are `unread`."""
        from phoenix_dr.adapters.velero.saves import Save, save, unsaved

        now = self._places.clock()
        asked = Save(kube, self.spec, action.schedule)
        made = save(asked, now=now, progress=progress, cancel=cancel)
        found = Look(kube, self.spec).state(now=now)
        points = self._evidence(found).points
        return Done(
            note="" if made.phase == COMPLETED else made.phase,
            made=tuple(each for each in points if each.id.startswith(f"{made.name}:")),
            unread=unsaved(found, made),
        )

    def _kube(self) -> Kube:
        return client(self.spec, self._places, self._limits)

    def _evidence(self, found: VeleroState) -> Evidence:
        blind = [
            spot
            for spot in (*found.cluster.blind_spots, *found.blind_spots)
            if spot.detail in NEEDED or spot.reason == ABSENT
        ]
        points = tuple(self._points(found, blind))
        if any(is_untold(found, each) for each in found.backups or ()):
            blind.append(BlindSpot(self.spec.id, AWAY, ""))
        return Evidence(
            self.spec.id,
            found.observed_at,
            points=points,
            blind_spots=tuple(dict.fromkeys(blind)),
        )

    def _points(self, found: VeleroState, blind: list[BlindSpot]) -> Iterator[RecoveryPoint]:
        ended = {each.name: each for each in found.backups or () if each.ended}
        told: set[str] = set()
        for data in found.data():
            backup = ended.get(data.backup) if data.done else None
            asset = asset_of(data.claim, self.spec.archives) if backup and data.claim else None
            if backup is None or asset is None:
                continue
            made = self._point(backup, data, asset, blind)
            # Two pods that mount one claim: its data is there once.
            if made is not None and made.id not in told:
                told.add(made.id)
                yield made

    def _point(
        self, backup: VeleroBackup, data: VolumeData, asset: str, blind: list[BlindSpot]
    ) -> RecoveryPoint | None:
        place = data.location or backup.choice.location
        location, taken_at = self.spec.locations.get(place), age_of(backup, data)
        if location is None:
            blind.append(BlindSpot(self.spec.id, UNDESCRIBED, place))
            return None
        if taken_at is None:
            blind.append(BlindSpot(self.spec.id, UNTOLD, backup.name))
            return None
        return RecoveryPoint(
            id=f"{backup.name}:{data.claim}",
            asset=asset,
            engine=self.spec.id,
            location=location,
            taken_at=taken_at,
            size=data.size,
            # Of a PartiallyFailed one the data is there, its objects perhaps not.
            complete=None if backup.phase == COMPLETED else False,
        )
