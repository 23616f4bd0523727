"""The points held now as people are shown them: what the rule does with each, what holds it."""

from __future__ import annotations

from dataclasses import dataclass

from phoenix_dr.core.evidence import PointState, RecoveryPoint
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.retention import Verdict


@dataclass(frozen=True, slots=True)
class PinNote:
    """Why a person holds a point fast; `by` is their account, empty when nobody wrote it down."""

    because: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class HeldPoint:
    """A point with its verdicts and what holds it.

    `verdict` is the rule's, None when no rule is carried out. `proven` is the last drilled-good
    point of its lane, `last` the only one left to come back from.
    """

    point: RecoveryPoint
    state: PointState
    verdict: Verdict | None
    pin: PinNote | None = None
    proven: bool = False
    last: bool = False

    @property
    def goes(self) -> bool:
        """Whether the rule lets it go."""
        return self.verdict is not None and not self.verdict.kept


@dataclass(frozen=True, slots=True)
class HeldLane:
    """The points of one asset on one engine, newest first.

    When no rule is carried out, `left` is why (phrase `left.REASON`) and `detail` the fact.
    """

    engine: str
    asset: str
    rule: RetentionRule | None
    points: tuple[HeldPoint, ...]
    left: str = ""
    detail: str = ""
