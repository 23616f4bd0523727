"""Guests a drill restores on a Proxmox VE, starts and destroys; no other guest is touched."""

from __future__ import annotations

import threading

from phoenix_dr.adapters.base import Done, ProgressSink
from phoenix_dr.adapters.proxmox.call import Call
from phoenix_dr.core.actions import DestroyGuest, RestoreGuest, StartGuest
from phoenix_dr.errors import EngineError


def restore(
    call: Call, action: RestoreGuest, *, progress: ProgressSink, cancel: threading.Event
) -> Done:
    """Restore a point under the number of a drill. Raises EngineError."""
    raise EngineError("not-yet", engine=call.spec.id, verb=type(action).__name__)


def start(
    call: Call, action: StartGuest, *, progress: ProgressSink, cancel: threading.Event
) -> Done:
    """Start what a drill restored. Raises EngineError."""
    raise EngineError("not-yet", engine=call.spec.id, verb=type(action).__name__)


def destroy(
    call: Call, action: DestroyGuest, *, progress: ProgressSink, cancel: threading.Event
) -> Done:
    """Destroy what a drill restored. Raises EngineError."""
    raise EngineError("not-yet", engine=call.spec.id, verb=type(action).__name__)
