"""What is wrong with the backup jobs of a Proxmox, as findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations

from phoenix_dr.core import calendar_events, schedule
from phoenix_dr.core.coverage import is_excused, local_day
from phoenix_dr.core.model import Asset, Estate, Objectives
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.core.vzdump import covered, guests_of, jobs_of
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.core.vzdump_schedule import clock_change


@dataclass(frozen=True, slots=True)
class Seen:
    """What a Proxmox showed: its jobs, guests by number with their names, storages by id.

    `nodes` says on which host of the estate a guest runs; a guest that is not in it runs nobody
    knows where.
    """

    jobs: tuple[VzdumpJob, ...] = ()
    guests: Mapping[int, str] = field(default_factory=dict)
    storages: frozenset[str] = frozenset()
    nodes: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobView:
    """Everything a family may look at; `seen` is None when the Proxmox was not read."""

    estate: Estate
    engine: str
    wanted: tuple[VzdumpJob, ...]
    seen: Seen | None
    now: datetime

    @property
    def after(self) -> tuple[VzdumpJob, ...]:
        """The jobs there will be: those wanted, and those left alone."""
        ids = {job.id for job in self.wanted}
        rest = self.seen.jobs if self.seen else ()
        return (*self.wanted, *(job for job in rest if job.id not in ids))

    @property
    def guests(self) -> dict[int, str]:
        """Number → name of every guest known: seen there, or only described."""
        described = guests_of(self.estate, None, self.engine)
        return dict(sorted({**described, **(self.seen.guests if self.seen else {})}.items()))


def find_in_jobs(view: JobView) -> tuple[Finding, ...]:
    """Every finding about the jobs of one Proxmox, most urgent first."""
    found = [finding for family in FAMILIES for finding in family(view)]
    order = tuple(Severity)
    return tuple(sorted(found, key=lambda each: (order.index(each.severity), each.code)))


def view_of(estate: Estate, engine: str, seen: Seen | None, *, now: datetime) -> JobView:
    """The view of one Proxmox, with the jobs its policies want. Raises as `jobs_of` does."""
    return JobView(estate, engine, jobs_of(estate, engine), seen, now)


def of_sight(view: JobView) -> Iterator[Finding]:
    """A Proxmox nobody read: what else is there is unknown."""
    if view.seen is None:
        yield _finding("jobs-unseen", Severity.UNKNOWN, view.engine, "phoenix")


def of_guests(view: JobView) -> Iterator[Finding]:
    """Guests no job that is switched on names."""
    running = [job for job in view.after if job.enabled]
    named = {vmid for job in running for vmid in covered(job, view.guests)}
    pooled = any(job.pool is not None for job in running)
    described = guests_of(view.estate, None, view.engine)
    for vmid, name in view.guests.items():
        asset = described.get(vmid)
        if vmid in named or _is_left_out(view, vmid, asset):
            continue
        yield _finding(
            "guest-in-no-job",
            # A pool may hold it: its members are not known here.
            Severity.UNKNOWN if pooled else Severity.WARNING,
            asset or f"{view.engine}/{vmid}",
            "forge",
            engine=view.engine,
            guest=str(vmid),
            name=name,
        )


def of_jobs(view: JobView) -> Iterator[Finding]:
    """Jobs switched off, and jobs whose storage is not there."""
    for job in view.after:
        if not job.enabled:
            yield _finding("job-disabled", Severity.WARNING, view.engine, "forge", job=job.id)
        if view.seen is not None and job.storage not in view.seen.storages:
            yield _finding(
                "job-storage-missing",
                Severity.CRITICAL,
                view.engine,
                "forge",
                job=job.id,
                storage=job.storage,
            )


def of_pruning(view: JobView) -> Iterator[Finding]:
    """Pairs of jobs that remove each other's archives: PVE counts per guest and storage."""
    for one, other in combinations(view.after, 2):
        both = set(covered(one, view.guests)) & set(covered(other, view.guests))
        rival = one.keep != other.keep or (one.keep is not None and one.keep.last)
        if one.storage == other.storage and one.prunes and other.prunes and both and rival:
            yield _finding(
                "jobs-prune-each-other",
                Severity.WARNING,
                view.engine,
                "forge",
                job=one.id,
                other=other.id,
                storage=one.storage,
                guests=", ".join(map(str, sorted(both))),
            )


