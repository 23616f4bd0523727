"""The verbs of engines that live in a cluster: jobs, labels, copies made now, and drills."""

from __future__ import annotations

from dataclasses import dataclass

from phoenix_dr.core.longhorn import RecurringJob
from phoenix_dr.core.velero import Schedule


@dataclass(frozen=True, slots=True)
class SetRecurringJob:
    """Make a RecurringJob of Longhorn say what `job` says; it is never removed.

    `was` is the job this was decided on, None when there was none; one that reads otherwise is
    not changed. `assets` maps the claims (`NAMESPACE/NAME`) that `was` takes to their assets, ""
    for one no asset describes; `joining` those that only `job` takes, by labels they have already.
    """

    engine: str
    job: RecurringJob
    was: RecurringJob | None
    assets: tuple[tuple[str, str], ...]
    joining: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LabelVolume:
    """Put labels on a claim or on its Longhorn volume, so that jobs take it; none is removed.

    `on` is `Volume` or `PersistentVolumeClaim`, `namespace` and `name` are of that object. `was`
    are the labels of jobs it was seen with; one that has others now is not changed. `before` and
    `after` are the jobs that take it without and with them: a label takes a volume out of group
    default.
    """

    engine: str
    asset: str
    claim: str
    on: str
    namespace: str
    name: str
    labels: tuple[tuple[str, str], ...]
    was: tuple[tuple[str, str], ...]
    before: tuple[RecurringJob, ...]
    after: tuple[RecurringJob, ...]


@dataclass(frozen=True, slots=True)
class SaveVolume:
    """Take a Longhorn snapshot of a volume and back it up to its target now."""

    engine: str
    asset: str
    volume: str
    target: str


@dataclass(frozen=True, slots=True)
class SetSchedule:
    """Make a Schedule of Velero say what `schedule` says; it is never removed.

    `was` is the schedule this was decided on, None when there was none; one that reads otherwise
    is not changed. `assets` maps the claims either takes to their assets, "" for one no asset
    describes.
    """

    engine: str
    schedule: Schedule
    was: Schedule | None
    assets: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SaveNamespaces:
    """Have Velero make a backup now of what one of its schedules takes."""

    engine: str
    schedule: str


@dataclass(frozen=True, slots=True)
class RestoreClaim:
    """Restore a point of a claim beside production, in the namespace kept for drills.

    Everything made carries the label of `drill`; nothing without it is ever used or removed.
    """

    engine: str
    asset: str
    point: str
    drill: str


@dataclass(frozen=True, slots=True)
class ProbeClaim:
    """Read what a drill restored, in a job that mounts it read-only and reaches nobody.

    `claim` is its name in the namespace of drills. With `argv` that command is run instead.
    """

    engine: str
    asset: str
    drill: str
    claim: str
    argv: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoveClaim:
    """Remove everything a drill made in the cluster; never anything without its label.

    `namespace` is where it restored to; another one may be configured by now.
    """

    engine: str
    asset: str
    drill: str
    namespace: str
