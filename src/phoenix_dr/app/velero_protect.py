"""Schedules of a Velero: what the policies want, what is there, and the files that hand it over."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from phoenix_dr.app.approvals import approval_for
from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_atomically
from phoenix_dr.app.ground import ground_of
from phoenix_dr.app.observe import observe
from phoenix_dr.app.velero_seen import last
from phoenix_dr.core.cluster_actions import SetSchedule
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.guard import permit
from phoenix_dr.core.losses import Ground, Loss
from phoenix_dr.core.plan import Plan, make_plan
from phoenix_dr.core.velero import Schedule, VeleroState
from phoenix_dr.core.velero_losses import losses_of_schedule
from phoenix_dr.core.velero_manifests import schedule_manifest
from phoenix_dr.core.velero_plan import SchedulePlan, action_of, ended
from phoenix_dr.core.velero_plan import plan as changes_of
from phoenix_dr.core.velero_schedules import schedules_of
from phoenix_dr.errors import EngineUnreachable, PhoenixError, Refused, UsageError
from phoenix_dr.ledger import Kind
from phoenix_dr.render import handoff_schedules
from phoenix_dr.render.view import View

KIND = "velero"
MARK = "phoenix protect plan"
"""Stands in the head of every file written here; a file without it is not overwritten."""
STALE = timedelta(minutes=15)
"""A look that is older than this when a plan is made again did not take place."""
_HEAD = 400


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
    if made.refused is not None:
        raise made.refused
    if made.plan is None:
        raise Refused("schedules-unreadable", engine=made.engine, lists="schedules")
    permit(made.plan, approval_for(ctx, made.plan.digest), now=ctx.now())
    zone = ctx.estate.timezone
    space = ctx.estate.engines[made.engine].settings["namespace"]
    prepared = handoff_schedules.Prepared(made.engine, space, made.wanted, zone, ctx.now())
    view = View(language=ctx.language, zone=ZoneInfo(zone))
    texts = handoff_schedules.files(prepared, view)
    paths = {folder / made.engine / name: text for name, text in texts.items()}
    for path in paths:
        _require_ours(path)
    for path, text in paths.items():
        write_atomically(path, text, mode=0o644)
    note = {"state": "prepared", "jobs": _fingerprint(made.wanted)}
    ctx.ledger.append(Kind.NOTE, f"handoff:{made.engine}", note, at=ctx.now())
    return tuple(paths)


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
    subject = f"handoff:{made.engine}"
    rows = ctx.ledger.rows(kinds=(Kind.NOTE,), subject=subject, limit=1, newest_first=True)
    row = next(rows, None)
    if row is None or made.changes is None:
        return ""
    if row.value.get("jobs") != _fingerprint(made.wanted):
        return "changed"
    return "prepared" if made.changes.changes else "verified"


def _fingerprint(schedules: Iterable[Schedule]) -> str:
    said = [schedule_manifest(each, "") for each in schedules]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _require_ours(path: Path) -> None:
    try:
        head = path.read_text(encoding="utf-8", errors="replace")[:_HEAD]
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError("cannot-write", path=str(path), reason=error.strerror or "") from error
    if MARK not in head:
        raise UsageError("handoff-not-ours", path=str(path))
