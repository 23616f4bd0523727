"""Alert rules, a route and a dashboard as files, read by the programs they are for."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from phoenix_dr.adapters.alert_checkers import judge
from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_atomically
from phoenix_dr.core.alerts import Alert
from phoenix_dr.render.alerts import ROUTE, RULES, TESTS, files
from phoenix_dr.render.view import View

COMMANDS = {
    RULES: ("promtool", "check", "rules"),
    TESTS: ("promtool", "test", "rules"),
    ROUTE: ("amtool", "check-config"),
}


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written; `program` read it before, "" when none is meant to or was there.

    `ok` None: the program that should have read it is not on PATH.
    """

    path: Path
    program: str
    ok: bool | None


def write_alerts(ctx: Context, folder: Path, found: Sequence[Alert]) -> tuple[Written, ...]:
    """Write every file of these alerts, once each program that is there has read its own.

    Raises EngineError (alerts-wrong) when one refuses, UsageError when the place cannot be
    written; nothing was written then.
    """
    view = View(language=ctx.language, zone=ZoneInfo(ctx.estate.timezone))
    made = files(found, view)
    with tempfile.TemporaryDirectory(prefix="phoenix-alerts-") as room:
        for name, text in made.items():
            (Path(room) / name).write_text(text, encoding="utf-8")
        judged = judge(Path(room), COMMANDS, environ=ctx.environ, cancel=ctx.cancel)
    verdicts = {each.name: each for each in judged}
    written = []
    for name, text in made.items():
        write_atomically(folder / name, text, mode=0o644)
        verdict = verdicts.get(name)
        written.append(
            Written(
                folder / name, verdict.program if verdict else "", verdict.ok if verdict else True
            )
        )
    return tuple(written)
