"""What has to change in the jobs of a Proxmox, and what the first run afterwards removes.

Only jobs of Phoenix, or those a person named, are ever changed; none is ever removed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from phoenix_dr.core import calendar_events
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.ground import Loss
from phoenix_dr.core.vzdump import PREFIX, parameters
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.core.vzdump_prune import means, next_run, removed, removed_anyway
from phoenix_dr.errors import Refused, UsageError

CLEARABLE = ("node", "exclude")
"""Parameters that narrow a job: when they are not wanted they have to be deleted."""
_ZONE = "UTC"
_DEFAULTS = {"comment": ""}


@dataclass(frozen=True, slots=True)
class Create:
    """A job that is not there."""

    job: VzdumpJob


@dataclass(frozen=True, slots=True)
class Update:
    """A job of ours that says something else: parameters that differ, and those to delete."""

    job: VzdumpJob
    found: VzdumpJob
    differs: tuple[str, ...]
    clear: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Keep:
    """A job that says what is wanted already."""

    job: VzdumpJob


@dataclass(frozen=True, slots=True)
class Foreign:
    """Somebody else's job: shown, never touched."""

    found: VzdumpJob


@dataclass(frozen=True, slots=True)
class Stray:
    """A job of ours that no policy wants any more: it backs something up, so it stays."""

    found: VzdumpJob


Change = Create | Update | Keep | Foreign | Stray


def changes(
    wanted: Sequence[VzdumpJob], found: Sequence[VzdumpJob], *, named: Collection[str] = ()
) -> tuple[Change, ...]:
    """One change per job wanted, then the jobs left alone. `named` are ids a person gave us.

    Raises Refused when a wanted id is that of a job which is not ours.
    """
    there = {job.id: job for job in found}
    made: list[Change] = []
    for job in wanted:
        old = there.get(job.id)
        if old is not None and not _is_ours(old, named):
            raise Refused("job-foreign", job=job.id)
        made.append(Create(job) if old is None else _compared(job, old))
    ids = {job.id for job in wanted}
    rest = (job for job in found if job.id not in ids)
    made += [Stray(job) if _is_ours(job, named) else Foreign(job) for job in rest]
    return tuple(made)


def unwanted(job: VzdumpJob) -> tuple[str, ...]:
    """Parameters that would narrow the job and have to be deleted where they are set."""
    want = parameters(job)
    # Naming guests clears `exclude` by itself (proxmox.md 3).
    return tuple(
        name for name in CLEARABLE if name not in want and not (name == "exclude" and job.vmids)
    )


def is_same_time(one: str, other: str) -> bool:
    """Whether two calendar events run at the same times (`3:00` is `03:00`)."""
    if one == other:
        return True
    try:
        events = [calendar_events.parse(text, _ZONE) for text in (one, other)]
    except UsageError:
        return False
    first, second = (
        (event.timezone, event.weekdays, event.years, event.months, event.days, event.times)
        for event in events
    )
    return first == second


def first_run_losses(
    points: Mapping[int, Sequence[RecoveryPoint]],
    wanted: VzdumpJob,
    *,
    zone: str,
    now: datetime,
    was: VzdumpJob | None = None,
) -> tuple[Loss, ...]:
    """What the job's first run removes of the points of each guest, by number.

    With `was`, the job as it is now, what that one removes anyway is not counted. Empty when the
    job prunes nothing or never runs. A job that keeps by the storage's rule is not for this:
    raises UsageError.
    """
    if not wanted.prunes:
        return ()
    if wanted.keep is None:
        raise UsageError("vzdump-keep-unknown", job=wanted.id)
    run = next_run(wanted, zone=zone, now=now)
    if run is None:
        return ()
    found = []
    for vmid, held in sorted(points.items()):
        if means(wanted, vmid):
            anyway = removed_anyway(held, was, vmid, zone=zone, run=run, now=now)
            going = removed(held, wanted, run, zone=zone) - anyway
            if going:
                found.append(loss_at(held, going, run))
    return tuple(found)


def loss_at(held: Sequence[RecoveryPoint], going: Collection[str], run: datetime) -> Loss:
    """What goes of an asset's points at a run whose own archive stays."""
    lost = [point for point in held if point.id in going]
    stay = [point.taken_at for point in held if point.id not in going]
    sizes = [point.size for point in lost if point.size is not None]
    return Loss(
        engine=lost[0].engine,
        asset=lost[0].asset,
        points=tuple(sorted(going)),
        since=min(point.taken_at for point in lost),
        until=max(point.taken_at for point in lost),
        size=sum(sizes) if len(sizes) == len(lost) else None,
        remaining=len(stay) + 1,
        reach=min((*stay, run.astimezone(UTC))),
    )


def differing(job: VzdumpJob, found: VzdumpJob) -> tuple[str, ...]:
    """Parameters of a job that say something else than wanted, and those that have to go."""
    return (*_differing(job, found), *_to_clear(job, found))


def _is_ours(job: VzdumpJob, named: Collection[str]) -> bool:
    return job.id.startswith(PREFIX) or job.id in named


def _compared(job: VzdumpJob, old: VzdumpJob) -> Update | Keep:
    differs = differing(job, old)
    return Update(job, old, differs, tuple(_to_clear(job, old))) if differs else Keep(job)


def _differing(job: VzdumpJob, old: VzdumpJob) -> Iterator[str]:
    is_there = _DEFAULTS | parameters(old)
    for name, value in parameters(job).items():
        if name == "schedule":
            if not is_same_time(value, is_there[name]):
                yield name
        elif is_there.get(name) != value:
            yield name


def _to_clear(job: VzdumpJob, old: VzdumpJob) -> Iterator[str]:
    is_there = parameters(old)
    yield from (name for name in unwanted(job) if name in is_there)
