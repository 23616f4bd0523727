"""What has to change so that recurring jobs take exactly the claims a policy means.

Jobs are set; labels are put on claims or volumes, with the jobs before and after shown, since one
label takes a volume out of group default. Nothing is ever removed here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from phoenix_dr.core.cluster import Claim, PersistentVolume
from phoenix_dr.core.cluster_actions import LabelVolume, SetRecurringJob
from phoenix_dr.core.cluster_view import claims_by_volume
from phoenix_dr.core.longhorn import (
    DEFAULT_GROUP,
    DRIVER,
    GROUP_LABEL,
    JOB_LABEL,
    SOURCE_LABEL,
    LonghornState,
    LonghornVolume,
    RecurringJob,
)
from phoenix_dr.core.recurring_jobs import PREFIX
from phoenix_dr.core.volume_labels import ENABLED, attachment
from phoenix_dr.core.volume_wishes import Wish
from phoenix_dr.errors import Refused

CLAIM, VOLUME = "PersistentVolumeClaim", "Volume"
MOST_KEPT = "recurring-job-max-retention"
"""Longhorn's setting: how many snapshots or backups a job may keep at the most."""
DIGITS = 9
"""Of the largest such number."""


@dataclass(frozen=True, slots=True)
class JobChange:
    """A job that is missing (`was` None) or says something else; `differs` names the fields."""

    job: RecurringJob
    was: RecurringJob | None
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelChange:
    """Labels to put on a claim or its volume, and the jobs that take it before and after.

    `on` is CLAIM or VOLUME, `namespace` that of the claim ("" for a volume: that of Longhorn).
    `was` are the labels of jobs it has; `by_default` says that it was in group default only
    because it had none. Jobs are in order of their names.
    """

    claim: str
    on: str
    name: str
    labels: Mapping[str, str]
    namespace: str = ""
    was: Mapping[str, str] = field(default_factory=dict)
    jobs_before: tuple[RecurringJob, ...] = ()
    jobs_after: tuple[RecurringJob, ...] = ()
    by_default: bool = False

    @property
    def before(self) -> tuple[str, ...]:
        """Names of the jobs that take it now."""
        return tuple(job.name for job in self.jobs_before)

    @property
    def after(self) -> tuple[str, ...]:
        """Names of the jobs that will."""
        return tuple(job.name for job in self.jobs_after)

    @property
    def lost(self) -> tuple[str, ...]:
        """Jobs that no longer take it."""
        return tuple(job for job in self.before if job not in self.after)


@dataclass(frozen=True, slots=True)
class VolumePlan:
    """All changes, claims that have them already, and claims with a reason against them.

    `strays` are jobs of Phoenix no policy wants any more: they save something, so they stay.
    """

    jobs: tuple[JobChange, ...]
    labels: tuple[LabelChange, ...]
    fitting: tuple[str, ...]
    beyond: tuple[tuple[str, str], ...]
    strays: tuple[RecurringJob, ...] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """A look and its indexes; `after` are the jobs once everything is set."""

    jobs: tuple[RecurringJob, ...]
    after: tuple[RecurringJob, ...]
    persistent: Mapping[str, PersistentVolume]
    volumes: Mapping[str, LonghornVolume]


@dataclass(frozen=True, slots=True)
class _Made:
    labels: list[LabelChange]
    fitting: list[str]
    beyond: list[tuple[str, str]]


def plan(wished: Sequence[Wish], state: LonghornState) -> VolumePlan:
    """Have the claims of each wish taken by the jobs of its group.

    A claim that Longhorn put into group default by itself stays in it, where any job is there.
    Raises Refused: jobs-unreadable when jobs, volumes or claims could not be read,
    longhorn-retain-many when Longhorn is set to keep fewer than a job is to.
    """
    seen_all = all(map(state.cluster.sees, ("persistentvolumeclaims", "persistentvolumes")))
    if state.jobs is None or state.volumes is None or not seen_all:
        raise Refused("jobs-unreadable", engine=state.engine)
    wanted = [job for wish in wished for job in wish.jobs]
    _require_kept(wanted, state)
    names = {job.name for job in wanted}
    after = (*(job for job in state.jobs if job.name not in names), *wanted)
    seen = _Seen(
        state.jobs,
        after,
        {each.name: each for each in state.cluster.volumes},
        {each.name: each for each in state.volumes},
    )
    made = _Made([], [], [])
    for wish in wished:
        for claim in wish.claims:
            _judge(wish, claim, seen, made)
    there = {job.name: job for job in state.jobs}
    strays = tuple(j for j in state.jobs if j.name.startswith(PREFIX) and j.name not in names)
    return VolumePlan(
        tuple(_changes(wanted, there)),
        tuple(made.labels),
        tuple(made.fitting),
        tuple(made.beyond),
        strays,
    )


def _require_kept(wanted: Sequence[RecurringJob], state: LonghornState) -> None:
    """Its webhook refuses a job that keeps more; a limit nobody could read is left to it."""
    most = state.settings.get(MOST_KEPT, "")
    for job in wanted if most.isascii() and most.isdigit() and len(most) <= DIGITS else ():
        if job.retain > int(most):
            raise Refused(
                "longhorn-retain-many",
                engine=state.engine,
                job=job.name,
                count=job.retain,
                most=int(most),
            )


