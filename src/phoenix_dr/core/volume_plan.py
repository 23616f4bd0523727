"""What has to change so that recurring jobs take exactly the claims a policy means.

Jobs are set; labels are put on claims or volumes, with the jobs before and after shown, since one
label takes a volume out of group default. Nothing is ever removed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from phoenix_dr.core.cluster import Claim
from phoenix_dr.core.longhorn import (
    DEFAULT_GROUP,
    DRIVER,
    GROUP_LABEL,
    SOURCE_LABEL,
    LonghornState,
    LonghornVolume,
    RecurringJob,
)
from phoenix_dr.core.volume_labels import ENABLED, attachment
from phoenix_dr.errors import Refused


@dataclass(frozen=True, slots=True)
class JobChange:
    """A job that is missing (`was` None) or says something else; `differs` names the fields."""

    job: RecurringJob
    was: RecurringJob | None
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelChange:
    """Labels to put on a claim or its volume, and the jobs that take it before and after.

    `on` is `PersistentVolumeClaim` or `Volume`. Jobs are named in order.
    """

    claim: str
    on: str
    name: str
    labels: Mapping[str, str]
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def lost(self) -> tuple[str, ...]:
        """Jobs that no longer take it."""
        return tuple(job for job in self.before if job not in self.after)


@dataclass(frozen=True, slots=True)
class VolumePlan:
    """All changes, claims that have them already, and claims no job can take with the reason."""

    jobs: tuple[JobChange, ...]
    labels: tuple[LabelChange, ...]
    fitting: tuple[str, ...]
    beyond: tuple[tuple[str, str], ...]


def plan(
    wanted: Sequence[RecurringJob], state: LonghornState, *, pattern: str, group: str
) -> VolumePlan:
    """Have the claims of `pattern` (`NAMESPACE/NAME`, `*` allowed) taken by the jobs of `group`.

    A claim that Longhorn put into group default by itself stays in it, where any job is there.
    Raises Refused (jobs-unreadable) when jobs or volumes could not be read.
    """
    if state.jobs is None or state.volumes is None:
        raise Refused("jobs-unreadable", engine=state.engine)
    there = {job.name: job for job in state.jobs}
    after = (*(job for job in state.jobs if job.name not in {w.name for w in wanted}), *wanted)
    labels: list[LabelChange] = []
    fitting: list[str] = []
    beyond: list[tuple[str, str]] = []
    for claim in claims(state, pattern):
        volume = _volume(claim, state)
        if isinstance(volume, str):
            beyond.append((claim.id, volume))
            continue
        change = _labels(claim, volume, state.jobs, group=group, after=after)
        if change is None:
            fitting.append(claim.id)
        else:
            labels.append(change)
    return VolumePlan(tuple(_changes(wanted, there)), tuple(labels), tuple(fitting), tuple(beyond))


def claims(state: LonghornState, pattern: str) -> Iterator[Claim]:
    """Claims a pattern means, in order; a new one is among them by itself."""
    for claim in sorted(state.cluster.claims, key=lambda each: each.id):
        if fnmatchcase(claim.id, pattern):
            yield claim


def _changes(
    wanted: Sequence[RecurringJob], there: Mapping[str, RecurringJob]
) -> Iterator[JobChange]:
    for job in wanted:
        was = there.get(job.name)
        differs = () if was is None else tuple(_differs(job, was))
        if was is None or differs:
            yield JobChange(job, was, differs)


def _differs(job: RecurringJob, was: RecurringJob) -> Iterator[str]:
    for name in ("task", "cron", "retain"):
        if getattr(job, name) != getattr(was, name):
            yield name
    if set(job.groups) != set(was.groups):
        yield "groups"


def _volume(claim: Claim, state: LonghornState) -> LonghornVolume | str:
    """The volume behind a claim, or the code of why there is none to label."""
    held = state.cluster.volume_of(claim)
    if claim.phase != "Bound" or held is None:
        return "claim-not-bound"
    if held.driver != DRIVER:
        return "claim-not-longhorn"
    found = (each for each in state.volumes or () if each.name == held.handle)
    return next(found, None) or "volume-unseen"


def _labels(
    claim: Claim,
    volume: LonghornVolume,
    jobs: tuple[RecurringJob, ...],
    *,
    group: str,
    after: tuple[RecurringJob, ...],
) -> LabelChange | None:
    """Labels of a claim count, and replace its volume's, only where it is their source."""
    hangs = attachment(volume, claim, jobs)
    on_claim = claim.labels.get(SOURCE_LABEL) == ENABLED
    owner = claim.labels if on_claim else volume.labels
    wish = {f"{GROUP_LABEL}{group}": ENABLED}
    if hangs.by_default and any(DEFAULT_GROUP in job.groups for job in jobs):
        # Its own label would take it out of what it was in without one.
        wish[f"{GROUP_LABEL}{DEFAULT_GROUP}"] = ENABLED
    if all(owner.get(key) == value for key, value in wish.items()):
        return None
    both = {**owner, **wish}
    later = attachment(
        volume if on_claim else replace(volume, labels=both),
        replace(claim, labels=both) if on_claim else claim,
        after,
    )
    return LabelChange(
        claim=claim.id,
        on="PersistentVolumeClaim" if on_claim else "Volume",
        name=claim.name if on_claim else volume.name,
        labels=wish,
        before=tuple(sorted(job.name for job in hangs.jobs)),
        after=tuple(sorted(job.name for job in later.jobs)),
    )
