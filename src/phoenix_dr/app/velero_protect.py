"""Schedules of a Velero: what the policies want, what is there, and the files that hand it over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from phoenix_dr.app.context import Context
from phoenix_dr.app.ground import ground_of
from phoenix_dr.app.handed import is_prepared, require_leave, write_over
from phoenix_dr.app.observe import observe
from phoenix_dr.app.velero_seen import last
from phoenix_dr.core.cluster_actions import SetSchedule
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.losses import Ground, Loss
from phoenix_dr.core.plan import Plan, make_plan
from phoenix_dr.core.velero import Schedule, VeleroState
from phoenix_dr.core.velero_losses import losses_of_schedule
from phoenix_dr.core.velero_manifests import schedule_manifest
from phoenix_dr.core.velero_plan import SchedulePlan, action_of, ended
from phoenix_dr.core.velero_plan import plan as changes_of
from phoenix_dr.core.velero_schedules import schedules_of
from phoenix_dr.errors import EngineUnreachable, PhoenixError, Refused
from phoenix_dr.render import handoff_schedules
from phoenix_dr.render.view import View

KIND = "velero"
STALE = timedelta(minutes=15)
"""A look that is older than this when a plan is made again did not take place."""


@dataclass(frozen=True, slots=True)
class Protection:
    """What one Velero is to run, and what setting it so takes.

    `wanted` is complete only with `changes`, which is None when its present schedules were not
    seen. `plan` is what `apply` would do, None where that is unknown or `refused`. `strays` are
    schedules of Phoenix nobody wants any more, and what removing each would lose. `handed` is
    where a handover stands: "", `prepared`, `changed` (since it was prepared), `verified`.
    """

    engine: str
    wanted: tuple[Schedule, ...]
    asked: bool = False
    blind: BlindSpot | None = None
    changes: SchedulePlan | None = None
    plan: Plan | None = None
    refused: PhoenixError | None = None
    strays: tuple[tuple[Schedule, tuple[Loss, ...]], ...] = ()
    handed: str = ""
    state: VeleroState | None = None

    @property
    def is_known(self) -> bool:
        """Whether it was seen whole, so that what is not shown is not there."""
        return self.changes is not None and self.blind is None and self.refused is None


def protection(ctx: Context, engine: str, *, offline: bool = False) -> Protection:
    """The schedules wanted on one Velero; asks it now, or goes by its last look when `offline`.

    Raises UsageError for what Velero cannot say.
    """
    # What phoenix.yaml cannot say is said before anybody is asked.
    made = Protection(engine, schedules_of(ctx.estate, engine), asked=not offline)
    if offline:
        state = last(ctx, engine)
    else:
        state, blind = _look_now(ctx, engine)
        made = replace(made, blind=blind)
    if state is None:
        return made
    try:
        changes = changes_of(ctx.estate, state)
    except Refused as refused:
        return replace(made, refused=refused)
    made = replace(made, wanted=changes.wanted, changes=changes, state=state)
    made = replace(made, handed=_handed(ctx, made))
    return _planned(ctx, made, state, changes)


def remade(ctx: Context, engine: str, ground: Ground) -> tuple[SetSchedule, ...]:
    """What has to be set by its last look, on what is held now.

    Raises EngineUnreachable when that look did not bring its schedules, Refused as a plan does.
    """
    state = last(ctx, engine)
    if state is None or state.observed_at < ground.now - STALE or state.schedules is None:
        raise EngineUnreachable("jobs-unread", engine=engine)
    spec = ctx.estate.engines[engine]
    return tuple(action_of(each, state, spec) for each in changes_of(ctx.estate, state).changes)


def hand_over(ctx: Context, made: Protection, folder: Path) -> tuple[Path, ...]:
    """Write a kustomize folder that holds these schedules to FOLDER/ENGINE, and note it.

    Raises ApprovalRequired when that would lose what nobody approved, Refused as a plan does and
    where nobody ever looked; UsageError when a file there is not ours, or cannot be written.
    """
    require_leave(ctx, made.plan, made.refused)
    if made.plan is None:
        raise Refused("schedules-unreadable", engine=made.engine, lists="schedules")
    zone = ctx.estate.timezone
    space = ctx.estate.engines[made.engine].settings["namespace"]
    prepared = handoff_schedules.Prepared(made.engine, space, made.wanted, zone, ctx.now())
    view = View(language=ctx.language, zone=ZoneInfo(zone))
    texts = handoff_schedules.files(prepared, view)
    return write_over(ctx, made.engine, folder, texts, wanted=_said(made.wanted))


def _look_now(ctx: Context, engine: str) -> tuple[VeleroState | None, BlindSpot | None]:
    begun = ctx.now()
    (seen,) = observe(ctx, (engine,), force=True)
    state = last(ctx, engine)
    return (None if state is None or state.observed_at < begun else state), seen.blind


def _planned(
    ctx: Context, made: Protection, state: VeleroState, changes: SchedulePlan
) -> Protection:
    """With the plan that sets what differs, or why there can be none."""
    spec, ground = ctx.estate.engines[made.engine], ground_of(ctx, (made.engine,))
    made = replace(
        made,
        strays=tuple(
            (each, losses_of_schedule(ended(each, state, spec), ground)) for each in changes.strays
        ),
    )
    try:
        plan = make_plan((action_of(each, state, spec) for each in changes.changes), ground)
    except PhoenixError as refused:
        return replace(made, refused=refused)
    return replace(made, plan=plan)


def _handed(ctx: Context, made: Protection) -> str:
    """Where the handover of these schedules stands, by what was noted and what is live now."""
    same = is_prepared(ctx, made.engine, _said(made.wanted))
    if same is None or made.changes is None:
        return ""
    if not same:
        return "changed"
    return "prepared" if made.changes.changes else "verified"


def _said(schedules: Iterable[Schedule]) -> object:
    """What was handed over, to be compared with what is wanted later."""
    return [schedule_manifest(each, "") for each in schedules]
