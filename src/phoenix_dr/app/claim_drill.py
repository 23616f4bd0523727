"""A drill of a claim in its own cluster: restored beside production, read, and taken away."""

from __future__ import annotations

from phoenix_dr.app import drill_course
from phoenix_dr.app.drill_course import Course
from phoenix_dr.core import claim_checks
from phoenix_dr.core.claim_report import ClaimReport, report_of
from phoenix_dr.core.cluster_actions import ProbeClaim, RemoveClaim, RestoreClaim
from phoenix_dr.core.evidence import CheckResult, Level
from phoenix_dr.errors import EngineError, EngineUnreachable
from phoenix_dr.sandboxes.journal import Resource, open_journal

CLAIMS = "claim"
"""Kind of a journal's line: everything of the drill in one cluster."""
COUNTS_FILES = frozenset({"velero"})
"""Engines whose points tell the size of files; others count blocks."""
RESTORE_FAILED = "claim-restore-failed"
"""The one error that says something about the copy."""


def steps(course: Course) -> None:
    """Restore the point as a claim of its own and read it; always cleaned up.

    Raises EngineError when that says nothing about the copy.
    """
    place, engine, asset = course.spec.claims, course.point.engine, course.asset.id
    if place is None:
        raise EngineError("claim-no-place", engine=engine)
    with open_journal(course.ctx.settings.state_dir, course.id) as journal:
        # Written down first: whatever a kill leaves carries this drill's name over there.
        journal.note(Resource(CLAIMS, path=f"{engine}/{place.namespace}"))
        unsure = False
        try:
            with course.phase("fetch"):
                one = course.do(RestoreClaim(engine, asset, course.point.id, course.id))
            unsure = isinstance(one.error, EngineUnreachable)
            if one.error is not None:
                course.not_restored(one.error, tells=one.error.code == RESTORE_FAILED)
            else:
                course.checks.append(CheckResult("claim-restored", True, Level.RESTORES))
                _read(course, one.done.note if one.done else "")
        finally:
            removal = RemoveClaim(engine, asset, course.id, place.namespace)
            drill_course.take_away(course, removal, journal=journal, unsure=unsure)


def _read(course: Course, claim: str) -> None:
    report = _probed(course, claim, ())
    # Its pods tried to get out and could not: the policy alone proves nothing.
    course.isolated = report.reached is False
    known = claim_checks.known_of(course.ctx.ledger.drills(), course.asset.id)
    size = course.point.size if course.spec.kind in COUNTS_FILES else None
    course.checks += claim_checks.results(report, known, size=size)
    if course.has_failed:
        return
    for argv in drill_course.commands(course):
        facts: tuple[tuple[str, str | int], ...] = (("command", " ".join(argv)),)
        ok = None
        # Nothing of a service runs where it could reach another one.
        if report.reached is False:
            asked = _probed(course, claim, argv)
            course.isolated = course.isolated and asked.reached is False
            code = asked.code
            ok = None if code is None else code == 0
            facts = facts if code is None else (*facts, ("exit", code))
        course.checks.append(CheckResult("command", ok, Level.DATA, facts))


def _probed(course: Course, claim: str, argv: tuple[str, ...]) -> ClaimReport:
    engine = course.point.engine
    with course.phase("check"):
        one = course.do(ProbeClaim(engine, course.asset.id, course.id, claim, argv))
    if one.done is None:
        raise one.error or EngineError("bug")
    report = report_of(one.done.note)
    if report is None:
        raise EngineError("claim-check-confused", engine=engine, detail="")
    return report


def removal(engine: str, namespace: str, drill_id: str) -> RemoveClaim | None:
    """What takes away all a killed drill left in a cluster, by its label; None for no place."""
    path = f"{engine}/{namespace}"
    return RemoveClaim(engine, path, drill_id, namespace) if namespace else None
