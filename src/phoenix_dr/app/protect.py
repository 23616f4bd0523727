"""Backup jobs on a Proxmox: what the policies want, and the files that hand them over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from phoenix_dr.app.context import Context
from phoenix_dr.app.ground import ground_of
from phoenix_dr.app.guests_seen import last
from phoenix_dr.app.handed import is_prepared, require_leave, write_over
from phoenix_dr.app.protect_ceiling import engines_of
from phoenix_dr.app.protect_look import Sight, Timing, actions, look_now, timings
from phoenix_dr.core.actions import SetJob
from phoenix_dr.core.evidence import BlindSpot, RecoveryPoint
from phoenix_dr.core.job_view import JobView
from phoenix_dr.core.losses import Ground, Loss
from phoenix_dr.core.plan import Plan, make_plan
from phoenix_dr.core.proxmox import Inventory
from phoenix_dr.core.report import Finding
from phoenix_dr.core.vzdump import guests_of, jobs_of, named_jobs, parameters
from phoenix_dr.core.vzdump_findings import find_in_jobs, seen_of, view_of
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.core.vzdump_plan import Change, Keep, Update, changes, first_run_losses
from phoenix_dr.errors import ApprovalRequired, EngineUnreachable, PhoenixError
from phoenix_dr.render.handoff_readme import Prepared, files
from phoenix_dr.render.view import View

KIND = "proxmox"
STALE = timedelta(minutes=15)
"""A look that is older than this when a plan is made again did not take place."""


@dataclass(frozen=True, slots=True)
class Protection:
    """What one Proxmox is to run, and what setting it so takes.

    `asked` is False for a plan made without asking it, `blind` why an answer was missing or not
    whole. `changes` is None when its present jobs were not read. `plan` is what `apply` would do,
    None where that is unknown or `refused`. `known` counts the archives the losses were worked out
    from; of the guests in `unseen` no archive was ever seen. `handed` is where a handover stands:
    "", `prepared`, `changed` (since it was prepared), `verified`.
    """

    engine: str
    jobs: tuple[VzdumpJob, ...]
    changes: tuple[Change, ...] | None
    findings: tuple[Finding, ...]
    losses: tuple[Loss, ...]
    known: int
    unseen: tuple[int, ...]
    asked: bool = False
    blind: BlindSpot | None = None
    plan: Plan | None = None
    refused: PhoenixError | None = None
    timings: tuple[Timing, ...] = ()
    handed: str = ""
    inventory: Inventory | None = None

    @property
    def is_known(self) -> bool:
        """Whether it was seen whole, so that what is not shown is not there."""
        return self.changes is not None and self.blind is None and self.refused is None


def protections(
    ctx: Context, engine: str | None = None, *, offline: bool = False
) -> tuple[Protection, ...]:
    """The jobs wanted on one Proxmox, or on each; asks it now unless `offline`.

    One that does not answer is planned without it, and says so. Raises UsageError for an engine
    that is none, and for what Proxmox cannot say.
    """
    names = engines_of(ctx, engine, (KIND,))
    return tuple(protection(ctx, name, offline=offline) for name in names)


def protection(ctx: Context, engine: str, *, offline: bool = False) -> Protection:
    """The jobs wanted on one Proxmox. Raises as `protections` does."""
    # What phoenix.yaml cannot say is said before anybody is asked.
    jobs_of(ctx.estate, engine)
    sight = Sight(None) if offline else look_now(ctx, engine)
    if sight.inventory is None:
        made = _protection(ctx, view_of(ctx.estate, engine, None, now=ctx.now()), None)
        return replace(made, asked=not offline, blind=sight.blind)
    seen = seen_of(ctx.estate, sight.inventory)
    view = view_of(ctx.estate, engine, seen, now=ctx.now())
    named = named_jobs(ctx.estate, engine)
    found = changes(view.wanted, seen.jobs, named=named) if view.knows_jobs else None
    made = _planned(ctx, view, _protection(ctx, view, found))
    return replace(
        made,
        asked=True,
        blind=sight.blind,
        timings=timings(ctx, engine, view.wanted),
        handed=_handed(ctx, made),
        inventory=sight.inventory,
    )


def remade(ctx: Context, engine: str, ground: Ground) -> tuple[SetJob, ...]:
    """What has to be set on a Proxmox by its last look, on what is held now.

    Raises EngineUnreachable when that look did not bring its jobs.
    """
    inventory = last(ctx, engine)
    if inventory is None or inventory.observed_at < ground.now - STALE or inventory.jobs is None:
        raise EngineUnreachable("jobs-unread", engine=engine)
    view = view_of(ctx.estate, engine, seen_of(ctx.estate, inventory), now=ctx.now())
    found = changes(view.wanted, inventory.jobs, named=named_jobs(ctx.estate, engine))
    return actions(ctx, view, found)


def hand_over(ctx: Context, made: Protection, folder: Path) -> tuple[Path, ...]:
    """Write the files that hold these jobs into FOLDER/ENGINE, and note that they are prepared.

    Raises ApprovalRequired when that would lose what nobody approved, Refused as a plan does;
    UsageError when a file is there that is not ours, or the place cannot be written.
    """
    require_leave(ctx, made.plan, made.refused)
    if made.plan is None and (lost := sum(len(loss.points) for loss in made.losses)):
        raise ApprovalRequired("handoff-loses", engine=made.engine, count=lost)
    zone = ctx.estate.timezone
    prepared = Prepared(made.engine, made.jobs, made.findings, zone, ctx.now())
    view = View(language=ctx.language, zone=ZoneInfo(zone))
    return write_over(ctx, made.engine, folder, files(prepared, view), wanted=_wanted(made.jobs))


def _planned(ctx: Context, view: JobView, made: Protection) -> Protection:
    """With the plan that sets what differs, or why there can be none."""
    if made.changes is None:
        return made
    try:
        plan = make_plan(actions(ctx, view, made.changes), ground_of(ctx, (view.engine,)))
    except PhoenixError as refused:
        return replace(made, refused=refused)
    return replace(made, plan=plan, losses=plan.losses, unseen=())


def _protection(ctx: Context, view: JobView, made: tuple[Change, ...] | None) -> Protection:
    """What is known without a plan: losses as far as archives were ever seen."""
    held = {job.id: _held(ctx, view, job) for job in view.wanted}
    was = {each.job.id: each.found for each in made or () if isinstance(each, Update)}
    same = {each.job.id for each in made or () if isinstance(each, Keep)}
    losses = (
        loss
        for job in view.wanted
        if job.id not in same
        for loss in first_run_losses(
            held[job.id], job, zone=ctx.estate.timezone, now=ctx.now(), was=was.get(job.id)
        )
    )
    unseen = {v for job in view.wanted for v in view.members(job) if not held[job.id].get(v)}
    return Protection(
        engine=view.engine,
        jobs=view.wanted,
        changes=made,
        findings=find_in_jobs(view),
        losses=tuple(losses),
        known=sum(len(points) for lanes in held.values() for points in lanes.values()),
        unseen=tuple(sorted(unseen)),
    )


def _held(ctx: Context, view: JobView, job: VzdumpJob) -> dict[int, tuple[RecoveryPoint, ...]]:
    """The archives known of each described guest of a job, on the job's storage."""
    location = ctx.estate.engines[view.engine].locations.get(job.storage)
    described = guests_of(ctx.estate, None, view.engine)
    found = {}
    for vmid in sorted(view.members(job) & described.keys()):
        points = ctx.ledger.points(described[vmid], engine=view.engine, location=location)
        if points:
            found[vmid] = tuple(points)
    return found


def _handed(ctx: Context, made: Protection) -> str:
    """Where the handover of these jobs stands, by what was noted and what is live now."""
    same = is_prepared(ctx, made.engine, _wanted(made.jobs))
    if same is None or made.changes is None:
        return ""
    if not same:
        return "changed"
    right = {each.job.id for each in made.changes if isinstance(each, Keep)}
    return "verified" if {job.id for job in made.jobs} == right else "prepared"


def _wanted(jobs: Iterable[VzdumpJob]) -> object:
    return [(job.id, parameters(job)) for job in jobs]