def actions_of(
    made: VolumePlan, state: LonghornState, assets: Mapping[str, str]
) -> tuple[SetRecurringJob | LabelVolume, ...]:
    """Jobs first, since a label without its job is dangling; `assets` are by claim."""
    was, will = (_taken_by(state, jobs) for jobs in (state.jobs or (), jobs_after(made, state)))
    jobs = [
        SetRecurringJob(
            state.engine,
            each.job,
            each.was,
            _named(was.get(each.job.name, ()), assets),
            _named(will.get(each.job.name, set()) - was.get(each.job.name, set()), assets),
        )
        for each in made.jobs
    ]
    return (*jobs, *(_label(state.engine, each, assets) for each in made.labels))


def jobs_after(made: VolumePlan, state: LonghornState) -> tuple[RecurringJob, ...]:
    """The jobs there are once those of a plan are set."""
    changed = {each.job.name for each in made.jobs}
    others = (job for job in state.jobs or () if job.name not in changed)
    return (*others, *(each.job for each in made.jobs))


def _named(claims: Iterable[str], assets: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((claim, assets.get(claim, "")) for claim in sorted(claims))


def removal(job: RecurringJob, state: LonghornState, assets: Mapping[str, str]) -> SetRecurringJob:
    """A job that takes nothing any more, to tell what is lost by removing it; never performed."""
    taken = _taken_by(state, state.jobs or ()).get(job.name, ())
    return SetRecurringJob(state.engine, replace(job, groups=()), job, _named(taken, assets))


def _label(engine: str, change: LabelChange, assets: Mapping[str, str]) -> LabelVolume:
    asset = assets.get(change.claim, f"{engine}/{change.claim}")
    return LabelVolume(
        engine=engine,
        asset=asset,
        claim=change.claim,
        on=change.on,
        namespace=change.namespace,
        name=change.name,
        labels=tuple(sorted(change.labels.items())),
        was=tuple(sorted(change.was.items())),
        before=change.jobs_before,
        after=change.jobs_after,
    )


def _taken_by(state: LonghornState, jobs: tuple[RecurringJob, ...]) -> dict[str, set[str]]:
    """Job → the claims it takes by the labels there are, and volumes of none by their name."""
    claims = {each.id: each for each in state.cluster.claims}
    held = claims_by_volume(state)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for volume in state.volumes or ():
        name = held.get(volume.name, "")
        for job in attachment(volume, claims.get(name), jobs).jobs:
            found[job.name].add(name or volume.name)
    return found


def _judge(wish: Wish, claim: Claim, seen: _Seen, made: _Made) -> None:
    volume = _volume(claim, seen)
    if isinstance(volume, str):
        made.beyond.append((claim.id, volume))
        return
    if wish.target and volume.target != wish.target:
        made.beyond.append((claim.id, "volume-other-target"))
    change = _labels(claim, volume, seen, group=wish.group)
    if change is None:
        made.fitting.append(claim.id)
    else:
        made.labels.append(change)


def _changes(
    wanted: Sequence[RecurringJob], there: Mapping[str, RecurringJob]
) -> Iterator[JobChange]:
    for job in wanted:
        was = there.get(job.name)
        differs = () if was is None else tuple(_differs(job, was))
        if was is None or differs:
            # How many volumes it takes at a time is nobody's wish here.
            made = job if was is None else replace(job, concurrency=was.concurrency)
            yield JobChange(made, was, differs)


def _differs(job: RecurringJob, was: RecurringJob) -> Iterator[str]:
    for name in ("task", "cron", "retain"):
        if getattr(job, name) != getattr(was, name):
            yield name
    if set(job.groups) != set(was.groups):
        yield "groups"


def _volume(claim: Claim, seen: _Seen) -> LonghornVolume | str:
    """The volume behind a claim, or the code of why there is none to label."""
    held = seen.persistent.get(claim.volume)
    if claim.phase != "Bound" or held is None:
        return "claim-not-bound"
    if held.driver != DRIVER:
        return "claim-not-longhorn"
    return seen.volumes.get(held.handle) or "volume-unseen"


def _labels(claim: Claim, volume: LonghornVolume, seen: _Seen, *, group: str) -> LabelChange | None:
    """Labels of a claim count, and replace its volume's, only where it is their source."""
    hangs = attachment(volume, claim, seen.jobs)
    on_claim = claim.labels.get(SOURCE_LABEL) == ENABLED
    owner = claim.labels if on_claim else volume.labels
    wish = {f"{GROUP_LABEL}{group}": ENABLED}
    if hangs.by_default and any(DEFAULT_GROUP in job.groups for job in seen.jobs):
        # Its own label would take it out of what it was in without one.
        wish[f"{GROUP_LABEL}{DEFAULT_GROUP}"] = ENABLED
    if all(owner.get(key) == value for key, value in wish.items()):
        return None
    both = {**owner, **wish}
    later = attachment(
        volume if on_claim else replace(volume, labels=both),
        replace(claim, labels=both) if on_claim else claim,
        seen.after,
    )
    return LabelChange(
        claim=claim.id,
        on=CLAIM if on_claim else VOLUME,
        name=claim.name if on_claim else volume.name,
        labels=wish,
        namespace=claim.namespace if on_claim else "",
        was={
            key: value for key, value in owner.items() if key.startswith((JOB_LABEL, GROUP_LABEL))
        },
        jobs_before=tuple(sorted(hangs.jobs, key=lambda job: job.name)),
        jobs_after=tuple(sorted(later.jobs, key=lambda job: job.name)),
        by_default=hangs.by_default,
    )
