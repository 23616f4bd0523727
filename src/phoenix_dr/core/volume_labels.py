"""Which recurring jobs take a Longhorn volume, by labels (kubernetes.md section 1.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from phoenix_dr.core.cluster import Claim, Labels
from phoenix_dr.core.longhorn import (
    DEFAULT_GROUP,
    GROUP_LABEL,
    JOB_LABEL,
    SOURCE_LABEL,
    LonghornVolume,
    RecurringJob,
)

ENABLED = "enabled"


@dataclass(frozen=True, slots=True)
class Attachment:
    """How a volume hangs on jobs.

    `dangling` are labels whose job or group has nothing behind it, `without_effect` labels that
    Longhorn does not read: a value other than `enabled`, or on a claim that is no source.
    `by_default` says that it is in group default only because no label of it names anything.
    """

    jobs: tuple[RecurringJob, ...]
    dangling: tuple[str, ...] = ()
    without_effect: tuple[str, ...] = ()
    by_default: bool = False

    @property
    def backups(self) -> tuple[RecurringJob, ...]:
        """The jobs that bring data to the backup target."""
        return tuple(job for job in self.jobs if job.backs_up)


def attachment(
    volume: LonghornVolume, claim: Claim | None, jobs: tuple[RecurringJob, ...]
) -> Attachment:
    """The jobs that take a volume now.

    Labels of the claim count only where it says that it is their source, and replace those of the
    volume. A volume without any such label gets group default from Longhorn itself.
    """
    is_source = claim is not None and claim.labels.get(SOURCE_LABEL) == ENABLED
    read = claim.labels if claim is not None and is_source else volume.labels
    unread = claim.labels if claim is not None and not is_source else {}
    names, groups = set(_named(read, JOB_LABEL)), set(_named(read, GROUP_LABEL))
    by_default = not any(_is_job_label(label) for label in read)
    if by_default:
        groups = {DEFAULT_GROUP}
    taking = tuple(job for job in jobs if job.name in names or groups & set(job.groups))
    there = {job.name for job in jobs}, {group for job in jobs for group in job.groups}
    lost = [f"{JOB_LABEL}{name}" for name in sorted(names - there[0])]
    lost += [] if by_default else [f"{GROUP_LABEL}{name}" for name in sorted(groups - there[1])]
    idle = [label for label, value in read.items() if _is_job_label(label) and value != ENABLED]
    idle += [label for label in unread if _is_job_label(label)]
    return Attachment(taking, tuple(lost), tuple(sorted(idle)), by_default)


def _is_job_label(label: str) -> bool:
    return label.startswith((JOB_LABEL, GROUP_LABEL)) and label != SOURCE_LABEL


def _named(labels: Labels, prefix: str) -> Iterator[str]:
    for label, value in labels.items():
        if label.startswith(prefix) and label != SOURCE_LABEL and value == ENABLED:
            yield label.removeprefix(prefix)
