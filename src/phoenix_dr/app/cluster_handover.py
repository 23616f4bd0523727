"""Handing the jobs and labels of a Longhorn over as a kustomize folder."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from phoenix_dr.app.cluster_protect import Protection, handed_over
from phoenix_dr.app.context import Context
from phoenix_dr.app.handed import require_leave, write_over
from phoenix_dr.core.cluster_actions import LabelVolume
from phoenix_dr.render.handoff_volumes import Prepared, Removal, files
from phoenix_dr.render.view import View
from phoenix_dr.render.volume_protect import job_removal, label_removal


def hand_over(ctx: Context, told: Protection, folder: Path) -> tuple[Path, ...]:
    """Write the folder that holds these jobs and labels, and note that it is prepared.

    Raises ApprovalRequired when that would lose what nobody approved, Refused as a plan does;
    UsageError when a file is there that is not ours, or the place cannot be written.
    """
    require_leave(ctx, told.plan, told.refused)
    namespace = ctx.estate.engines[told.engine].settings["namespace"]
    planned = told.plan.actions if told.plan else ()
    labels = tuple(each for each in planned if isinstance(each, LabelVolume))
    prepared = Prepared(
        engine=told.engine,
        namespace=namespace,
        jobs=told.jobs,
        labels=labels if told.plan else None,
        removals=(
            *(Removal(job_removal(job, namespace), losses) for job, losses in told.strays),
            *(Removal(label_removal(of, namespace), losses) for of, losses in told.stray_labels),
        ),
        findings=told.findings,
        at=ctx.now(),
    )
    view = View(language=ctx.language, zone=ZoneInfo(ctx.estate.timezone))
    texts = files(prepared, view)
    return write_over(ctx, told.engine, folder, texts, wanted=handed_over(told))
