"""Backup jobs of a Proxmox VE as Phoenix sets them, and one guest saved now."""

from __future__ import annotations

import threading

from phoenix_dr.adapters.base import Done, ProgressSink
from phoenix_dr.adapters.proxmox.call import Call
from phoenix_dr.core.actions import SaveGuest, SetJob
from phoenix_dr.errors import EngineError


def set_job(call: Call, action: SetJob) -> Done:
    """Make a job say what it should. Raises EngineError."""
    raise EngineError("not-yet", engine=call.spec.id, verb=type(action).__name__)


def save_guest(
    call: Call, action: SaveGuest, *, progress: ProgressSink, cancel: threading.Event
) -> Done:
    """Back up one guest now; nothing older is removed. Raises EngineError."""
    raise EngineError("not-yet", engine=call.spec.id, verb=type(action).__name__)
