"""What a changed schedule of Velero loses: by keeping its backups less long, or saving less."""

from __future__ import annotations

from phoenix_dr.core.cluster_actions import SetSchedule
from phoenix_dr.core.ground import Ground, Loss
from phoenix_dr.errors import Refused


def losses_of_schedule(action: SetSchedule, ground: Ground) -> tuple[Loss, ...]:
    """What will go sooner than it would have, and what is saved no longer."""
    if action.was is not None:
        raise Refused("hidden-rows", engine=action.engine)
    return ()
