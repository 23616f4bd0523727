"""The PBS engine: what it shows. Nothing is written, pruned, verified or started by Phoenix."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from phoenix_dr.adapters._http import Limits
from phoenix_dr.adapters.base import Places
from phoenix_dr.adapters.pbs import jobs, parse
from phoenix_dr.adapters.pbs.call import LIMITS, Call
from phoenix_dr.adapters.pbs.look import Look
from phoenix_dr.adapters.pbs.rights import roles, sight
from phoenix_dr.core.capabilities import Capabilities, Capability
from phoenix_dr.core.evidence import Evidence, RecoveryPoint
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.core.pbs import PbsInventory, Snapshot

STILL_WRITING = timedelta(days=2)
"""An unfinished snapshot older than this is taken for cut, not for one under way."""


class Pbs:
    """A Proxmox Backup Server. Safe to use from several threads; keeps nothing."""

    def __init__(self, spec: EngineSpec, places: Places, *, limits: Limits = LIMITS) -> None:
        """Ask nothing and read no secret yet."""
        self.spec = spec
        self._places = places
        self._limits = limits

    def observe(self, *, now: datetime) -> Evidence:
        """Snapshots of guests that assets name, in the places that are described.

        One of another guest is foreign: counted by the inventory. What the token may not see,
        and what does not answer, are blind spots, never an empty list.
        """
        return self._evidence(self._looked(now, with_jobs=False))

    def inventory(self, *, now: datetime) -> PbsInventory:
        """Everything that can be seen. Raises EngineError when nothing can be asked at all."""
        return self._looked(now, with_jobs=True)

    def inspect(self, *, now: datetime) -> tuple[Evidence, PbsInventory]:
        """`observe` and `inventory` of one walk; jobs that are not shown blind no point."""
        found = self.inventory(now=now)
        return self._evidence(found), found

    def rights(self) -> Capabilities:
        """What the token can see, and the lines that give it more. Raises as `inventory`."""
        with self._call() as call:
            stores = Look(call).datastores
            return Capabilities(
                version=parse.version(call.row("version")),
                nodes=(),
                can=tuple(self._can(call, stores)),
                roles=roles(call.token_id(), stores),
            )

    def _call(self) -> Call:
        return Call(self.spec, self._places, self._limits)

    def _looked(self, now: datetime, *, with_jobs: bool) -> PbsInventory:
        with self._call() as call:
            # Anybody with a token may ask this: where it fails, nothing can be asked.
            version = parse.version(call.row("version"))
            seen = Look(call)
            seen.walk()
            blind = tuple(seen.blind)
            found = jobs.read(seen) if with_jobs else jobs.Jobs()
        return PbsInventory(
            engine=self.spec.id,
            observed_at=now,
            version=version,
            datastores=tuple(seen.usages.values()),
            namespaces=tuple(seen.namespaces),
            groups=tuple(seen.groups),
            snapshots=tuple(sorted(seen.snapshots.values(), key=lambda s: (s.taken_at, s.id))),
            verify_jobs=found.verify,
            prune_jobs=found.prune,
            gcs=found.gcs,
            jobs_of=found.known,
            blind_spots=blind,
            unseen=tuple(seen.blind[len(blind) :]),
            undescribed=tuple(seen.undescribed),
            assets=dict(seen.assets),
        )

    def _can(self, call: Call, stores: tuple[str, ...]) -> Iterator[Capability]:
        for where in self.spec.locations:
            store, _, space = where.partition("/")
            seen = sight(call, store, space)
            yield Capability("place", True if seen.whole else None if seen.own else False, where)
        for store in stores:
            yield Capability("jobs", sight(call, store).whole, store)

    def _evidence(self, found: PbsInventory) -> Evidence:
        return Evidence(
            self.spec.id,
            found.observed_at,
            points=tuple(self._points(found)),
            blind_spots=found.blind_spots,
            version=found.version,
        )

    def _points(self, found: PbsInventory) -> Iterator[RecoveryPoint]:
        for each in found.snapshots:
            asset, location = found.asset(each), self.spec.locations.get(each.place)
            if asset is not None and location is not None:
                yield self._point(each, asset, location, now=found.observed_at)

    def _point(self, found: Snapshot, asset: str, location: str, *, now: datetime) -> RecoveryPoint:
        """A snapshot under way is unknown; one that was cut holds no file to restore."""
        cut = not found.finished and now - found.taken_at > STILL_WRITING
        return RecoveryPoint(
            id=found.id,
            asset=asset,
            engine=self.spec.id,
            location=location,
            taken_at=found.taken_at,
            size=found.size,
            files=0 if cut else None,
            complete=False if cut else found.verified,
            protected=found.protected,
        )
