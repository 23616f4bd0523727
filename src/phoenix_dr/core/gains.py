"""What mending one thing would add to the score, by computing the score again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from phoenix_dr.core.score import raw, shown
from phoenix_dr.core.score_caps import estate_caps, service_caps
from phoenix_dr.core.score_facts import Cap, Gain, ScoredService, ScoreFacts
from phoenix_dr.core.score_fixes import ASSET_FIXES, ESTATE_FIXES, KEY_FIXES, fixed
from phoenix_dr.core.score_grade import ServiceGrade, grade_service

__all__ = ["Fix", "fixed", "gains"]

CANDIDATES = 50
"""The most fixes of single services that are tried; the largest losses come first."""

KEYS = 10
"""The most keys for which fixes are tried."""

Fix = tuple[str, str]
"""(fix code, subject); an empty subject means wherever it applies."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    milli: int
    raw_milli: int
    ceilings: tuple[int, ...]
    """Every ceiling in thousandths, lowest first."""


@dataclass(slots=True)
class _Board:
    """Scores variants of one estate; a service that did not change is graded only once."""

    known: dict[int, tuple[ServiceGrade | None, list[Cap], ScoredService]] = field(
        default_factory=dict
    )

    def judge(self, service: ScoredService) -> tuple[ServiceGrade | None, list[Cap]]:
        entry = self.known.get(id(service))
        if entry is None:
            # The service itself is kept too: a freed object's id would be given out again.
            entry = (grade_service(service), service_caps(service), service)
            self.known[id(service)] = entry
        return entry[0], entry[1]

    def outcome(self, facts: ScoreFacts) -> _Outcome:
        judged = [self.judge(service) for service in facts.services]
        total = raw([grade for grade, _ in judged if grade]).milli
        found = estate_caps(facts)
        for _, ceilings in judged:
            found += ceilings
        lowest = min(found, key=lambda cap: cap.milli, default=None)
        return _Outcome(shown(total, lowest), total, tuple(sorted(cap.milli for cap in found)))


def gains(facts: ScoreFacts) -> tuple[Gain, ...]:
    """What each fix would add by itself, best first.

    A fix everywhere (empty subject) is listed only where no single service would do. A gain of
    0 is listed only when the fix takes away one of the causes of the ceiling that holds the
    score down: it is needed, but not alone.
    """
    if not any(service.assets for service in facts.services):
        return ()
    board = _Board()
    now = board.outcome(facts)
    tried = [_try(board, facts, fix, now=now) for fix in _single(facts, board, now)]
    enough = {gain.fix for _, gain in tried if gain.milli > 0}
    everywhere = [(code, "") for code in (*ASSET_FIXES, *KEY_FIXES) if code not in enough]
    together = [_try(board, facts, fix, now=now) for fix in everywhere]
    together = [(order, gain) for order, gain in together if gain.milli > 0]
    better = {gain.fix for _, gain in together}
    alone = [(order, gain) for order, gain in tried if order < (0, 0) and gain.fix not in better]
    return tuple(gain for _, gain in sorted([*together, *alone], key=lambda pair: pair[0]))


def _try(
    board: _Board, facts: ScoreFacts, fix: Fix, *, now: _Outcome
) -> tuple[tuple[int, int, int, str, str], Gain]:
    """A gain with its place in the order: score, causes of the ceiling removed, raw, name."""
    then = board.outcome(fixed(facts, *fix))
    gain = then.milli - now.milli
    return (-gain, -_causes_removed(now, then), now.raw_milli - then.raw_milli, *fix), Gain(
        *fix, gain
    )


def _causes_removed(now: _Outcome, then: _Outcome) -> int:
    if not now.ceilings or now.ceilings[0] >= now.raw_milli:
        return 0
    return _at_most(now.ceilings[0], now) - _at_most(now.ceilings[0], then)


def _at_most(milli: int, outcome: _Outcome) -> int:
    return sum(1 for ceiling in outcome.ceilings if ceiling <= milli)


def _single(facts: ScoreFacts, board: _Board, now: _Outcome) -> Iterator[Fix]:
    yield from ((code, "") for code in ESTATE_FIXES)
    weak = (key for key in facts.keys if not (key.copies >= 2 and key.off_site and key.proven))
    for key in islice(weak, KEYS):
        yield from ((code, key.name) for code in KEY_FIXES)
    yield from islice(_of_services(facts, board, now), CANDIDATES)


def _of_services(facts: ScoreFacts, board: _Board, now: _Outcome) -> Iterator[Fix]:
    """Fixes of single services: first where the lowest ceiling comes from, then by loss."""
    grades = [grade for grade, _ in map(board.judge, facts.services) if grade]
    shares = raw(grades).shares
    lowest = now.ceilings[0] if now.ceilings else 0

    def urgency(service: ScoredService) -> tuple[bool, int]:
        grade, ceilings = board.judge(service)
        lost = sum(amount for *_, amount in grade.worst.losses) if grade else 0
        holds = any(cap.milli == lowest for cap in ceilings)
        return (not holds, -lost * shares[service.criticality][0] if lost else 0)

    for service in sorted(facts.services, key=urgency):
        for code, fix in ASSET_FIXES.items():
            if any(fix(asset) is not asset for asset in service.assets):
                yield code, service.name
