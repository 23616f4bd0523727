"""Jobs of a Proxmox Backup Server that are missing, failed, or did not run for long."""

from __future__ import annotations

from collections.abc import Iterator

from phoenix_dr.core.job_view import finding as _finding
from phoenix_dr.core.job_view import seconds
from phoenix_dr.core.model import DAY
from phoenix_dr.core.pbs import GcState, Namespace, PruneJob, VerifyJob
from phoenix_dr.core.pbs_view import PbsView, failed
from phoenix_dr.core.report import Finding, Severity

VERIFY_LATE = 30 * DAY
PRUNE_LATE = 7 * DAY
GC_LATE = 7 * DAY
"""Space is freed only by garbage collection, of chunks untouched for a day and five minutes."""


def of_verify(view: PbsView) -> Iterator[Finding]:
    """Datastores and namespaces no verify job looks into, and jobs that failed or lag."""
    jobs = view.inventory.verify_jobs
    for datastore in _known(view):
        own = [job for job in jobs if job.datastore == datastore and job.schedule]
        missed = [
            each
            for each in _spaces(view, datastore)
            if not any(job.covers(each.name) for job in own)
        ]
        if not own:
            yield _finding(
                "pbs-verify-job-missing",
                Severity.WARNING,
                view.engine,
                "forge",
                datastore=datastore,
            )
        for each in missed if own else ():
            yield _finding(
                "pbs-namespace-unverified",
                Severity.WARNING,
                view.engine,
                "forge",
                datastore=datastore,
                namespace=each.name or "/",
            )
        for job in own:
            yield from _of_verify_run(view, job)


def of_prune(view: PbsView) -> Iterator[Finding]:
    """Places nothing prunes, places two rules prune, and prune jobs that failed or lag."""
    for datastore in _known(view):
        jobs = [job for job in view.inventory.prune_jobs if job.datastore == datastore]
        for space in _spaces(view, datastore):
            yield from _of_rules(view, space, [job for job in jobs if job.covers(space.name)])
        for job in jobs:
            if job.enabled:
                yield from _of_prune_run(view, job)


def of_gc(view: PbsView) -> Iterator[Finding]:
    """Garbage collection that never ran, failed, or did not run for long; chunks found broken."""
    for each in view.inventory.gcs:
        if each.datastore not in view.datastores:
            continue
        if each.bad:
            yield _finding(
                "pbs-chunks-bad",
                Severity.CRITICAL,
                view.engine,
                "forge",
                datastore=each.datastore,
                chunks=each.bad,
            )
        yield from _of_gc_run(view, each)


def _known(view: PbsView) -> Iterator[str]:
    """Described datastores all jobs of which are known."""
    yield from (each for each in view.datastores if each in view.inventory.jobs_of)


def _spaces(view: PbsView, datastore: str) -> Iterator[Namespace]:
    """Described namespaces of a datastore that hold anything at all."""
    filled = {each.place for each in view.inventory.groups}
    yield from (
        each for each in view.places if each.datastore == datastore and each.place in filled
    )


def _of_verify_run(view: PbsView, job: VerifyJob) -> Iterator[Finding]:
    said = {"job": job.id, "datastore": job.datastore}
    if job.last is not None and failed(job.last):
        yield _finding(
            "pbs-verify-job-failed",
            Severity.WARNING,
            view.engine,
            "forge",
            **said,
            error=job.last.said,
        )
    elif job.last is None:
        yield _finding("pbs-verify-job-never-ran", Severity.WARNING, view.engine, "flow", **said)
    elif job.last.ended_at and view.age(job.last.ended_at) > VERIFY_LATE:
        age = seconds(view.age(job.last.ended_at))
        yield _finding(
            "pbs-verify-job-late", Severity.WARNING, view.engine, "flow", **said, age=age
        )


def _of_rules(view: PbsView, space: Namespace, jobs: list[PruneJob]) -> Iterator[Finding]:
    through = view.prunes(space.location)
    if jobs and through:
        yield _finding(
            "pbs-pruned-twice",
            Severity.WARNING,
            view.engine,
            "forge",
            place=space.place,
            job=jobs[0].id,
            storage=through,
            other=view.spec.settings.get("guests", ""),
        )
    elif not jobs and not through:
        yield _finding(
            "pbs-prune-job-missing",
            # What Proxmox removes through its own storage is not known then.
            Severity.UNKNOWN if through is None else Severity.WARNING,
            view.engine,
            "forge",
            place=space.place,
            datastore=space.datastore,
        )


def _of_prune_run(view: PbsView, job: PruneJob) -> Iterator[Finding]:
    said = {"job": job.id, "datastore": job.datastore}
    if job.last is not None and failed(job.last):
        yield _finding(
            "pbs-prune-job-failed",
            Severity.WARNING,
            view.engine,
            "forge",
            **said,
            error=job.last.said,
        )
    elif job.last and job.last.ended_at and view.age(job.last.ended_at) > PRUNE_LATE:
        age = seconds(view.age(job.last.ended_at))
        yield _finding("pbs-prune-job-late", Severity.WARNING, view.engine, "flow", **said, age=age)


def _of_gc_run(view: PbsView, gc: GcState) -> Iterator[Finding]:
    said: dict[str, str | int] = {"datastore": gc.datastore, "pending": gc.pending or 0}
    if gc.last is None:
        yield _finding("pbs-gc-never-ran", Severity.WARNING, view.engine, "forge", **said)
    elif failed(gc.last):
        yield _finding(
            "pbs-gc-failed", Severity.WARNING, view.engine, "forge", **said, error=gc.last.said
        )
    elif gc.last.ended_at and view.age(gc.last.ended_at) > GC_LATE:
        age = seconds(view.age(gc.last.ended_at))
        yield _finding("pbs-gc-late", Severity.WARNING, view.engine, "flow", **said, age=age)
