"""How each claim of a cluster stands to Velero: its labels, and the pods that mount it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from phoenix_dr.adapters._cluster.values import (
    Row,
    joined,
    labels,
    meta,
    moment,
    named,
    part,
    rows,
    text,
)
from phoenix_dr.core.velero import ClaimUse

LEFT_OUT = "velero.io/exclude-from-backup"
ASKED = "backup.velero.io/backup-volumes"
REFUSED = "backup.velero.io/backup-volumes-excludes"
MOST = 1000
"""Volumes of one pod, or names in one annotation, that are looked at."""


@dataclass(frozen=True, slots=True)
class _Seen:
    running: bool
    asked: bool
    refused: bool


def is_left_out(row: Row) -> bool:
    """Whether a person labelled it so that Velero passes over it."""
    return labels(meta(row)).get(LEFT_OUT) == "true"


def uses(
    claims: Sequence[Row], volumes: Sequence[Row], pods: Sequence[Row] | None
) -> tuple[ClaimUse, ...]:
    """One for each claim; `pods` None: nobody knows which run."""
    outside = {named(row) for row in volumes if is_left_out(row)}
    mounted: dict[str, list[_Seen]] = {}
    for pod in pods or ():
        for claim, seen in _mounts(pod):
            mounted.setdefault(claim, []).append(seen)
    made = (_use(row, outside, mounted) for row in claims)
    return tuple(made) if pods is not None else tuple(replace(e, running=None) for e in made)


def _use(row: Row, outside: set[str], mounted: Mapping[str, list[_Seen]]) -> ClaimUse:
    claim = joined(text(meta(row), "namespace"), named(row))
    seen = [each for each in mounted.get(claim, ()) if each.running]
    return ClaimUse(
        claim=claim,
        created_at=moment(meta(row), "creationTimestamp"),
        running=bool(seen),
        asked=any(each.asked for each in seen),
        refused=any(each.refused for each in seen),
        left_out=is_left_out(row) or text(part(row, "spec"), "volumeName") in outside,
    )


def _mounts(pod: Row) -> Iterator[tuple[str, _Seen]]:
    space = text(meta(pod), "namespace")
    notes = labels(meta(pod), "annotations")
    asked, refused = _words(notes.get(ASKED, "")), _words(notes.get(REFUSED, ""))
    running = text(part(pod, "status"), "phase") == "Running"
    for index, each in enumerate(rows(pod, "spec", "volumes")):
        if index >= MOST:
            return
        claim = joined(space, text(part(each, "persistentVolumeClaim"), "claimName"))
        name = text(each, "name")
        if claim:
            left_out = name in refused or is_left_out(pod)
            yield claim, _Seen(running, name in asked, left_out)


def _words(said: str) -> set[str]:
    return {each.strip() for each in said.split(",", MOST)[:MOST]}
