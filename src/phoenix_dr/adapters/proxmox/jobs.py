"""Backup jobs of a Proxmox VE as Phoenix sets them (proxmox.md 3), and when they would run."""

from __future__ import annotations

from datetime import datetime

from phoenix_dr.adapters.base import Done
from phoenix_dr.adapters.proxmox import parse
from phoenix_dr.adapters.proxmox.call import Call
from phoenix_dr.adapters.proxmox.rights import parse_rights
from phoenix_dr.adapters.proxmox.running import UNSURE
from phoenix_dr.adapters.proxmox.saves import save_guest
from phoenix_dr.core.actions import SetJob
from phoenix_dr.core.vzdump import found_job, parameters
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.core.vzdump_plan import differing
from phoenix_dr.errors import EngineDenied, EngineError, PlanStale

__all__ = ["next_runs", "save_guest", "set_job"]

JOBS = ("cluster", "backup")
MOST_RUNS = 10


def set_job(call: Call, action: SetJob) -> Done:
    """Make a job say what it should, in one write; nothing is written where a right is missing.

    Proxmox has no lock for this (no digest), so the job is read right before, and again after.
    Raises PlanStale when it reads otherwise than `was`; EngineError job-not-as-written when it
    still says something else afterwards, write-unanswered when nobody knows and it reads as before.
    """
    job = action.job
    _require_rights(call, action)
    found = _found(call, job.id)
    if found != action.was:
        raise PlanStale("job-changed", engine=call.spec.id, job=job.id)
    try:
        _write(call, action)
    except EngineError as error:
        # Ours may have been done all the same; the job itself says so, and it is not sent again.
        if error.code not in UNSURE or not _says(_found(call, job.id), job):
            raise
    found = _found(call, job.id)
    if found is None or not _says(found, job):
        names = ", ".join(differing(job, found)) if found else "id"
        raise EngineError("job-not-as-written", engine=call.spec.id, job=job.id, names=names)
    return Done(note="created" if action.was is None else "changed")


def next_runs(call: Call, schedule: str, *, count: int = 3) -> tuple[datetime, ...]:
    """When Proxmox itself would run a schedule, in UTC; the node counts in its own time zone.

    Raises EngineError (proxmox-said) for one it does not take.
    """
    asked = {"schedule": schedule, "iterations": str(min(count, MOST_RUNS))}
    rows = call.rows("cluster", "jobs", "schedule-analyze", **asked)
    found = (parse.moment(row.get("timestamp")) for row in rows[:count])
    return tuple(each for each in found if each is not None)


def _write(call: Call, action: SetJob) -> None:
    said = parameters(action.job)
    if action.was is None:
        call.send("POST", *JOBS, id=action.job.id, **said)
        return
    cleared = {"delete": ",".join(action.clear)} if action.clear else {}
    call.send("PUT", *JOBS, action.job.id, **said, **cleared)


def _found(call: Call, job: str) -> VzdumpJob | None:
    """The job as it is now. The list is read, since an unknown id is an error of many texts."""
    rows = call.rows(*JOBS)
    return next((found_job(row) for row in rows if row.get("id") == job), None)


def _says(found: VzdumpJob | None, job: VzdumpJob) -> bool:
    return found is not None and not differing(job, found)


def _require_rights(call: Call, action: SetJob) -> None:
    """Raise EngineDenied for a right that is missing, before anything is sent.

    Old and new storage both count, and a pool (proxmox.md 3).
    """
    rights = parse_rights(call.data("access", "permissions"))
    if rights is None:
        raise call.confused()
    storages = dict.fromkeys(each.storage for each in (action.was, action.job) if each)
    needed = [("/", "Sys.Modify"), *((f"/storage/{s}", "Datastore.Allocate") for s in storages)]
    if action.job.pool is not None:
        needed.append((f"/pool/{action.job.pool}", "VM.Backup"))
    for path, privilege in needed:
        if not rights.has(privilege, path):
            detail = f"{path}, {privilege}"
            raise EngineDenied("job-right", engine=call.spec.id, job=action.job.id, detail=detail)
