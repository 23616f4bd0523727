"""Schedules that do not run, backups that fail or hang, and the end of the newest one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from phoenix_dr.core.cluster_view import finding as _finding
from phoenix_dr.core.kubernetes_schedule import KubernetesCron, longest_gap, next_after
from phoenix_dr.core.model import DAY, Asset, RetentionRule
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.core.velero import (
    BROKEN,
    PARTLY,
    USUAL_PATIENCE,
    USUAL_TTL,
    Schedule,
    VeleroBackup,
)
from phoenix_dr.core.velero_view import BY_HAND, VeleroView, begun, cron_of

GRACE = timedelta(hours=1)
"""How late a run may be: Velero looks at its schedules every minute, when it is up."""
STUCK = timedelta(hours=6)
"""After this a backup that has not ended does not end by itself, unless it may take longer."""
RECENT = timedelta(days=7)
"""How long a backup made by hand that failed is worth a word."""
SOON = timedelta(days=3)
"""The newest backup of a schedule that does not run is told so long before its end."""
INVALID = "FailedValidation"


def of_schedules(view: VeleroView) -> Iterator[Finding]:
    """No schedule at all, and each that is paused, not valid, unreadable, late or skipped."""
    if view.state.schedules == ():
        yield _finding("velero-no-schedules", Severity.WARNING, view.engine, "helm")
    for each in view.state.schedules or ():
        subject = view.subject(each.name)
        if each.paused:
            yield _finding(
                "velero-schedule-paused", Severity.WARNING, subject, "helm", schedule=each.name
            )
        elif each.phase == INVALID:
            yield _finding(
                "velero-schedule-invalid",
                Severity.WARNING,
                subject,
                "helm",
                schedule=each.name,
                detail="; ".join(each.errors) or "?",
            )
        elif (cron := cron_of(each)) is None:
            yield _finding(
                "velero-schedule-unread",
                Severity.UNKNOWN,
                subject,
                "helm",
                schedule=each.name,
                cron=each.cron or "?",
            )
        else:
            yield from _runs(view, each, cron)


def of_backups(view: VeleroView) -> Iterator[Finding]:
    """Backups that hang, and the newest of each schedule when it failed, wholly or in part."""
    for name, held in sorted(view.backups.items()):
        for each in held:
            if each.under_way and (stuck := _stuck(view, each)):
                yield stuck
        last = next((each for each in held if each.ended or each.phase in BROKEN), None)
        if last is not None and (name != BY_HAND or _is_recent(view, last)):
            yield from _failed(view, last)


def of_keeping(view: VeleroView) -> Iterator[Finding]:
    """Backups kept shorter than a policy asks, and the newest ending before a younger one."""
    for each in view.state.schedules or ():
        cron, newest = cron_of(each), view.newest(each.name)
        kept = _kept(each, newest)
        asked = _asked(view, each, longest_gap(cron, after=view.now) if cron else None)
        if asked is not None and kept < asked:
            yield _finding(
                "velero-kept-too-short",
                Severity.WARNING,
                view.subject(each.name),
                "helm",
                schedule=each.name,
                ttl=_seconds(kept),
                asked=_seconds(asked),
            )
        if newest is not None and newest.expires_at is not None:
            yield from _ending(view, each, newest, newest.expires_at)


def _runs(view: VeleroView, each: Schedule, cron: KubernetesCron) -> Iterator[Finding]:
    """Whether it ran when it should have. Velero counts from the last run, also a skipped one."""
    known = (each.last_backup, each.last_skipped, each.created_at)
    since = max((at for at in known if at is not None), default=None)
    due = next_after(cron, since) if since else None
    subject = view.subject(each.name)
    if due is not None and due + GRACE < view.now and not view.is_busy(each):
        never = each.last_backup is None
        yield _finding(
            "velero-schedule-never-ran" if never else "velero-schedule-late",
            Severity.WARNING,
            subject,
            "helm",
            schedule=each.name,
            age=_seconds(view.now - due),
            namespace=view.namespace,
        )
    elif each.last_skipped and (not each.last_backup or each.last_skipped > each.last_backup):
        age = _seconds(view.now - each.last_skipped)
        yield _finding(
            "velero-schedule-skipped",
            Severity.INFO,
            subject,
            "helm",
            schedule=each.name,
            age=age,
        )


def _stuck(view: VeleroView, each: VeleroBackup) -> Finding | None:
    since = begun(each)
    patience = max(STUCK, (each.choice.patience or USUAL_PATIENCE) + GRACE)
    if since is not None and view.now - since <= patience:
        return None
    return _finding(
        "velero-backup-stuck",
        Severity.WARNING if since else Severity.UNKNOWN,
        view.subject(each.name),
        "helm",
        backup=each.name,
        phase=each.phase,
        age=_seconds(view.now - since) if since else 0,
    )


def _failed(view: VeleroView, last: VeleroBackup) -> Iterator[Finding]:
    subject, detail = view.subject(last.name), last.reason or "?"
    if last.phase in BROKEN:
        yield _finding(
            "velero-backup-failed",
            Severity.WARNING,
            subject,
            "helm",
            backup=last.name,
            phase=last.phase,
            detail=detail,
        )
    elif last.phase == PARTLY:
        yield _finding(
            "velero-backup-partly-failed",
            Severity.WARNING,
            subject,
            "helm",
            backup=last.name,
            errors=last.errors,
        )


def _is_recent(view: VeleroView, backup: VeleroBackup) -> bool:
    at = begun(backup)
    return at is None or view.now - at < RECENT


def _kept(schedule: Schedule, newest: VeleroBackup | None) -> timedelta:
    """How long its backups are kept; without a word of the schedule, as its newest one is."""
    if schedule.choice.ttl is not None:
        return schedule.choice.ttl
    if newest is not None and newest.expires_at is not None and newest.started_at is not None:
        return newest.expires_at - newest.started_at
    return USUAL_TTL


def _asked(view: VeleroView, schedule: Schedule, gap: timedelta | None) -> timedelta | None:
    """The longest that policies ask for claims this schedule takes; None when none does."""
    needs = [
        _reach(view.estate.policies[asset.policy].keep, gap)
        for claim in view.state.cluster.claims
        if (asset := _sent_here(view, claim.id)) is not None
        and asset.policy is not None
        and schedule.choice.takes(claim.namespace)
    ]
    return max((each for each in needs if each), default=None)


def _sent_here(view: VeleroView, claim: str) -> Asset | None:
    asset = view.around.assets.get(claim)
    return asset if asset is not None and view.is_destination(asset) else None


def _reach(keep: RetentionRule, gap: timedelta | None) -> timedelta:
    """The age that the oldest point a rule keeps has at least."""
    periods = (
        (keep.last, gap),
        (keep.hourly, timedelta(hours=1)),
        (keep.daily, DAY),
        (keep.weekly, 7 * DAY),
        (keep.monthly, 28 * DAY),
        (keep.yearly, 365 * DAY),
    )
    counted = [(count - 1) * each for count, each in periods if count and each is not None]
    return max([*counted, keep.within or timedelta(0)])


def _ending(
    view: VeleroView, schedule: Schedule, newest: VeleroBackup, end: datetime
) -> Iterator[Finding]:
    cron = None if schedule.paused or schedule.phase == INVALID else cron_of(schedule)
    following = next_after(cron, view.now) if cron else None
    if end > (following + GRACE if following else view.now + SOON):
        return
    yield _finding(
        "velero-newest-ends",
        Severity.WARNING,
        view.subject(schedule.name),
        "helm",
        schedule=schedule.name,
        backup=newest.name,
        left=max(_seconds(end - view.now), 0),
    )


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
