"""What an audit and a recovery plan say, as values; renderers turn them into text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from phoenix_dr.core.evidence import BlindSpot, DrillRecord, Level, Scope
from phoenix_dr.core.model import Criticality
from phoenix_dr.core.score_facts import Gain, Score


class State(StrEnum):
    """The Statut column: fail ❌, warn ⚠️, unknown `?`, ok ✅, none (nothing to protect)."""

    OK = "ok"
    WARN = "warn"
    UNKNOWN = "unknown"
    FAIL = "fail"
    NONE = "none"


class Severity(StrEnum):
    """How urgent a finding is."""

    CRITICAL = "critical"
    WARNING = "warning"
    UNKNOWN = "unknown"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend: phrases `finding.CODE` and `remedy.CODE`; `owner` is who mends it.

    `subject` is an asset, service, engine, location or key. `owner` is one of
    phoenix, forge, vault, flow, hawk, helm, you.
    """

    code: str
    severity: Severity
    subject: str
    owner: str
    parameters: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """How one asset is covered. None is unknown.

    `rpo` is the effective RPO (worst of newest point's age and worst gap); `worst_case` comes
    from the schedule; `rpo_by_scope` counts only copies that survive the scope (None: none).
    `backups` are (engine, location) pairs that hold a usable point. `unchanged_until` says that
    nothing was written between the newest point and then: it is as good as one of then.
    """

    asset: str
    service: str
    state: State
    has_data: bool
    newest: datetime | None
    newest_suspect: bool
    rpo: timedelta | None
    rpo_objective: timedelta
    worst_gap: timedelta | None
    worst_case: timedelta | None
    schedule: str
    backups: tuple[tuple[str, str], ...]
    copies: int
    media: int
    off_site: bool | None
    immutable: bool | None
    simulated: bool
    blind: bool
    level: Level
    level_at: datetime | None
    last_drill_ok: bool | None
    rpo_by_scope: Mapping[Scope, timedelta | None]
    unchanged_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One line of the audit table: a service with its worst asset."""

    service: str
    criticality: Criticality
    data: tuple[str, ...]
    backups: tuple[tuple[str, str], ...]
    schedule: str
    newest: datetime | None
    rpo: timedelta | None
    state: State
    level: Level
    rto_seconds: float | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the knowledge about one engine is: last keyed open, last data read, its subset."""

    engine: str
    observed_at: datetime | None
    opened_at: datetime | None
    read_at: datetime | None
    read_subset: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What got better or worse since an earlier audit (`audit --since`)."""

    subject: str
    what: str
    before: str
    after: str
    worse: bool


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Everything an audit says; the table, the JSON, the metrics render this one value."""

    estate: str
    made_at: datetime
    rows: tuple[ServiceRow, ...]
    coverages: tuple[Coverage, ...]
    findings: tuple[Finding, ...]
    score: Score
    gains: tuple[Gain, ...]
    scenarios: Mapping[Scope, int]
    blind_spots: tuple[BlindSpot, ...]
    freshness: tuple[Freshness, ...]
    ledger_head: str
    simulated: bool
    changes: tuple[Change, ...] = ()

    @property
    def declared(self) -> tuple[Coverage, ...]:
        """Coverage of everything described that has data; Phoenix's own state is not among it."""
        named = {row.service for row in self.rows}
        return tuple(each for each in self.coverages if each.has_data and each.service in named)

    @property
    def open_findings(self) -> int:
        """Findings that are more than information; what is unknown is one."""
        return sum(each.severity is not Severity.INFO for each in self.findings)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a procedure: phrase `step.CODE` with parameters (commands included)."""

    code: str
    parameters: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceRecovery:
    """How one service comes back. Seconds are measured by drills; None is `not tested`."""

    service: str
    criticality: Criticality
    rto_objective: timedelta
    rto_seconds: float | None
    rpo: timedelta | None
    data: tuple[tuple[str, str], ...]
    """(asset name, source path) pairs."""
    sources: tuple[tuple[str, str, str], ...]
    """(engine, repository, location) triples, off-site ones marked by the renderer."""
    steps: tuple[Step, ...]
    depends_on: tuple[str, ...]
    level: Level
    last_drill: DrillRecord | None
    wave: int
    cumulative_seconds: float | None


@dataclass(frozen=True, slots=True)
class KeyCustody:
    """A key and where its copies are, without content."""

    name: str
    fingerprint: str
    opens: tuple[str, ...]
    assets: tuple[str, ...]
    """Assets that cannot be restored without it."""
    copies: tuple[tuple[str, str], ...]
    """(place, site) pairs that count."""
    off_site: bool
    proved_at: datetime | None
    proved_place: str = ""
    proved_off_site: bool = False
    last_proof_ok: bool | None = None
    behind_itself: tuple[tuple[str, str], ...] = ()
    """Copies that do not count: they lie in what only this key opens."""
    proof_stale: bool = False
    """The last good proof is older than `keys.PROOF_FRESH`."""


@dataclass(frozen=True, slots=True)
class RecoveryPlan:
    """The disaster-recovery plan: services in restore order, keys first."""

    estate: str
    made_at: datetime
    services: tuple[ServiceRecovery, ...]
    keys: tuple[KeyCustody, ...]
    total_seconds: float | None
    score_milli: int
    ledger_head: str
    gaps: tuple[Finding, ...]
    simulated: bool
