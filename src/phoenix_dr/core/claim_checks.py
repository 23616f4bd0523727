"""What a restored claim proves: read whole, its databases sound, nothing of it gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from phoenix_dr.core.claim_report import ClaimReport
from phoenix_dr.core.evidence import CheckResult, DrillRecord, Level

READ = "claim-read"
"""The check that counts what came back; the next drill is compared with it."""


def results(
    report: ClaimReport, known: ClaimReport | None, *, size: int | None = None
) -> Iterator[CheckResult]:
    """Verdicts on what was read. `known` is what the last passed drill read, `size` what the copy
    says of its files in bytes, None where it counts blocks.

    A claim may well be empty or shrink: only what was there and is all gone is a failure.
    """
    yield from _here(report, known, size or 0)
    done = report.read + report.unreadable >= report.files
    ok = False if report.unreadable else True if done else None
    counts = _facts(report, "files", "size", "read", "unreadable", "databases")
    yield CheckResult(READ, ok, Level.STARTS, (*counts, _named(report)))
    if report.databases:
        sound = False if report.faulty else None if report.unasked else True
        facts = (*_facts(report, "databases", "sound", "faulty", "unasked"), _named(report))
        yield CheckResult("claim-databases", sound, Level.STARTS, facts)
    if report.reached is not False:
        yield CheckResult("claim-network", None, Level.STARTS)


def _here(report: ClaimReport, known: ClaimReport | None, size: int) -> Iterator[CheckResult]:
    """What is missing at first sight."""
    before = known.files if known else 0
    facts = (("files", report.files), ("before", before))
    if not report.files:
        gone = False if before or size else None
        yield CheckResult("claim-empty", gone, Level.RESTORES, facts)
    elif report.files * 2 < before:
        yield CheckResult("claim-shrunk", None, Level.RESTORES, facts)
    if known and known.databases and report.files and not report.databases:
        held = (("before", known.databases),)
        yield CheckResult("claim-databases-gone", False, Level.RESTORES, held)


def known_of(records: Iterable[DrillRecord], asset: str) -> ClaimReport | None:
    """What the last passed drill of an asset read; None when none did."""
    passed = [each for each in records if each.asset == asset and each.ok and not each.mutated]
    for record in sorted(passed, key=lambda each: each.started_at, reverse=True):
        for check in record.checks:
            if check.code == READ:
                facts = dict(check.parameters)
                return ClaimReport(
                    files=_count(facts, "files"), databases=_count(facts, "databases")
                )
    return None


def _count(facts: dict[str, str | int], name: str) -> int:
    found = facts.get(name, 0)
    return found if isinstance(found, int) else 0


def _facts(report: ClaimReport, *names: str) -> tuple[tuple[str, str | int], ...]:
    return tuple((name, int(getattr(report, name))) for name in names)


def _named(report: ClaimReport) -> tuple[str, str]:
    return "names", ", ".join(report.names)
