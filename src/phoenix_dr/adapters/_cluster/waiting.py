"""Waiting for something in a cluster: asked again and again, with a limit of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

from phoenix_dr.errors import EngineError, EngineUnreachable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: `total` for all of it, `silence` how long no answer may come; pauses between looks
    grow from `first` to `longest`."""

    total: float
    silence: float = 120.0
    first: float = 0.1
    longest: float = 10.0


def wait_for(
    look: Callable[[], T | None], patience: Patience, *, cancel: threading.Event | None
) -> T | None:
    """What `look` finds, once it finds something; None when it does not in all that time.

    A cluster that does not answer is asked again for a while. Raises EngineError (cancelled) and
    what `look` raises.
    """
    until, pause, heard = monotonic() + patience.total, patience.first, monotonic()
    while True:
        try:
            found = look()
            heard = monotonic()
        except EngineUnreachable:
            if monotonic() - heard >= patience.silence:
                raise
            found = None
        if found is not None:
            return found
        if monotonic() >= until:
            return None
        _sleep(min(pause, patience.longest, max(until - monotonic(), 0.0)), cancel)
        pause *= 1.5


def _sleep(seconds: float, cancel: threading.Event | None) -> None:
    if (cancel or threading.Event()).wait(seconds):
        raise EngineError("cancelled", program="kubernetes")
