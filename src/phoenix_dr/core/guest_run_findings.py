"""Backups of guests that failed, left something out, or died and left a lock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from phoenix_dr.core.guest_view import GuestView, lanes
from phoenix_dr.core.guest_volume_findings import left_out
from phoenix_dr.core.job_view import finding as _finding
from phoenix_dr.core.job_view import seconds
from phoenix_dr.core.proxmox import GuestRun
from phoenix_dr.core.report import Finding, Severity

EVERY_GUEST = 0
"""Number of a run that died before it named a guest."""
JUST_NOW = timedelta(minutes=15)
"""A look takes minutes: a run that ended so long before it may have held a lock at its start."""


def of_runs(view: GuestView) -> Iterator[Finding]:
    """Guests whose last run of a job failed, or was green and left mount points out."""
    for vmid in view.guests:
        for job, run in sorted(lanes(view, vmid).items()):
            if run.ok is False and not _made_up_for(view, run, job):
                yield _finding(
                    "guest-run-failed",
                    Severity.WARNING,
                    view.subject(vmid),
                    "forge",
                    **view.named(vmid),
                    node=run.node,
                    job=job or "?",
                    error=run.detail or "?",
                    age=seconds(view.at - run.started_at),
                )
            elif run.ok and (lost := _lost(view, run)):
                yield _finding(
                    "guest-run-partial",
                    Severity.WARNING,
                    view.subject(vmid),
                    "forge",
                    **view.named(vmid),
                    volumes=", ".join(lost),
                    age=seconds(view.at - run.started_at),
                )


def of_tasks(view: GuestView) -> Iterator[Finding]:
    """Nodes whose last task died before it named a guest: it saved none of them."""
    died = {run.node: run for run in view.runs.get(EVERY_GUEST, ()) if run.ok is False}
    for node, run in sorted(died.items()):
        later = any(
            other.node == node and other.ok and other.started_at > run.started_at
            for vmid, runs in view.runs.items()
            for other in runs
            if vmid != EVERY_GUEST
        )
        if not later:
            yield _finding(
                "backup-task-died",
                Severity.WARNING,
                view.engine,
                "forge",
                node=node,
                error=run.detail or "?",
                age=seconds(view.at - run.started_at),
            )


def of_locks(view: GuestView) -> Iterator[Finding]:
    """Guests held by a backup that is not under way: no backup can start, nor the guest."""
    for vmid, guest in view.guests.items():
        if guest.lock != "backup" or _is_held(view, vmid):
            continue
        yield _finding(
            "guest-lock-stale",
            # A run that others began is not seen by every token.
            Severity.WARNING if view.sees_runs(guest.node) else Severity.UNKNOWN,
            view.subject(vmid),
            "forge",
            **view.named(vmid),
            tool="qm" if guest.kind == "qemu" else "pct",
        )


def _is_held(view: GuestView, vmid: int) -> bool:
    return any(_may_hold(view, run) for run in view.runs.get(vmid, ()))


def _may_hold(view: GuestView, run: GuestRun) -> bool:
    """Whether a run held its guest when the look began."""
    if run.ended_at is None:
        return run.ok is None
    return run.ended_at >= view.at - JUST_NOW


def _made_up_for(view: GuestView, run: GuestRun, job: str) -> bool:
    """Whether a later archive is there, on the storage of the job when its job is known."""
    storages = {each.storage for each in view.jobs.get(run.vmid, ()) if each.id == job}
    return any(
        each.taken_at > run.started_at and each.size != 0
        for each in view.archives.get(run.vmid, ())
        if not storages or each.storage in storages
    )


def _lost(view: GuestView, run: GuestRun) -> tuple[str, ...]:
    """Mount points the log names as left out, though by all we know they should be in."""
    known = {each.key for each in left_out(view, run.vmid)}
    return tuple(key for key in run.left_out if key not in known)
