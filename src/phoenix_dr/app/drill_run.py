"""The drill of a point that is restored on this machine: fetched, started, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from phoenix_dr.app import drill_folder
from phoenix_dr.app.drill_checks import check
from phoenix_dr.app.drill_course import Course
from phoenix_dr.core.model import AssetKind
from phoenix_dr.core.plan import RestorePoint
from phoenix_dr.sandboxes.directory import DirectorySandbox, open_sandbox

if TYPE_CHECKING:
    from phoenix_dr.app.guest_drill import GuestDrill
    from phoenix_dr.app.machine_drill import MachineDrill

    Guest = GuestDrill | MachineDrill

SAYS_NOTHING = frozenset(
    {
        "repository-locked",
        "not-mounted",
        "network",
        "command-timeout",
        "cancelled",
        "no-space",
        "program-missing",
        "program-broken",
        "dump-away",
        "dump-cut",
        "dump-host-key",
        "dump-login",
        "dump-many",
        "dump-missing",
        "dump-odd",
        "dump-said",
        "dump-silent",
    }
)
"""Failures of a restore that tell about this moment, not about the copy: no verdict, no record."""


def steps(course: Course, *, engine: object | None = None) -> None:
    """Provision, restore and check in a folder of the drill's own; always cleaned up.

    `engine` restores instead of the one as configured. Raises DrillError or EngineError when
    nothing could be tried.
    """
    with course.phase("provision"):
        sandbox = open_sandbox(drill_folder.spec(course))
    guest: Guest | None = None
    try:
        with course.phase("provision"):
            if course.asset.kind is AssetKind.GUEST:
                guest = _guest(course, sandbox)
            else:
                course.isolated = sandbox.isolation.ok
        if engine is None and course.request.mutate:
            engine = drill_folder.twin(course, sandbox, of_guest=guest is not None)
        if not _is_restored(course, sandbox, engine):
            return
        if guest is None:
            _check(course, sandbox)
        else:
            _check_guest(course, sandbox, guest)
    finally:
        if guest is not None:
            course.isolated = guest.isolated
            sandbox.journal.stuck = not guest.close()
        course.dirty = not sandbox.close(keep=course.request.keep)
        course.kept = (str(sandbox.path),) if course.request.keep else ()


def _guest(course: Course, sandbox: DirectorySandbox) -> Guest:
    from phoenix_dr.app.guest_drill import GuestDrill, GuestSource
    from phoenix_dr.app.machine_drill import MachineDrill

    engine = course.engine
    is_machine = isinstance(engine, GuestSource) and engine.is_machine(course.point.id)
    return (MachineDrill if is_machine else GuestDrill)(course.ctx, course.asset, sandbox)


def _is_restored(course: Course, sandbox: DirectorySandbox, engine: object | None) -> bool:
    point = course.point
    action = RestorePoint(point.engine, course.asset.id, point.id, str(sandbox.path))
    engines = {point.engine: engine} if engine is not None else None
    with course.phase("fetch"):
        error = course.do(action, engines=engines).error
    if error is not None:
        course.not_restored(error, tells=error.code not in SAYS_NOTHING)
    return error is None


def _check(course: Course, sandbox: DirectorySandbox) -> None:
    with course.phase("start"):
        sandbox.sanitize()
    with course.phase("check"):
        found = check(course.ctx, course.asset, course.point, sandbox)
    course.checks += found.results
    course.data_age = found.data_age


def _check_guest(course: Course, sandbox: DirectorySandbox, guest: Guest) -> None:
    """The tree is compared before the guest starts, since the guest will write into it."""
    from phoenix_dr.app.guest_drill import content

    engine, point = course.engine, course.point
    if not guest.keeps_owners:
        with course.phase("start"):
            sandbox.sanitize()
    with course.phase("check"):
        found = check(course.ctx, course.asset, point, sandbox)
        absent = (*content(engine, point), *guest.absent(engine, point))
    # Nobody hashed the guest's files where they live: that is not asked of any guest.
    asked = (result for result in found.results if result.code != "hashes-equal")
    course.checks += (*asked, *absent)
    if course.has_failed:
        return
    with course.phase("start"):
        course.checks += guest.start()
    with course.phase("check"):
        course.checks += guest.probe()
