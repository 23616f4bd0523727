"""Jobs of a Proxmox that do not run, run too seldom, or keep by a rule nobody meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from phoenix_dr.core import calendar_events, schedule
from phoenix_dr.core.guest_view import CLOCKS, SERVER, GuestView
from phoenix_dr.core.job_view import UNKNOWN_GUEST, objectives_of, seconds
from phoenix_dr.core.job_view import finding as _finding
from phoenix_dr.core.model import Asset, RetentionRule
from phoenix_dr.core.proxmox import Storage
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.core.retention_dialects import COUNTS
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.errors import UsageError


def of_gone(view: GuestView) -> Iterator[Finding]:
    """Numbers in a job whose guest is gone: every run of it ends in an error."""
    for each in view.inventory.covered:
        if each.kind == UNKNOWN_GUEST and each.vmid not in view.guests:
            yield _finding(
                "job-names-gone-guest",
                Severity.WARNING,
                f"{view.engine}/{each.vmid}",
                "forge",
                job=each.job,
                guest=str(each.vmid),
            )


def of_missed(view: GuestView) -> Iterator[Finding]:
    """Jobs that should have run and did not; nothing is said where a run could not be seen."""
    for job in view.running:
        if job not in (view.inventory.jobs or ()):
            continue
        members = view.members[job.id]
        away = {node for vmid in members if (node := view.node(vmid)) and not view.online(node)}
        if away and not job.repeat_missed:
            yield _finding(
                "job-node-off",
                Severity.WARNING,
                view.engine,
                "forge",
                job=job.id,
                nodes=", ".join(sorted(away)),
            )
        try:
            due = view.due(job)
        except UsageError:
            yield _finding(
                "job-schedule-unread",
                Severity.UNKNOWN,
                view.engine,
                "flow",
                job=job.id,
                schedule=job.schedule,
            )
            continue
        reachable = {vmid for vmid in members if view.node(vmid) not in away}
        if due is not None and reachable and did_not_run(view, job, reachable, due=due):
            yield _missed(view, job, due)


def did_not_run(view: GuestView, job: VzdumpJob, members: set[int], *, due: datetime) -> bool:
    """Whether no run of a job began since it was due, seen well enough to say so.

    Runs of other jobs do not count where its own storage shows that it got nothing.
    """
    since = due - CLOCKS
    if any(view.made_since(job, vmid, since) for vmid in members):
        return False
    nodes = {view.node(vmid) for vmid in members}
    runs = [
        run
        for vmid in (0, *members)
        for run in view.runs.get(vmid, ())
        if run.started_at >= since and run.node in nodes
    ]
    if any(run.ok is not True for run in runs):
        return False
    if all(view.sees_archives(job.storage, node) for node in nodes):
        return True
    return not runs and all(view.sees_runs(node) for node in nodes)


def _missed(view: GuestView, job: VzdumpJob, due: datetime) -> Finding:
    members = view.members[job.id]
    held = any(
        each.storage == job.storage for vmid in members for each in view.archives.get(vmid, ())
    )
    ran = held or any(view.runs.get(vmid) for vmid in members)
    return _finding(
        "job-missed" if ran else "job-never-ran",
        Severity.WARNING,
        view.engine,
        "flow",
        job=job.id,
        schedule=job.schedule,
        age=seconds(view.at - due),
    )


def of_pace(view: GuestView) -> Iterator[Finding]:
    """Jobs too seldom for the objective where no policy says so already."""
    wanted = {job.id for job in view.view.wanted}
    for vmid, asset_id in view.described.items():
        jobs = view.jobs.get(vmid, ())
        if not jobs or wanted & {job.id for job in jobs}:
            continue
        asset = view.estate.asset(asset_id)
        objective = objectives_of(view.view, asset).rpo
        gaps = {gap: job for job in jobs if (gap := _gap(view, job)) is not None}
        # Of several jobs the densest one counts: together they are no thinner.
        worst = min(gaps, default=None)
        if worst is None or worst < objective or _is_told(view, asset, objective):
            continue
        yield _finding(
            "schedule-too-thin",
            Severity.WARNING,
            asset_id,
            "flow",
            service=asset.service,
            worst=seconds(worst),
            objective=seconds(objective),
            schedule=gaps[worst].schedule,
        )


def _gap(view: GuestView, job: VzdumpJob) -> timedelta | None:
    try:
        event = calendar_events.parse(job.schedule, view.estate.timezone)
    except UsageError:
        return None
    return calendar_events.longest_gap(event, after=view.at)


def _is_told(view: GuestView, asset: Asset, objective: timedelta) -> bool:
    """Whether the schedule of its own policy is too thin already, which is said elsewhere."""
    policy = view.estate.policies.get(asset.policy or "")
    if policy is None:
        return False
    cron = schedule.parse(policy.schedule, view.estate.timezone)
    return schedule.longest_gap(cron, after=view.at) >= objective


def of_keeping(view: GuestView) -> Iterator[Finding]:
    """Jobs that keep everything because nobody said otherwise, or by another rule than theirs.

    A backup server prunes by jobs of its own, so nothing is said of one.
    """
    for job in view.running:
        found = view.storages.get(job.storage)
        if found is None or not found.keep_known or found.kind == SERVER:
            continue
        if job.keep is None and not _bounds(found.keep) and not _others_prune(view, job, found):
            yield _finding(
                "storage-keeps-everything",
                Severity.WARNING,
                view.engine,
                "you",
                job=job.id,
                storage=job.storage,
            )
        if _bounds(job.keep) and _bounds(found.keep) and job.keep != found.keep:
            yield _finding(
                "job-keeps-otherwise",
                Severity.INFO,
                view.engine,
                "you",
                job=job.id,
                storage=job.storage,
            )


def _bounds(rule: RetentionRule | None) -> bool:
    return rule is not None and any(getattr(rule, name) for name in COUNTS)


def _others_prune(view: GuestView, job: VzdumpJob, storage: Storage) -> bool:
    """Whether other jobs prune every guest of this one there."""
    pruned: set[int] = set()
    for other in view.running:
        rule = storage.keep if other.keep is None else other.keep
        if other.id != job.id and other.storage == storage.id and other.remove and _bounds(rule):
            pruned |= view.members[other.id]
    return view.members[job.id] <= pruned
