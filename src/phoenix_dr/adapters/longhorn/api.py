"""The Longhorn engine: what a cluster shows of its volumes and their copies, and its verbs."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from phoenix_dr.adapters._cluster.way_in import client
from phoenix_dr.adapters._kube import USUAL, Kube, Limits
from phoenix_dr.adapters.base import Done, Places, ProgressSink
from phoenix_dr.adapters.longhorn.look import Look, readable, version_told
from phoenix_dr.core.capabilities import Capabilities
from phoenix_dr.core.claim_assets import asset_of
from phoenix_dr.core.cluster_actions import (
    LabelVolume,
    ProbeClaim,
    RemoveClaim,
    RestoreClaim,
    SaveVolume,
    SetRecurringJob,
)
from phoenix_dr.core.cluster_view import claims_by_volume
from phoenix_dr.core.evidence import BlindSpot, Evidence, RecoveryPoint
from phoenix_dr.core.guard import Permit
from phoenix_dr.core.longhorn import COMPLETED, LonghornBackup, LonghornState
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.core.plan import Action
from phoenix_dr.errors import EngineError, Refused

UNDESCRIBED = "longhorn-target-undescribed"
UNTOLD = "longhorn-backup-untold"
MOST_DOUBTS = 1000
"""Assets named one by one as in doubt; of more than that it is said of all."""
NEEDED = frozenset({"backups", "volumes", "persistentvolumeclaims"})
"""Lists without which a point may be missing; other lists blind no point."""


class Longhorn:
    """Longhorn in one cluster. Safe to use from several threads; keeps nothing."""

    def __init__(self, spec: EngineSpec, places: Places, *, limits: Limits = USUAL) -> None:
        """Ask nothing and read no kubeconfig yet."""
        self.spec = spec
        self._places = places
        self._limits = limits

    def observe(self, *, now: datetime) -> Evidence:
        """Finished backups of claims that assets name, at targets that are described.

        One of another claim is foreign: counted by `foreign`. What may not be read is a blind
        spot. Raises EngineError when nothing can be asked at all.
        """
        return self._evidence(self.state(now=now))

    def state(self, *, now: datetime) -> LonghornState:
        """Everything that can be seen. Raises as `observe`."""
        with self._kube() as kube:
            return Look(kube, self.spec).state(now=now)

    def explore(self, *, now: datetime) -> tuple[Evidence, LonghornState]:
        """`observe` and `state` of one walk; lists that concern no point blind none."""
        found = self.state(now=now)
        return self._evidence(found), found

    def foreign(self, *, now: datetime) -> int:
        """How many finished backups belong to claims that no asset names."""
        found = self.state(now=now)
        held = claims_by_volume(found)
        done = (each for each in found.backups or () if each.state == COMPLETED)
        return sum(self._asset(each, held) is None for each in done)

    def rights(self) -> Capabilities:
        """Which lists the account may read and what it may do, and lines that give it more.

        Raises EngineError when nothing can be asked at all.
        """
        from phoenix_dr.adapters._cluster.rights import Rights

        with self._kube() as kube:
            rights = Rights(kube, self.spec)
            can = (version_told(kube, self.spec), *rights.told(readable(kube, self.spec)))
            return Capabilities(kube.version(), (), can, rights.roles(can))

    def perform(
        self, action: Action, permit: Permit, *, progress: ProgressSink, cancel: threading.Event
    ) -> Done:
        """Do one permitted action; no production object is ever removed by any."""
        permit.require(action)
        if action.engine != self.spec.id:
            raise Refused("wrong-engine", engine=self.spec.id, asked=action.engine)
        with self._kube() as kube:
            match action:
                case RestoreClaim() | ProbeClaim() | RemoveClaim():
                    from phoenix_dr.adapters.longhorn import restores

                    return restores.step(kube, self.spec, action, progress=progress, cancel=cancel)
                case SetRecurringJob():
                    from phoenix_dr.adapters.longhorn import jobs

                    return jobs.set_job(kube, self.spec, action)
                case LabelVolume():
                    from phoenix_dr.adapters.longhorn import jobs

                    return jobs.set_labels(kube, self.spec, action)
                case SaveVolume():
                    from phoenix_dr.adapters.longhorn import saves

                    saving = saves.Save(kube, self.spec, action, self._places.clock())
                    return saves.save(saving, progress=progress, cancel=cancel)
                case _:
                    raise EngineError("not-yet", engine=self.spec.id, verb=type(action).__name__)

    def _kube(self) -> Kube:
        return client(self.spec, self._places, self._limits)

    def _evidence(self, found: LonghornState) -> Evidence:
        blind = [
            spot
            for spot in (*found.cluster.blind_spots, *found.blind_spots)
            if spot.detail in NEEDED
        ]
        doubts: list[BlindSpot] = []
        points = tuple(self._points(found, doubts))
        return Evidence(
            self.spec.id,
            found.observed_at,
            points=points,
            blind_spots=tuple(dict.fromkeys((*blind, *_bounded(doubts)))),
            version=found.version,
        )

    def _points(self, found: LonghornState, doubts: list[BlindSpot]) -> Iterator[RecoveryPoint]:
        held = claims_by_volume(found)
        # All backups of a volume are of one claim: its asset is worked out, and held, once.
        known: dict[tuple[str, str], str | None] = {}
        for each in found.backups or ():
            if each.state != COMPLETED:
                continue
            of = each.volume, each.claim
            if of not in known:
                known[of] = self._asset(each, held)
            asset = known[of]
            if asset is None:
                continue
            location = self.spec.locations.get(each.target)
            # One copy that cannot be placed leaves only its own claim in doubt.
            if location is None:
                doubts.append(BlindSpot(self.spec.id, UNDESCRIBED, each.target, asset))
            elif each.taken_at is None:
                doubts.append(BlindSpot(self.spec.id, UNTOLD, each.name, asset))
            else:
                yield RecoveryPoint(
                    id=each.name,
                    asset=asset,
                    engine=self.spec.id,
                    location=location,
                    taken_at=each.taken_at,
                    size=each.size,
                )

    def _asset(self, backup: LonghornBackup, held: dict[str, str]) -> str | None:
        """By the claim its volume has now; of one that is gone, by the claim it came from."""
        claim = held.get(backup.volume) or backup.claim
        return asset_of(claim, self.spec.archives) if claim else None


def _bounded(doubts: list[BlindSpot]) -> Iterable[BlindSpot]:
    """One of each asset and reason; those of all assets once they are too many to be named."""
    once = {(spot.asset, spot.reason): spot for spot in reversed(doubts)}
    if len(once) <= MOST_DOUBTS:
        return reversed(once.values())
    by_reason = {spot.reason: spot for spot in reversed(doubts)}
    return [replace(spot, asset="") for spot in by_reason.values()]
