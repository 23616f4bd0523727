"""What a changed recurring job, or a label, of Longhorn loses: by keeping or saving less."""

from __future__ import annotations

from phoenix_dr.core.cluster_actions import LabelVolume, SetRecurringJob
from phoenix_dr.core.ground import Ground, Loss
from phoenix_dr.errors import Refused


def losses_of_recurring_job(action: SetRecurringJob, ground: Ground) -> tuple[Loss, ...]:
    """What goes at the next run of a job that keeps fewer, and what is saved no longer."""
    if action.was is not None:
        raise Refused("hidden-rows", engine=action.engine)
    return ()


def losses_of_labels(action: LabelVolume, ground: Ground) -> tuple[Loss, ...]:
    """What is saved no longer because a label takes a volume out of a job."""
    if set(action.before) - set(action.after):
        raise Refused("hidden-rows", engine=action.engine)
    return ()
