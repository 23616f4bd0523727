"""What a changed backup job of a Proxmox loses: at its first run, and by saving less."""

from __future__ import annotations

from phoenix_dr.core.actions import SetJob
from phoenix_dr.core.ground import Ground, Loss
from phoenix_dr.errors import Refused


def losses_of_job(action: SetJob, ground: Ground) -> tuple[Loss, ...]:
    """Everything the first run afterwards removes."""
    raise Refused("not-yet", engine=action.engine, verb="SetJob")
