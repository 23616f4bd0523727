"""What borg can be told to do: remove archives by name, free the space of removed ones."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from phoenix_dr.adapters.base import Done
from phoenix_dr.adapters.borg import parse
from phoenix_dr.adapters.borg.call import Call
from phoenix_dr.core.plan import ForgetPoints
from phoenix_dr.errors import EngineError, PlanStale, Refused

AT_ONCE = 500
"""Archives named to one process."""


def listed(call: Call, *, cancel: threading.Event | None = None) -> parse.Listed:
    """Every archive there is now, checkpoints of broken runs too; one process."""
    answer = call.question("list", "--json", "--consider-checkpoints", cancel=cancel).stdout
    return parse.archives(answer, call.spec)


def forget(call: Call, action: ForgetPoints, *, cancel: threading.Event) -> Done:
    """Remove exactly these archives; their data stays until the repository is compacted.

    borg removes by name only: names are read right before, and what really went right after.
    Raises PlanStale (points-changed) before anything is removed, EngineError (forget-incomplete).
    """
    before = listed(call, cancel=cancel)
    names = _names(call, action, before)
    for start in range(0, len(names), AT_ONCE):
        # `::` is the repository of the environment; no name can pass for an option after `--`.
        call.change("delete", "--", "::", *names[start : start + AT_ONCE], cancel=cancel)
    gone = before.names.keys() - listed(call, cancel=cancel).names.keys()
    _require_exactly(call, gone, action.points)
    return Done(note=f"points={len(gone)}")


def compact(call: Call, *, cancel: threading.Event) -> Done:
    """Free the space of what no archive uses any more."""
    freed = parse.freed(call.change("compact", "--info", cancel=cancel).stderr)
    return Done(note="" if freed is None else f"freed={freed}")


def _names(call: Call, action: ForgetPoints, held: parse.Listed) -> list[str]:
    ours = {point.id for point in held.points if point.asset == action.asset}
    wanted = list(dict.fromkeys(action.points))
    if not wanted:
        # Without a name `borg delete` means the whole repository.
        raise Refused("nothing-named", engine=call.spec.id)
    for point in wanted:
        if point not in ours:
            raise PlanStale("points-changed", engine=call.spec.id, point=point)
        if not _is_sayable(held.names[point]):
            raise EngineError("archive-not-sayable", engine=call.spec.id, point=point)
    return [held.names[point] for point in wanted]


def _is_sayable(name: str) -> bool:
    """Whether every borg reads this name as itself: braces are placeholders to some."""
    return bool(name) and not any(part in name for part in ("{", "}", "/", "::"))


def _require_exactly(call: Call, gone: Iterable[str], wanted: Iterable[str]) -> None:
    if odd := set(gone) ^ set(wanted):
        raise EngineError("forget-incomplete", engine=call.spec.id, point=min(odd), count=len(odd))
