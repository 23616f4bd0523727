"""How restic lets points go: exactly the named ones, and later, on its own, their data."""

from __future__ import annotations

import threading

from phoenix_dr.adapters._command import Limits
from phoenix_dr.adapters.base import Done
from phoenix_dr.adapters.restic import parse
from phoenix_dr.adapters.restic.call import Call
from phoenix_dr.core.plan import ForgetPoints
from phoenix_dr.errors import EngineError, PlanStale, Refused

AT_ONCE = 500
"""Snapshots named to one process: 32 KB of arguments."""


def listed(call: Call, *, cancel: threading.Event | None = None) -> tuple[parse.Listed, int]:
    """What is listed now, and how many snapshots could not be read; one process, no lock."""
    result = call.question("snapshots", "--json", cancel=cancel)
    found = parse.snapshots(result.stdout, engine=call.spec.id, location=call.spec.location)
    return found, parse.hidden(result.stderr)


def forget(call: Call, action: ForgetPoints, *, cancel: threading.Event) -> Done:
    """Remove exactly these snapshots; their data stays until it is pruned.

    restic says exit 0 for ids it does not have: the list is read right before, where each must
    carry this asset's tag, and what really went right after. Raises PlanStale (points-changed)
    and EngineError (snapshot-unreadable) before anything is removed, then forget-incomplete.
    """
    call.require_writable()
    before, hidden = listed(call, cancel=cancel)
    if hidden:
        raise EngineError("snapshot-unreadable", engine=call.spec.id, detail=str(hidden))
    wanted = _wanted(call, action, before)
    limits = Limits(seconds=call.patience.action)
    for start in range(0, len(wanted), AT_ONCE):
        call.run("forget", "--", *wanted[start : start + AT_ONCE], limits=limits, cancel=cancel)
    gone = before.ids - listed(call, cancel=cancel)[0].ids
    if odd := gone ^ set(wanted):
        raise EngineError("forget-incomplete", engine=call.spec.id, point=min(odd), count=len(odd))
    return Done(note=f"points={len(gone)}")


def prune(call: Call, *, cancel: threading.Event) -> Done:
    """Free the space of data no snapshot uses any more, as far as restic finds it worth it."""
    call.require_writable()
    answer = call.run("prune", limits=Limits(seconds=call.patience.action), cancel=cancel).stdout
    freed = parse.freed(answer)
    return Done(note="" if freed is None else f"freed={freed}")


def _wanted(call: Call, action: ForgetPoints, held: parse.Listed) -> list[str]:
    ours = {point.id for point in held.points if point.asset == action.asset}
    wanted = list(dict.fromkeys(action.points))
    if not wanted:
        raise Refused("nothing-named", engine=call.spec.id)
    for point in wanted:
        if point not in ours:
            raise PlanStale("points-changed", engine=call.spec.id, point=point)
    return wanted
