"""Recurring jobs and labels as Phoenix sets them: read, tried, written once, read back."""

from __future__ import annotations

from collections.abc import Callable

from phoenix_dr.adapters._cluster.look import CLAIMS
from phoenix_dr.adapters._cluster.values import Row, labels, meta, text
from phoenix_dr.adapters._kube import Kind, Kube
from phoenix_dr.adapters.base import Done
from phoenix_dr.adapters.longhorn import parse
from phoenix_dr.adapters.longhorn.look import JOBS, VOLUMES
from phoenix_dr.core.cluster_actions import LabelVolume, SetRecurringJob
from phoenix_dr.core.longhorn import GROUP_LABEL, JOB_LABEL, RecurringJob
from phoenix_dr.core.longhorn_manifests import Manifest, job_manifest, label_manifest
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import EngineError, PlanStale

UNSURE = frozenset({"write-unanswered", "kube-busy"})
"""A write that ends so may have been done all the same."""
FIELDS = ("task", "cron", "retain", "concurrency", "groups")
TURNS = 4
"""Longhorn writes the status of its volumes all the time: one may come between look and write."""


def set_job(kube: Kube, spec: EngineSpec, action: SetRecurringJob) -> Done:
    """Make a RecurringJob say what it should: tried by the server first, then written once.

    Raises PlanStale when it reads otherwise than `was`; EngineError longhorn-not-as-written when
    it says something else afterwards, and as `Kube.apply` does.
    """
    _steadily(lambda: _set_job(kube, spec, action))
    return Done(note="created" if action.was is None else "changed")


def set_labels(kube: Kube, spec: EngineSpec, action: LabelVolume) -> Done:
    """Put labels on a claim or a volume; none of its own is changed or taken away.

    Raises PlanStale when its labels of jobs are others now, or it is gone; EngineError as above.
    """
    _steadily(lambda: _set_labels(kube, spec, action))
    return Done(note="labelled")


def _steadily(turn: Callable[[], None]) -> None:
    """Look, judge and write again when the server refused because the object moved meanwhile."""
    for left in reversed(range(TURNS)):
        try:
            turn()
        except EngineError as error:
            if error.code != "kube-conflict" or left == 0:
                raise
        else:
            return


def _set_job(kube: Kube, spec: EngineSpec, action: SetRecurringJob) -> None:
    name, space = action.job.name, spec.settings["namespace"]
    found = kube.get(JOBS, name, namespace=space)
    if (None if found is None else parse.job(found)) != action.was:
        raise PlanStale("longhorn-changed", engine=spec.id, what=f"RecurringJob/{name}")
    made = _expecting(job_manifest(action.job, space), found)
    # A job with our name is ours, whoever edited it last, where the plan told what it said: one
    # that somebody made since that look is not taken.
    taking = found is not None
    _require_said(spec, action.job, kube.apply(JOBS, made, dry_run=True, taking=taking))
    _once(kube, JOBS, made, lambda row: not _differing(action.job, row), taking=taking)
    _require_said(spec, action.job, kube.get(JOBS, name, namespace=space))


def _set_labels(kube: Kube, spec: EngineSpec, action: LabelVolume) -> None:
    kind = CLAIMS if action.on == CLAIMS.kind else VOLUMES
    space = action.namespace or spec.settings["namespace"]
    what = f"{action.on}/{action.name}"
    found = kube.get(kind, action.name, namespace=space)
    if found is None or _job_labels(found) != dict(action.was):
        raise PlanStale("longhorn-changed", engine=spec.id, what=what)
    made = _expecting(label_manifest(action, spec.settings["namespace"]), found)
    wanted = {**dict(action.was), **dict(action.labels)}
    _require_labels(spec, what, wanted, kube.apply(kind, made, dry_run=True))
    _once(kube, kind, made, lambda row: _job_labels(row) == wanted)
    _require_labels(spec, what, wanted, kube.get(kind, action.name, namespace=space))


def _expecting(made: Manifest, found: Row | None) -> Manifest:
    """Somebody who changes it between that look and this write makes the server refuse."""
    if found is not None:
        made["metadata"]["resourceVersion"] = text(meta(found), "resourceVersion")
    return made


def _once(
    kube: Kube,
    kind: Kind,
    made: Manifest,
    is_done: Callable[[Row], bool],
    *,
    taking: bool = False,
) -> None:
    """Write it once; one that may have been taken is looked for and not sent again."""
    try:
        kube.apply(kind, made, dry_run=False, taking=taking)
    except EngineError as error:
        told = made["metadata"]
        row = kube.get(kind, told["name"], namespace=told["namespace"])
        if error.code not in UNSURE or row is None or not is_done(row):
            raise


def _require_said(spec: EngineSpec, wanted: RecurringJob, row: Row | None) -> None:
    names = _differing(wanted, row) if row is not None else ("name",)
    if names:
        raise EngineError(
            "longhorn-not-as-written",
            engine=spec.id,
            what=f"RecurringJob/{wanted.name}",
            names=", ".join(names),
        )


def _require_labels(spec: EngineSpec, what: str, wanted: dict[str, str], row: Row | None) -> None:
    has = _job_labels(row) if row is not None else {}
    names = [name for name, value in wanted.items() if has.get(name) != value]
    if names:
        raise EngineError(
            "longhorn-not-as-written", engine=spec.id, what=what, names=", ".join(names)
        )


def _differing(wanted: RecurringJob, row: Row) -> tuple[str, ...]:
    found = parse.job(row)
    return tuple(name for name in FIELDS if getattr(wanted, name) != getattr(found, name))


def _job_labels(row: Row) -> dict[str, str]:
    return {
        name: value
        for name, value in labels(meta(row)).items()
        if name.startswith((JOB_LABEL, GROUP_LABEL))
    }
