"""What the resilience score is computed from, and what it returns.

Formula: docs/score.md. All points are exact thousandths of the ten-point scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from phoenix_dr.core.evidence import Level, Scope
from phoenix_dr.core.model import Criticality

FORMULA = 1
"""Raised whenever equal facts would give another number; only equal versions compare."""


class Dimension(StrEnum):
    """What an asset is judged by, with its weight in `score.WEIGHTS`."""

    RPO = "rpo"
    COPIES = "copies"
    PROOF = "proof"
    RTO = "rto"
    PROCEDURE = "procedure"


@dataclass(frozen=True, slots=True)
class Proof:
    """A level reached by a passed proof, `age` ago."""

    level: Level
    age: timedelta


@dataclass(frozen=True, slots=True)
class ScoredAsset:
    """The facts of one asset; None always means unknown and never counts as good."""

    id: str
    usable: bool | None
    rpo: timedelta | None
    rpo_objective: timedelta
    copies: int
    media: int
    off_site: bool | None
    immutable: bool | None
    proofs: tuple[Proof, ...]
    last_drill_ok: bool | None
    """None while never drilled."""
    rto: timedelta | None
    """Measured, worst of the last three drills of the service."""
    rto_estimate: timedelta | None
    rto_objective: timedelta
    procedure_current: bool
    dependencies_known: bool
    keys_proven: bool | None
    """Every key it needs was proven to open from an off-site copy."""
    openable: bool | None
    """False when a key it needs has no working copy outside production."""


@dataclass(frozen=True, slots=True)
class ScoredService:
    """A service with its effective criticality (the highest of all that depend on it)."""

    name: str
    criticality: Criticality
    assets: tuple[ScoredAsset, ...]


@dataclass(frozen=True, slots=True)
class ScoredKey:
    """A key some backup needs: number of copies outside production use, and proof."""

    name: str
    copies: int
    off_site: bool
    proven: bool


@dataclass(frozen=True, slots=True)
class ScoreFacts:
    """Everything the score looks at."""

    services: tuple[ScoredService, ...]
    keys: tuple[ScoredKey, ...] = ()
    discovery_complete: bool = True
    plan_off_site: bool = False
    plan_age: timedelta | None = None
    """None while no plan was written."""
    plan_current: bool = False
    """The plan is newer than the last change of services, dependencies or destinations."""
    state_restorable: bool = False


class LossKind(StrEnum):
    """Why tenths are missing."""

    DIMENSION = "dimension"
    NO_COPY = "no-copy"
    NOT_OPENABLE = "not-openable"
    CAP = "cap"
    ROUNDING = "rounding"


@dataclass(frozen=True, slots=True)
class ScoreLoss:
    """One line of the ledger of losses. `milli` is thousandths of a point, > 0."""

    kind: LossKind
    milli: int
    subject: str = ""
    """Asset id, key name, or empty for the whole estate."""
    detail: str = ""
    """Dimension value, or the code of the cap."""


@dataclass(frozen=True, slots=True)
class Cap:
    """A ceiling on the score: `milli` thousandths, why, and what causes it."""

    code: str
    milli: int
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """The resilience score. `milli` is rounded down to a whole tenth (a multiple of 100).

    `sum(loss.milli for loss in losses) + milli == 10_000` always.
    """

    milli: int
    raw_milli: int
    cap: Cap | None
    caps: tuple[Cap, ...]
    losses: tuple[ScoreLoss, ...]
    formula: int = FORMULA


@dataclass(frozen=True, slots=True)
class Gain:
    """What fixing one thing would add: `fix` is a remedy code, `milli` the recomputed gain."""

    fix: str
    subject: str
    milli: int


Scenarios = Mapping[Scope, int]
"""Score in thousandths when only what survives the scope counts."""
