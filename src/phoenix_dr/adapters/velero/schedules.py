"""Schedules of Velero as Phoenix sets them: read, tried, written once, read back."""

from __future__ import annotations

import threading

from phoenix_dr.adapters._cluster.values import Row, meta, text
from phoenix_dr.adapters._cluster.waiting import Patience, wait_for
from phoenix_dr.adapters._kube import Kube
from phoenix_dr.adapters.base import Done
from phoenix_dr.adapters.velero import parse
from phoenix_dr.adapters.velero.look import SCHEDULES
from phoenix_dr.core.cluster_actions import SetSchedule
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.core.velero import Schedule
from phoenix_dr.core.velero_manifests import schedule_manifest
from phoenix_dr.core.velero_plan import differing
from phoenix_dr.core.velero_schedules import bare
from phoenix_dr.errors import EngineError, PlanStale

ENABLED, INVALID = "Enabled", "FailedValidation"
PATIENCE = Patience(total=20.0, silence=20.0, longest=2.0)
"""How long Velero is given to look at a schedule; it does so within seconds when it is up."""
UNSURE = frozenset({"write-unanswered", "kube-busy"})
"""A write that ends so may have been done all the same."""


def set_schedule(
    kube: Kube,
    spec: EngineSpec,
    action: SetSchedule,
    *,
    cancel: threading.Event,
    patience: Patience = PATIENCE,
) -> Done:
    """Make a schedule say what it should: tried by the server first, then written once.

    Raises PlanStale when it reads otherwise than `was`; EngineError velero-schedule-not-as-written
    when it says something else afterwards, velero-schedule-invalid when Velero refuses it, and as
    `Kube.apply` does.
    """
    name, space = action.schedule.name, spec.settings["namespace"]
    found = kube.get(SCHEDULES, name, namespace=space)
    if (None if found is None else bare(parse.schedule(found))) != action.was:
        raise PlanStale("velero-schedule-changed", engine=spec.id, schedule=name)
    made = schedule_manifest(action.schedule, space)
    if found is not None:
        # Somebody who changes it between that look and this write makes the server refuse.
        made["metadata"]["resourceVersion"] = text(meta(found), "resourceVersion")
    # A field somebody else set last is taken back where the plan showed it, and that it is ours:
    # one that somebody made since that look is not.
    taking = found is not None
    tried = kube.apply(SCHEDULES, made, dry_run=True, taking=taking)
    _require_said(spec, action.schedule, tried)
    try:
        kube.apply(SCHEDULES, made, dry_run=False, taking=taking)
    except EngineError as error:
        # Ours may have been taken; the schedule itself says so, and it is not sent again.
        again = kube.get(SCHEDULES, name, namespace=space) if error.code in UNSURE else None
        if again is None or differing(action.schedule, parse.schedule(again)):
            raise
    _require_said(spec, action.schedule, kube.get(SCHEDULES, name, namespace=space))
    _require_valid(kube, spec, name, cancel=cancel, patience=patience)
    return Done(note="created" if action.was is None else "changed")


def _require_said(spec: EngineSpec, wanted: Schedule, row: Row | None) -> None:
    names = differing(wanted, parse.schedule(row)) if row is not None else ("name",)
    if names:
        raise EngineError(
            "velero-schedule-not-as-written",
            engine=spec.id,
            schedule=wanted.name,
            names=", ".join(names),
        )


def _require_valid(
    kube: Kube, spec: EngineSpec, name: str, *, cancel: threading.Event, patience: Patience
) -> None:
    """Velero looks at it by itself; until it has, the phase is that of before, or none."""
    space = spec.settings["namespace"]
    last = Schedule(name, "")

    def look() -> Schedule | None:
        nonlocal last
        last = parse.schedule(kube.get(SCHEDULES, name, namespace=space) or {})
        return last if last.phase == ENABLED else None

    if wait_for(look, patience, cancel=cancel) is None and last.phase == INVALID:
        raise EngineError(
            "velero-schedule-invalid",
            engine=spec.id,
            schedule=name,
            detail="; ".join(last.errors) or "?",
        )
