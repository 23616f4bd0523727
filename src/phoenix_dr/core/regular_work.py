"""Everything Phoenix has to do again and again: what, and when. Who starts it is another matter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from phoenix_dr.core.model import AssetKind, CheckKind, Estate
from phoenix_dr.core.schedule import Cron, parse

SAVED_BY_PHOENIX = frozenset({AssetKind.FILES, AssetKind.SQLITE, AssetKind.K3S})
FINE, FOUND = 0, 3
"""Exit codes of work that was done: without and with something to report."""
BACKUP, BEAT, LOOK, AUDIT, DRILL, EXPIRY, METRICS = (
    "backup", "canary", "observe", "audit", "drill", "retention", "metrics",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wishes:
    """What runs only when somebody wants it: metrics into a file, expiry by standing approvals."""

    textfile: str | None = None
    expiry: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """Something done regularly: its name, arguments, schedule, most seconds it may start late."""

    name: str
    arguments: tuple[str, ...]
    cron: Cron
    delay: int = 300

    @property
    def phrase(self) -> str:
        """Code of the sentence that says what the work is."""
        return f"timer.{self.arguments[0]}"

    @property
    def findings_are_fine(self) -> bool:
        """Whether exit 3 reports the estate's state, not a failure of the run."""
        return self.arguments[0] == AUDIT

    @property
    def done(self) -> frozenset[int]:
        """Exit codes after which it did its work; of a backup or a beat, only without a fault."""
        return frozenset({FINE} if self.arguments[0] in (BACKUP, BEAT) else {FINE, FOUND})


def regular_work(estate: Estate, wishes: Wishes | None = None) -> tuple[Work, ...]:
    """What has to run and when. Raises UsageError for a schedule that is not one."""
    wanted = wishes or Wishes()
    own = [
        Work("phoenix-observe", (LOOK,), _cron("17 * * * *", estate)),
        Work("phoenix-audit", (AUDIT,), _cron("0 7 * * *", estate)),
        Work("phoenix-drill", (DRILL, "due", "--minutes", "30"), _cron("0 5 * * 0", estate)),
    ]
    checks = (check.kind for service in estate.services.values() for check in service.checks)
    if CheckKind.CANARY in checks or any(asset.canary for asset in estate.assets()):
        beat = _cron("*/15 * * * *", estate)
        own.insert(0, Work("phoenix-canary", (BEAT, "beat"), beat, delay=30))
    if wanted.expiry:
        own.append(Work("phoenix-expiry", (EXPIRY, "apply"), _cron("30 6 * * *", estate)))
    if wanted.textfile is not None:
        told = (METRICS, "--textfile", wanted.textfile)
        own.append(Work("phoenix-metrics", told, _cron("*/15 * * * *", estate), delay=30))
    return (*_backups(estate), *own)


def _backups(estate: Estate) -> Iterator[Work]:
    groups: dict[str, list[str]] = {}
    for asset in estate.assets():
        policy = estate.policies.get(asset.policy or "")
        if asset.kind in SAVED_BY_PHOENIX and policy is not None:
            chosen = groups.setdefault(policy.schedule, [])
            chosen += [asset.service] if asset.service not in chosen else []
    for schedule, services in groups.items():
        cron = _cron(schedule, estate)
        if len(groups) == 1:
            yield Work("phoenix-backup", (BACKUP,), cron)
        else:
            # One schedule, one work: two policies may share it.
            names = [name for name, each in estate.policies.items() if each.schedule == schedule]
            yield Work(f"phoenix-backup-{_slug(names[0])}", (BACKUP, *services), cron)


def _cron(expression: str, estate: Estate) -> Cron:
    return parse(expression, estate.timezone)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "policy"
