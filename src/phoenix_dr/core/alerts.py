"""Alerts on what `phoenix metrics` tells, as values: what makes each fire, and for how long.

A daily run is a little more than a day from the next one, so nothing fires before it has lasted as
long as a run may take; who was never saved has no time at all and needs a rule of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from phoenix_dr.core.metrics import NEWEST

BY_ASSET = "(service, asset)"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DRILL_AGE = timedelta(days=30)
AUDIT_AGE = timedelta(hours=26)
"""A daily audit, and two hours for it to be late."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One rule: phrases `alert.CODE.summary` and `.description`, `code` names it."""

    code: str
    name: str
    expression: str
    lasts: timedelta
    severity: str


def alerts(*, lasts: timedelta = HOUR) -> tuple[Alert, ...]:
    """Every alert; what stays away for `lasts` fires. Of drills and objectives a day is enough."""
    slow = max(lasts, DAY) if lasts else lasts
    newest = f"max by {BY_ASSET} ({NEWEST})"
    away = f'max by {BY_ASSET} ({NEWEST}{{scope="site"}})'
    drilled = "phoenix_drill_timestamp_seconds"
    return (
        Alert("too-old", "PhoenixBackupTooOld",
              f"time() - {newest} > on {BY_ASSET} phoenix_asset_rpo_objective_seconds",
              lasts, "critical"),
        Alert("never", "PhoenixBackupNeverDone",
              f"phoenix_asset_info unless on {BY_ASSET} {newest}", lasts, "critical"),
        Alert("no-copy-away", "PhoenixNoCopyOffSite",
              f"phoenix_asset_info unless on {BY_ASSET} {away}", slow, "warning"),
        Alert("drill-failed", "PhoenixDrillFailed", "phoenix_drill_ok == 0", timedelta(0),
              "critical"),
        Alert("drill-old", "PhoenixDrillTooOld",
              f"time() - {drilled} > {int(DRILL_AGE.total_seconds())}", slow, "warning"),
        Alert("never-drilled", "PhoenixNeverRestored",
              f"phoenix_asset_info unless on {BY_ASSET} {drilled}", slow, "warning"),
        Alert("rto-missed", "PhoenixRtoMissed",
              "phoenix_service_rto_seconds > on (service) phoenix_service_rto_objective_seconds",
              timedelta(0), "warning"),
        Alert("blind", "PhoenixCannotSee", "phoenix_engine_blind_spots > 0", lasts, "warning"),
        Alert("silent", "PhoenixSilent",
              "absent(phoenix_audit_timestamp_seconds) or "
              f"time() - phoenix_audit_timestamp_seconds > {int(AUDIT_AGE.total_seconds())}",
              lasts, "critical"),
    )  # fmt: skip
