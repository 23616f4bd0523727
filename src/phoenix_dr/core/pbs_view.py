"""One look at a Proxmox Backup Server, indexed for the families of findings about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from phoenix_dr.core.guest_view import host_of
from phoenix_dr.core.model import EngineSpec, Estate
from phoenix_dr.core.pbs import Group, Namespace, PbsInventory, Run, Snapshot
from phoenix_dr.core.proxmox import Inventory, Storage
from phoenix_dr.core.retention_dialects import COUNTS
from phoenix_dr.core.vzdump_job import VzdumpJob

Key = tuple[str, str]
"""(place, group), such as ("store1", "ct/210")."""


@dataclass(frozen=True, slots=True)
class PbsView:
    """A look and its indexes; `guests` is the last look at the Proxmox whose guests it holds.

    `snapshots` are by group, the oldest first; `others` are the looks at other backup servers.
    """

    estate: Estate
    inventory: PbsInventory
    now: datetime
    guests: Inventory | None
    others: tuple[PbsInventory, ...]
    snapshots: Mapping[Key, tuple[Snapshot, ...]]

    @property
    def engine(self) -> str:
        """Id of the backup server."""
        return self.inventory.engine

    @property
    def at(self) -> datetime:
        """When it was looked at; what came later nobody knows."""
        return self.inventory.observed_at

    @property
    def spec(self) -> EngineSpec:
        """How it is described."""
        return self.estate.engines[self.engine]

    @property
    def datastores(self) -> tuple[str, ...]:
        """Datastores any described place lies in."""
        return tuple(dict.fromkeys(each.partition("/")[0] for each in self.spec.locations))

    @property
    def places(self) -> tuple[Namespace, ...]:
        """Described namespaces that were shown, all or in part."""
        return tuple(each for each in self.inventory.namespaces if each.location)

    @property
    def own(self) -> tuple[tuple[Group, str], ...]:
        """Groups of guests that assets name, in described places, and these assets."""
        found = ((each, self.inventory.asset(each)) for each in self.inventory.groups)
        return tuple((each, asset) for each, asset in found if asset is not None)

    @property
    def foreign(self) -> tuple[Group, ...]:
        """Groups of guests and hosts that no asset names."""
        return tuple(each for each in self.inventory.groups if self.inventory.asset(each) is None)

    def held(self, group: Group) -> tuple[Snapshot, ...]:
        """Snapshots of a group that were read, the oldest first."""
        return self.snapshots.get((group.place, group.id), ())

    def age(self, moment: datetime) -> timedelta:
        """How long something is ago, as of the look; what lies ahead is no age."""
        return max(self.at - moment, timedelta(0))

    def host(self, group: Group) -> str | None:
        """The host of the estate a guest runs on, as far as its Proxmox told."""
        if self.guests is None:
            return None
        nodes = (each.node for each in self.guests.guests if str(each.vmid) == group.name)
        node = next(nodes, "")
        return host_of(self.estate, self.guests, node) if node else None

    def storages(self, location: str) -> tuple[Storage, ...]:
        """Storages of that Proxmox which lie on a backup server at this location."""
        known = self.guests.storages if self.guests else ()
        return tuple(each for each in known if each.kind == "pbs" and each.location == location)

    def is_told(self, group: Group, location: str) -> bool:
        """Whether the look at Proxmox says the same of this group: once is enough."""
        names = {each.id for each in self.storages(location)}
        look = self.guests
        if look is None or not any(str(each.vmid) == group.name for each in look.guests):
            return False
        return any(each.storage in names and str(each.vmid) == group.name for each in look.archives)

    def prunes(self, location: str) -> str | None:
        """The storage through which Proxmox removes snapshots there, "" for none, None: unknown."""
        storages = self.storages(location)
        if self.guests is None or self.guests.jobs is None or not storages:
            return None
        for each in storages:
            own = each.keep is not None and _removes(each.keep)
            for job in self.guests.jobs:
                if job.storage == each.id and _prunes(job, own=own):
                    return each.id
        return "" if all(each.keep_known for each in storages) else None


def pbs_view(
    estate: Estate,
    inventory: PbsInventory,
    *,
    now: datetime,
    guests: Inventory | None,
    others: Sequence[PbsInventory],
) -> PbsView:
    """Index a look once."""
    snapshots: defaultdict[Key, list[Snapshot]] = defaultdict(list)
    for each in sorted(inventory.snapshots, key=lambda one: one.taken_at):
        snapshots[each.place, each.group].append(each)
    indexed = {key: tuple(found) for key, found in snapshots.items()}
    return PbsView(estate, inventory, now, guests, tuple(others), indexed)


def failed(run: Run | None) -> bool:
    """Whether the last run of a job is known to have failed."""
    return run is not None and run.ok is False


def _prunes(job: VzdumpJob, *, own: bool) -> bool:
    """Whether a job removes; one without a rule has that of its storage."""
    return job.prunes and (job.keep is not None or own)


def _removes(keep: object) -> bool:
    return any(getattr(keep, name) for name in COUNTS)