def of_times(view: JobView) -> Iterator[Finding]:
    """Schedules too thin for the objective, and runs lost when clocks change."""
    zone = view.estate.timezone
    for job in view.wanted:
        event = calendar_events.parse(job.schedule, zone)
        worst = calendar_events.longest_gap(event, after=view.now)
        for asset in _assets(view, job):
            objective = _objectives(view, asset).rpo
            if worst is not None and worst >= objective:
                yield _finding(
                    "schedule-too-thin",
                    Severity.WARNING,
                    asset.id,
                    "flow",
                    service=asset.service,
                    worst=_seconds(worst),
                    objective=_seconds(objective),
                    schedule=job.schedule,
                )
        yield from _of_clocks(view, job)


def of_places(view: JobView) -> Iterator[Finding]:
    """Copies that die with the machine the guest runs on."""
    spec = view.estate.engines[view.engine]
    for job in view.wanted:
        location = view.estate.locations.get(spec.locations.get(job.storage, ""))
        for asset in _assets(view, job) if location else ():
            home = _home(view, asset)
            if location and home == location.host:
                yield _finding(
                    "copies-on-own-host",
                    Severity.WARNING,
                    asset.id,
                    "you",
                    service=asset.service,
                    storage=job.storage,
                    host=home,
                )


Family = Callable[[JobView], Iterator[Finding]]
FAMILIES: tuple[Family, ...] = (of_sight, of_guests, of_jobs, of_pruning, of_times, of_places)


def _of_clocks(view: JobView, job: VzdumpJob) -> Iterator[Finding]:
    name = next((asset.policy for asset in _assets(view, job)), None)
    policy = view.estate.policies.get(name or "")
    if policy is None:
        return
    cron = schedule.parse(policy.schedule, view.estate.timezone)
    missed = clock_change(cron, job.schedule, after=view.now).missed
    if missed:
        yield _finding(
            "job-skips-clock-change",
            Severity.INFO,
            view.engine,
            "you",
            job=job.id,
            schedule=job.schedule,
            day=local_day(view.estate, missed[0]).isoformat(),
        )


def _is_left_out(view: JobView, vmid: int, asset_id: str | None) -> bool:
    """Whether a person said, until a date that has not passed, that it needs no copy."""
    today = local_day(view.estate, view.now)
    name = f"{view.engine}/{vmid}"
    if any(each.found == name and today <= each.until for each in view.estate.ignore):
        return True
    if asset_id is None:
        return False
    asset = view.estate.asset(asset_id)
    return is_excused(asset.accepted_loss, today) or is_excused(asset.regenerable, today)


def _assets(view: JobView, job: VzdumpJob) -> Iterator[Asset]:
    described = guests_of(view.estate, None, view.engine)
    yield from (view.estate.asset(described[vmid]) for vmid in job.vmids if vmid in described)


def _home(view: JobView, asset: Asset) -> str | None:
    """The host a guest runs on; of a Proxmox nobody read, the host of its own name."""
    if view.seen is not None:
        return view.seen.nodes.get(int(asset.source.rpartition("/")[2]))
    return view.engine if view.engine in view.estate.hosts else None


def _objectives(view: JobView, asset: Asset) -> Objectives:
    service = view.estate.services.get(asset.service)
    return service.objectives if service else Objectives()


def _finding(
    code: str, severity: Severity, subject: str, owner: str, **parameters: str | int
) -> Finding:
    return Finding(code, severity, subject, owner, tuple(parameters.items()))


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
