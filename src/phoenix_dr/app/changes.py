"""What got better or worse since an earlier audit, asset by asset, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from phoenix_dr.app.context import Context
from phoenix_dr.core.report import AuditReport, Change, Coverage, State
from phoenix_dr.errors import UsageError
from phoenix_dr.ledger import Kind

_ORDER = (State.OK, State.WARN, State.UNKNOWN, State.FAIL)


def changes_since(ctx: Context, moment: datetime) -> Callable[[AuditReport], tuple[Change, ...]]:
    """A comparison with the last audit at or before `moment` (else the first one after it).

    Raises UsageError when no audit was stored yet.
    """
    before = None
    for row in ctx.ledger.rows(kinds=(Kind.AUDIT,)):
        if before is not None and row.at > moment:
            break
        before = row.value
    if before is None:
        raise UsageError("no-audit-yet")
    return lambda report: tuple(_changes(before, report))


def _changes(before: dict[str, Any], report: AuditReport) -> Iterator[Change]:
    if before["formula"] == report.score.formula and before["milli"] != report.score.milli:
        worse = report.score.milli < before["milli"]
        yield Change("", "score", _points(before["milli"]), _points(report.score.milli), worse)
    for coverage in report.coverages:
        old = before["assets"].get(coverage.asset)
        if old is None:
            yield Change(coverage.asset, "appeared", "", coverage.state.value, False)
        else:
            yield from _of_asset(old, coverage)
    now = {coverage.asset for coverage in report.coverages}
    for asset in sorted(before["assets"].keys() - now):
        yield Change(asset, "removed", before["assets"][asset]["state"], "", True)


def _of_asset(old: dict[str, Any], new: Coverage) -> Iterator[Change]:
    state = State(old["state"])
    if state is not new.state and State.NONE not in {state, new.state}:
        worse = _ORDER.index(new.state) > _ORDER.index(state)
        yield Change(new.asset, "state", state.value, new.state.value, worse)
    if old["level"] != int(new.level):
        yield Change(
            new.asset, "level", f"L{old['level']}", f"L{int(new.level)}", new.level < old["level"]
        )
    if old["copies"] != new.copies:
        yield Change(
            new.asset, "copies", str(old["copies"]), str(new.copies), new.copies < old["copies"]
        )
    if bool(old["off_site"]) != bool(new.off_site):
        yield Change(
            new.asset, "off-site", _word(old["off_site"]), _word(new.off_site), not new.off_site
        )
    yield from _rpo(old["rpo"], new)


def _rpo(old: float | None, new: Coverage) -> Iterator[Change]:
    """The effective RPO, only when it crossed the objective."""
    objective = new.rpo_objective.total_seconds()
    seconds = new.rpo.total_seconds() if new.rpo is not None else None
    held, holds = old is not None and old < objective, seconds is not None and seconds < objective
    if held != holds:
        yield Change(new.asset, "rpo", _hours(old), _hours(seconds), held)


def _points(milli: int) -> str:
    return f"{milli // 1000}.{milli % 1000 // 100}"


def _word(fact: bool | None) -> str:
    return {True: "yes", False: "no", None: "?"}[fact]


def _hours(seconds: float | None) -> str:
    return "?" if seconds is None else f"{seconds / 3600:.1f} h"
