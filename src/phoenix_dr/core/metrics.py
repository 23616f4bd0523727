"""What monitoring is to know, as families of samples: times rather than ages, unknown left out.

A time stays true while nobody writes a new one, an age does not. What is not known has no sample,
so that no rule takes it for a good value; `phoenix_asset_info` names what should be there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from phoenix_dr.core.evidence import DrillRecord, Scope
from phoenix_dr.core.model import Estate
from phoenix_dr.core.report import AuditReport, Coverage, Severity, State

Labels = tuple[tuple[str, str], ...]
_Span = Callable[[Coverage], timedelta | None]
NEWEST = "backup_last_success_timestamp"
"""The name the seed gives it; everything else begins with `phoenix_`."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One value (seconds, unix seconds, counts or 0 and 1) with its labels in order."""

    labels: Labels
    value: float


@dataclass(frozen=True, slots=True)
class Family:
    """A gauge and its samples; `about` is what it means, in English, for whoever scrapes it."""

    name: str
    about: str
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """The newest usable point of an asset on one engine, and the losses it survives."""

    asset: str
    engine: str
    taken_at: datetime
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything the samples are made of: the last audit, and what the ledger tells beside it."""

    estate: Estate
    report: AuditReport
    held: tuple[Held, ...]
    drills: Mapping[str, DrillRecord]
    """The last drill of each asset."""
    version: str


def families(measured: Measured) -> tuple[Family, ...]:
    """Every family, always all of them, samples in a stable order."""
    report = measured.report
    return (
        _family(NEWEST, "When the newest usable copy that survives the loss of SCOPE was taken",
                _newest(measured)),
        *_of_assets(report),
        *_of_services(measured),
        *_of_drills(measured),
        *_of_estate(measured),
    )  # fmt: skip


def _of_assets(report: AuditReport) -> Iterator[Family]:
    covered = [each for each in report.coverages if each.has_data]
    yield _family("phoenix_asset_info", "1 for each asset that is to be saved", (
        Sample(_asset(each), 1) for each in covered
    ))  # fmt: skip
    yield _family("phoenix_asset_state", "1 for the state an asset is in, 0 for the others", (
        Sample((*_asset(each), ("state", state.value)), float(each.state is state))
        for each in covered
        for state in State
        if state is not State.NONE
    ))  # fmt: skip
    yield _family(
        "phoenix_asset_newest_point_timestamp_seconds", "When its newest usable copy was taken",
        (Sample(_asset(e), e.newest.timestamp()) for e in covered if e.newest),
    )  # fmt: skip
    for name, about, of in (
        ("rpo", "Effective RPO: how much would be lost, by what was measured", lambda e: e.rpo),
        ("rpo_objective", "How much may be lost", lambda e: e.rpo_objective),
        ("worst_gap", "Longest time between two copies of the last 30 days", lambda e: e.worst_gap),
        (
            "worst_case",
            "What the schedule lets be lost when everything goes well",
            lambda e: e.worst_case,
        ),
    ):
        yield _family(f"phoenix_asset_{name}_seconds", about, _spans(covered, of))
    yield _family("phoenix_asset_rpo_scope_seconds", "Effective RPO when SCOPE is lost", (
        Sample((*_asset(each), ("scope", scope.value)), span.total_seconds())
        for each in covered
        for scope, span in each.rpo_by_scope.items()
        if span is not None
    ))  # fmt: skip
    yield _family("phoenix_asset_copies", "Usable copies, production counted as one",
                  (Sample(_asset(each), each.copies) for each in covered))  # fmt: skip
    yield _family("phoenix_asset_off_site", "1 when a copy is at another site", (
        Sample(_asset(each), float(each.off_site)) for each in covered if each.off_site is not None
    ))  # fmt: skip
    yield _family("phoenix_asset_level", "Level of proof, 0 to 6",
                  (Sample(_asset(each), float(each.level)) for each in covered))  # fmt: skip


def _of_services(measured: Measured) -> Iterator[Family]:
    rows, services = measured.report.rows, measured.estate.services
    yield _family("phoenix_service_info", "1 for each service, with how much people miss it", (
        Sample((("service", row.service), ("criticality", row.criticality.value)), 1)
        for row in sorted(rows, key=lambda row: (row.criticality.rank, row.service))
    ))  # fmt: skip
    yield _family("phoenix_service_rto_seconds", "Measured RTO, worst of its last drills", (
        Sample((("service", row.service),), row.rto_seconds)
        for row in rows
        if row.rto_seconds is not None
    ))  # fmt: skip
    yield _family("phoenix_service_rto_objective_seconds", "How long it may be down", (
        Sample((("service", row.service),), services[row.service].objectives.rto.total_seconds())
        for row in rows
        if row.service in services
    ))  # fmt: skip


def _of_drills(measured: Measured) -> Iterator[Family]:
    last = [measured.drills[asset] for asset in sorted(measured.drills)]
    yield _family("phoenix_drill_timestamp_seconds", "When an asset was last restored for proof", (
        Sample(_labels(each.service, each.asset), each.started_at.timestamp()) for each in last
    ))  # fmt: skip
    yield _family("phoenix_drill_ok", "1 when its last drill passed",
                  (Sample(_labels(e.service, e.asset), float(e.ok)) for e in last))  # fmt: skip


def _of_estate(measured: Measured) -> Iterator[Family]:
    report = measured.report
    yield _family("phoenix_score", "Resilience, 0 to 10", (Sample((), report.score.milli / 1000),))
    yield _family("phoenix_score_cap", "A ceiling on the score", (
        Sample((("code", cap.code), ("subject", cap.subject)), cap.milli / 1000)
        for cap in report.score.caps
    ))  # fmt: skip
    yield _family("phoenix_findings", "Findings of the last audit", (
        Sample((("severity", each.value),), _count(report, each)) for each in Severity
    ))  # fmt: skip
    yield _family("phoenix_engine_blind_spots", "What could not be seen on an engine", (
        Sample((("engine", name),), sum(spot.engine == name for spot in report.blind_spots))
        for name in measured.estate.engines
    ))  # fmt: skip
    yield _family("phoenix_engine_observed_timestamp_seconds", "When an engine was last asked", (
        Sample((("engine", each.engine),), each.observed_at.timestamp())
        for each in report.freshness
        if each.observed_at
    ))  # fmt: skip
    yield _family("phoenix_audit_timestamp_seconds", "When all this was judged",
                  (Sample((), report.made_at.timestamp()),))  # fmt: skip
    yield _family("phoenix_ledger_info", "The head of the ledger's chain",
                  (Sample((("head", report.ledger_head),), 1),))  # fmt: skip
    yield _family("phoenix_build_info", "The version that wrote this",
                  (Sample((("version", measured.version),), 1),))  # fmt: skip


def _newest(measured: Measured) -> Iterator[Sample]:
    best: dict[tuple[str, str, Scope], float] = {}
    for held in measured.held:
        for scope in held.scopes:
            key = (held.asset, held.engine, scope)
            best[key] = max(best.get(key, 0.0), held.taken_at.timestamp())
    order = list(Scope)
    for asset, engine, scope in sorted(best, key=lambda key: (*key[:2], order.index(key[2]))):
        service = asset.partition("/")[0]
        labels = (*_labels(service, asset), ("engine", engine), ("scope", scope.value))
        yield Sample(labels, best[asset, engine, scope])


def _count(report: AuditReport, severity: Severity) -> int:
    return sum(each.severity is severity for each in report.findings)


def _spans(covered: Iterable[Coverage], of: _Span) -> Iterator[Sample]:
    for each in covered:
        span = of(each)
        if span is not None:
            yield Sample(_asset(each), span.total_seconds())


def _asset(coverage: Coverage) -> Labels:
    return _labels(coverage.service, coverage.asset)


def _labels(service: str, asset: str) -> Labels:
    return (("service", service), ("asset", asset))


def _family(name: str, about: str, samples: Iterable[Sample]) -> Family:
    return Family(name, about, tuple(samples))
