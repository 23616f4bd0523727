"""What every place where a drill restores can do."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from phoenix_dr.adapters._command import Result
from phoenix_dr.core.evidence import CheckResult, Level

RESTORED = "/restore"
"""Where a command sees the restored tree."""
TIMED_OUT = 124
"""Exit code of a command that was stopped because its time was over, as timeout(1) has it."""
TOO_MUCH = 125
"""Exit code of a command that was stopped because it wrote too much."""


@dataclass(frozen=True, slots=True)
class Isolation:
    """Whether commands run shut in here; else `reason` (a code) and what the system said."""

    ok: bool
    reason: str = ""
    detail: str = ""


class Sandbox(Protocol):
    """A place to restore into and to ask questions of what was restored."""

    @property
    def path(self) -> Path:
        """The empty folder an engine restores into."""
        ...

    @property
    def isolation(self) -> Isolation:
        """Whether `run` can shut a command in; proved by trying, once."""
        ...

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        cwd: str = "",
        writable: bool = False,
        cancel: threading.Event | None = None,
    ) -> Result:
        """Run a command on the restored tree. Raises DrillError `not-isolated` where it cannot."""
        ...

    def close(self, *, keep: bool = False) -> bool:
        """Remove everything the sandbox made; False when something had to stay."""
        ...


def not_run(check: str, proves: Level, isolation: Isolation) -> CheckResult:
    """The result of a check (by its code) that could not run as nothing isolates it here."""
    parameters = (("reason", isolation.reason), ("detail", isolation.detail))
    return CheckResult(check, None, proves, parameters)


def command_verdict(argv: Sequence[str], result: Result) -> CheckResult:
    """What a command check proves: exit 0 is success."""
    parameters = (("command", " ".join(argv)), ("exit", result.code))
    return CheckResult("command", result.code == 0, Level.DATA, parameters)
