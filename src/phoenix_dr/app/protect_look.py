"""Asking a Proxmox now what it runs, for a plan of its backup jobs; and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Protocol, runtime_checkable

from phoenix_dr.app.context import Context
from phoenix_dr.app.guests_seen import last
from phoenix_dr.app.observe import observe
from phoenix_dr.core import calendar_events
from phoenix_dr.core.actions import SetJob
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.job_view import UNKNOWN_GUEST, JobView
from phoenix_dr.core.proxmox import Inventory
from phoenix_dr.core.vzdump import guests_of
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.core.vzdump_plan import Change, Create, Update
from phoenix_dr.errors import EngineError, Refused

GUESTS_HIDDEN = "proxmox-guests-hidden"
JOB_ODD = "proxmox-job-odd"


@runtime_checkable
class Timetable(Protocol):
    """Says when it would itself run a calendar event."""

    def next_runs(self, schedule: str, *, count: int = 3) -> tuple[datetime, ...]:
        """The next runs in UTC. Raises EngineError for a schedule it does not take."""
        ...


@dataclass(frozen=True, slots=True)
class Sight:
    """One look: `inventory` None when it did not answer, and `blind` then says why."""

    inventory: Inventory | None
    blind: BlindSpot | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """When a job runs next by our own reckoning, and by the server's; None where that is unknown.

    `said` is the server's refusal of the schedule.
    """

    job: str
    ours: datetime | None
    theirs: datetime | None
    agrees: bool | None
    said: EngineError | None = None


def look_now(ctx: Context, engine: str) -> Sight:
    """Ask a Proxmox now; what it holds goes into the ledger, the whole look is kept beside it."""
    begun = ctx.now()
    (seen,) = observe(ctx, (engine,), force=True)
    inventory = last(ctx, engine)
    if inventory is None or inventory.observed_at < begun:
        return Sight(None, seen.blind)
    return Sight(inventory, seen.blind)


def timings(ctx: Context, engine: str, jobs: Sequence[VzdumpJob]) -> tuple[Timing, ...]:
    """When each job would run, asked of the server, whose nodes may count in another time zone."""
    asked = ctx.engine(engine)
    if not isinstance(asked, Timetable):
        return ()
    return tuple(_timing(ctx, asked, job) for job in jobs)


def _timing(ctx: Context, server: Timetable, job: VzdumpJob) -> Timing:
    event = calendar_events.parse(job.schedule, ctx.estate.timezone)
    ours = list(islice(calendar_events.runs_after(event, ctx.now()), 2))
    first = ours[0] if ours else None
    try:
        theirs = server.next_runs(job.schedule, count=1)
    except EngineError as error:
        return Timing(job.id, first, None, None, error)
    # The second of ours: clocks differ a little, and a run may lie between.
    agrees = theirs[0] in ours if theirs else not ours
    return Timing(job.id, first, theirs[0] if theirs else None, agrees)


def actions(ctx: Context, view: JobView, made: Sequence[Change]) -> tuple[SetJob, ...]:
    """What has to be set so that every job says what is wanted.

    Raises Refused hidden-rows where a job takes guests nobody can name, EngineError vzdump-row
    for a job of ours that could not be read.
    """
    wanted = [change for change in made if isinstance(change, Create | Update)]
    for change in wanted:
        _require_readable(view, change.job)
    return tuple(_set(ctx, view, change) for change in wanted)


def _set(ctx: Context, view: JobView, change: Create | Update) -> SetJob:
    was = change.found if isinstance(change, Update) else None
    described = guests_of(view.estate, None, view.engine)
    gone = tuple(_gone(view, was)) if was else ()
    members = set(view.members(change.job)) | (_members(view, was) if was else set())
    drills = view.estate.engines[view.engine].drills
    kept = sorted(
        vmid
        for vmid in members - set(gone)
        if vmid in described or drills is None or not drills.holds(vmid)
    )
    return SetJob(
        engine=view.engine,
        job=change.job,
        was=was,
        assets=tuple((vmid, described.get(vmid, "")) for vmid in kept),
        zone=ctx.estate.timezone,
        clear=change.clear if isinstance(change, Update) else (),
        gone=gone,
    )


def _members(view: JobView, was: VzdumpJob) -> set[int]:
    # A number a job names may be of a guest hidden from us.
    return {*view.members(was), *was.vmids}


def _gone(view: JobView, was: VzdumpJob) -> Iterator[int]:
    """Numbers a job names whose guests are no more, by the server's own word."""
    look = view.inventory
    for each in look.covered if look else ():
        if each.job == was.id and each.kind == UNKNOWN_GUEST:
            yield each.vmid


def _require_readable(view: JobView, job: VzdumpJob) -> None:
    spots = view.inventory.blind_spots if view.inventory else ()
    for spot in spots:
        if spot.reason == GUESTS_HIDDEN and job.prunes and (job.every or job.pool is not None):
            raise Refused("hidden-rows", engine=view.engine)
        if spot.reason == JOB_ODD and spot.detail == job.id:
            raise EngineError("vzdump-row", job=job.id)
