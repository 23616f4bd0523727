"""A drill of a guest on its own Proxmox: restored beside production, started, asked, destroyed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from phoenix_dr.app import drill_course
from phoenix_dr.app.drill_course import Course
from phoenix_dr.app.proxmox_guest import Guest, Hypervisor
from phoenix_dr.core.actions import DestroyGuest, RestoreGuest
from phoenix_dr.core.evidence import CheckResult, Level
from phoenix_dr.core.guest_copy import Archived
from phoenix_dr.core.guest_settings import GuestPlace
from phoenix_dr.errors import DrillError, EngineError, EngineUnreachable, PhoenixError
from phoenix_dr.sandboxes.journal import TAKEN, Journal, Resource, open_journal

RESTORE_FAILED = frozenset({"restore-failed", "archive-no-conf"})
"""Errors of a restore that say something about the copy; any other tells of this moment only."""

OF_THE_MOMENT = re.compile(
    r"no space|not enough|out of (?:space|memory)|quota|storage '|thin pool|\block|tim(?:ed? ?out)"
    r"|interrupted|unexpected status|connection|not online",
    re.IGNORECASE,
)
"""Words of a task that failed for want of room, a lock or a storage: no verdict on the copy."""


@dataclass(slots=True)
class _Number:
    """What is to be destroyed: nothing under 0. `unsure`: nobody saw the end of its restore."""

    journal: Journal
    vmid: int = 0
    unsure: bool = False


def steps(course: Course) -> None:
    """Restore the point as a guest of its own, look at it, start it; always cleaned up.

    Raises DrillError or EngineError when that says nothing of the copy.
    """
    place, engine = course.spec.drills, course.engine
    if place is None or not isinstance(engine, Hypervisor):
        raise EngineError("drill-no-place", engine=course.point.engine)
    with open_journal(course.ctx.settings.state_dir, course.id) as journal:
        number = _Number(journal)
        try:
            with course.phase("provision"):
                copy = _described(course, engine)
                free = _free(course, engine, place) if copy else []
            if copy and _is_restored(course, number, free=free, kind=copy.kind):
                guest = Guest(course, engine, number.vmid, copy)
                guest.look()
                guest.start(has_line=place.bridge is not None)
        finally:
            if number.vmid:
                made = DestroyGuest(course.point.engine, course.asset.id, number.vmid, course.id)
                drill_course.take_away(course, made, journal=journal, unsure=number.unsure)
    # A cut line and a closed bridge both shut it in; what cannot be asked then lowers.
    course.isolated = bool(course.checks)


def _described(course: Course, engine: Hypervisor) -> Archived | None:
    """The guest as its archive tells; None when the archive cannot."""
    try:
        return engine.archived(course.point.id)
    except EngineError as error:
        course.not_restored(error, tells=_tells(error))
        return None


def _free(course: Course, engine: Hypervisor, place: GuestPlace) -> list[int]:
    used = engine.numbers()
    free = [n for n in range(place.first, place.last + 1) if n not in used]
    if not free:
        raise DrillError("drill-numbers-used", engine=course.point.engine)
    return free


def _is_restored(course: Course, number: _Number, *, free: list[int], kind: str) -> bool:
    """Whether it could be restored, under the first number that is still free by then."""
    engine, point = course.point.engine, course.point.id
    for vmid in free:
        # Written down first: whatever a kill leaves, gc knows where to look for it.
        number.journal.note(Resource("guest", path=f"{engine}/{vmid}"))
        number.vmid, number.unsure = vmid, True
        with course.phase("fetch"):
            error = course.do(RestoreGuest(engine, course.asset.id, point, vmid, course.id)).error
        # Only an answer of the server itself says that nothing more will come of it.
        number.unsure = error is not None and _is_unsure(error)
        if error is None:
            facts = (("guest", f"{kind}/{vmid}"),)
            course.checks.append(CheckResult("guest-restored", True, Level.RESTORES, facts))
            return True
        if error.code != "drill-number-taken":
            course.not_restored(error, tells=_tells(error))
            return False
        # Somebody else's: gc has no business there.
        number.journal.note(Resource(TAKEN, path=f"{engine}/{vmid}"))
        number.vmid = 0
    raise DrillError("drill-numbers-used", engine=engine)


def _is_unsure(error: PhoenixError) -> bool:
    return isinstance(error, EngineUnreachable) or error.code in {"cancelled", "proxmox-task-late"}


def _tells(error: PhoenixError) -> bool:
    """Whether a failed restore says something of the copy."""
    of_the_moment = OF_THE_MOMENT.search(str(error.parameters.get("detail", "")))
    return error.code in RESTORE_FAILED and of_the_moment is None


def removal(engine: str, number: str, drill_id: str) -> DestroyGuest | None:
    """What destroys a guest a killed drill left, by its drill's mark; None for no number."""
    if not number.isdecimal():
        return None
    return DestroyGuest(engine, f"{engine}/{number}", int(number), drill_id)
