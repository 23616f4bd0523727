"""The Proxmox VE engine: what it shows, and the actions it performs under a permit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial, wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from phoenix_dr.adapters._http import Limits
from phoenix_dr.adapters.base import Done, Places, ProgressSink
from phoenix_dr.adapters.proxmox import configs, look, parse, tasks
from phoenix_dr.adapters.proxmox.call import LIMITS, Call
from phoenix_dr.adapters.proxmox.look import Look
from phoenix_dr.adapters.proxmox.rights import roles
from phoenix_dr.core.actions import (
    Action,
    DestroyGuest,
    ProbeGuest,
    RestoreGuest,
    SaveGuest,
    SetJob,
    StartGuest,
)
from phoenix_dr.core.capabilities import Capabilities, Capability
from phoenix_dr.core.evidence import Evidence, RecoveryPoint
from phoenix_dr.core.guard import Permit
from phoenix_dr.core.guest_copy import Archived
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.core.proxmox import Archive, Covered, Inventory
from phoenix_dr.core.vzdump import found_job
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.errors import EngineError, Refused

if TYPE_CHECKING:
    from phoenix_dr.adapters.proxmox.guests import Found

P = ParamSpec("P")
R = TypeVar("R")


def _in_one_look(
    method: Callable[Concatenate[Proxmox, P], R],
) -> Callable[Concatenate[Proxmox, P], R]:
    """Its questions share their connections."""

    @wraps(method)
    def kept(self: Proxmox, /, *args: P.args, **named: P.kwargs) -> R:
        with self._call.kept():
            return method(self, *args, **named)

    return kept


class Proxmox:
    """A Proxmox VE, alone or a cluster. Safe to use from several threads; keeps nothing."""

    def __init__(self, spec: EngineSpec, places: Places, *, limits: Limits = LIMITS) -> None:
        """Ask nothing and read no secret yet."""
        self.spec = spec
        self._call = Call(spec, places, limits)

    @_in_one_look
    def archived(self, point: str) -> Archived:
        """The guest as the archive of a point describes it. Raises EngineError."""
        from phoenix_dr.adapters.proxmox import guests

        if self.spec.drills is None:
            raise EngineError("drill-no-place", engine=self.spec.id)
        return guests.description(self._call, *guests.source(self._call, point, self.spec.drills))

    @_in_one_look
    def numbers(self) -> frozenset[int]:
        """Numbers of every guest the cluster lists. Raises EngineError."""
        from phoenix_dr.adapters.proxmox import guests

        return guests.used_numbers(self._call)

    @_in_one_look
    def guest(self, vmid: int) -> Found | None:
        """A guest with its state and configuration now; None when there is none."""
        from phoenix_dr.adapters.proxmox import guests

        return guests.look_at(self._call, vmid)

    @_in_one_look
    def observe(self, *, now: datetime) -> Evidence:
        """Archives of guests that assets name, in the storages that are described.

        An archive of another guest is foreign: counted by `foreign`, listed by `inventory`. What
        the token may not see, and nodes and storages that do not answer, are blind spots.
        """
        return self._evidence(self._walked(), self._version(), now=now)

    @_in_one_look
    def inventory(self, *, now: datetime) -> Inventory:
        """Everything that can be seen: nodes, guests, storages, archives, jobs, runs."""
        return self._inventory(self._walked(), self._version(), now=now)

    @_in_one_look
    def survey(self, *, now: datetime) -> tuple[Evidence, Inventory]:
        """`observe` and `inventory` of one walk; the evidence is blind to what concerns points."""
        seen, version = self._walked(), self._version()
        evidence = self._evidence(seen, version, now=now)
        return evidence, self._inventory(seen, version, now=now)

    @_in_one_look
    def foreign(self) -> int:
        """How many archives belong to guests that no asset names."""
        seen = self._walked()
        return sum(each.vmid not in seen.assets for each in seen.archives.values())

    @_in_one_look
    def rights(self) -> Capabilities:
        """What the token can see, and the `pveum` lines of each role. Raises as `observe`."""
        seen = look.begin(self._call)
        token, described = self._call.token_id(), tuple(self.spec.locations)
        return Capabilities(
            version=self._version(),
            nodes=seen.nodes,
            can=tuple(self._can(seen)),
            roles=roles(token, described, self.spec.drills),
        )

    def next_runs(self, schedule: str, *, count: int = 3) -> tuple[datetime, ...]:
        """When the server itself would run a calendar event, in UTC. Raises EngineError."""
        from phoenix_dr.adapters.proxmox import jobs

        return jobs.next_runs(self._call, schedule, count=count)

    @_in_one_look
    def perform(
        self, action: Action, permit: Permit, *, progress: ProgressSink, cancel: threading.Event
    ) -> Done:
        """Do one permitted action. A task that was begun is never begun again."""
        permit.require(action)
        if action.engine != self.spec.id:
            raise Refused("wrong-engine", engine=self.spec.id, asked=action.engine)
        from phoenix_dr.adapters.proxmox import guests, jobs

        call = self._call
        match action:
            case SetJob():
                return jobs.set_job(call, action)
            case SaveGuest():
                return jobs.save_guest(call, action, progress=progress, cancel=cancel)
            case RestoreGuest():
                return guests.restore(call, action, progress=progress, cancel=cancel)
            case StartGuest():
                return guests.start(call, action, progress=progress, cancel=cancel)
            case ProbeGuest():
                return guests.probe(call, action, cancel=cancel)
            case DestroyGuest():
                return guests.destroy(call, action, progress=progress, cancel=cancel)
            case _:
                raise EngineError("not-yet", engine=self.spec.id, verb=type(action).__name__)

    def _can(self, seen: Look) -> Iterator[Capability]:
        has = seen.rights.has
        yield Capability("guests", has("VM.Audit", "/vms"))
        yield Capability("jobs", has("Sys.Audit", "/"))
        for node in seen.nodes:
            yield Capability("tasks", has("Sys.Audit", f"/nodes/{node.name}"), node.name)
        for name in self.spec.locations:
            listed = has("Datastore.Audit", f"/storage/{name}")
            rows = [seen.rights.shows_row(name, vmid) for vmid in seen.assets]
            whole = seen.rights.shows_every_row(name) or (bool(rows) and all(rows))
            yield Capability("storage", listed or whole, name)
            # With an audit right alone the dry run still tells times: half of it is seen.
            yield Capability("rows", True if whole else None if listed else False, name)

    def _evidence(self, seen: Look, version: str, *, now: datetime) -> Evidence:
        return Evidence(
            self.spec.id,
            now,
            points=tuple(self._points(seen)),
            blind_spots=tuple(seen.blind),
            version=version,
        )

    def _inventory(self, seen: Look, version: str, *, now: datetime) -> Inventory:
        if not seen.rights.has("VM.Audit", "/vms"):
            # The list of guests is then shorter, without a word.
            seen.dark("proxmox-guests-hidden", "/vms")
        if not seen.rights.has("Datastore.Audit", "/storage"):
            # A storage that is not listed may be there all the same.
            seen.dark("proxmox-storages-hidden", "/storage")
        jobs = self._jobs(seen)
        return Inventory(
            engine=self.spec.id,
            observed_at=now,
            version=version,
            nodes=seen.nodes,
            guests=configs.guests(seen, parse.guests(seen.resources)),
            storages=tuple(configs.storages(seen).values()),
            archives=tuple(seen.archives.values()),
            jobs=jobs,
            covered=tuple(self._covered(seen, jobs or ())),
            runs=tasks.read(seen, now=now),
            blind_spots=tuple(seen.blind),
            assets=seen.assets,
        )

    def _walked(self) -> Look:
        seen = look.begin(self._call)
        seen.walk()
        return seen

    def _version(self) -> str:
        found = self._call.data("version")
        return parse.text(found, "version") if isinstance(found, dict) else ""

    def _points(self, seen: Look) -> Iterator[RecoveryPoint]:
        for each in sorted(seen.archives.values(), key=lambda one: (one.taken_at, one.id)):
            asset = seen.assets.get(each.vmid or 0)
            location = self.spec.locations.get(each.storage)
            if asset is not None and location is not None:
                yield self._point(each, asset, location, shared=seen.storages[each.storage].shared)

    def _point(self, found: Archive, asset: str, location: str, *, shared: bool) -> RecoveryPoint:
        return RecoveryPoint(
            id=found.id,
            asset=asset,
            engine=self.spec.id,
            location=location,
            taken_at=found.taken_at,
            size=found.size,
            complete=False if found.verified is False else None,
            host="" if shared else found.node,
            protected=found.protected,
        )

    def _jobs(self, seen: Look) -> tuple[VzdumpJob, ...] | None:
        rows = seen.tried("/cluster/backup", partial(self._call.rows, "cluster", "backup"))
        if rows is None:
            return None
        found = []
        for row in rows:
            try:
                found.append(found_job(row))
            except EngineError:
                seen.dark("proxmox-job-odd", parse.text(row, "id"))
        return tuple(found)

    def _covered(self, seen: Look, jobs: tuple[VzdumpJob, ...]) -> Iterator[Covered]:
        """By the server's own answer: what a job really takes is not worked out here."""
        paths = [("cluster", "backup", job.id, "included_volumes") for job in jobs]
        asks = [(path[2], partial(self._call.data, *path)) for path in paths]
        for job, tree in zip(jobs, seen.tried_each(asks), strict=True):
            yield from parse.covered(job.id, tree)
