"""A small house whose schedule is handed to Flow, in a project with a memory."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from build_app import House, Ran, house
from phoenix_dr.app import flow_handover
from phoenix_dr.app.flow_handover import Where
from phoenix_dr.core.flow import Form, Planned, planned
from phoenix_dr.core.regular_work import regular_work
from tools import UNPACKED, environment, program

LAST = 2
CONTEXT = "# Contexte\n\n## Requêtes inter-agents\n\n- [ ] [hawk→phoenix] autre chose\n"


def checkers(folder: Path) -> str:
    """A PATH on which the real programs that judge schedules are, and work wherever they lie."""
    folder.mkdir(exist_ok=True)
    library = environment()["LD_LIBRARY_PATH"]
    units = environment()["SYSTEMD_UNIT_PATH"]
    for name in ("systemd-analyze", "crontab"):
        found = program(name)
        shim = folder / name
        inner = f'LD_LIBRARY_PATH="{library}" SYSTEMD_UNIT_PATH="{units}" '
        inner = inner if str(UNPACKED) in found else ""
        shim.write_text(f'#!/bin/sh\n{inner}exec {found} "$@"\n')
        shim.chmod(0o755)
    beside = Path(sys.executable).parent
    assert (beside / "check-jsonschema").exists(), "`make test` should have installed it"
    return f"{folder}:{beside}:{os.environ['PATH']}"


@dataclass
class Site:
    """A house in a project."""

    house: House
    path: str

    @property
    def memory(self) -> Path:
        """The project's memory folder."""
        return self.house.root / "_bmad" / "_memory"

    @property
    def context(self) -> str:
        """The shared context as it stands."""
        return (self.memory / "shared-context.md").read_text()

    @property
    def handoffs(self) -> str:
        """The handoff log as it stands."""
        log = self.memory / "handoff-log.md"
        return log.read_text() if log.exists() else ""

    @property
    def handed(self) -> Path:
        """Where handed-over files lie."""
        return self.house.root / "handed" / "flow"

    def generate(self, *words: str) -> Ran:
        """`phoenix generate …` with every checker on PATH."""
        return self.house.phoenix("generate", *words, PATH=self.path)

    def hand_over(self, form: str, *more: str) -> dict[str, Any]:
        """Hand one form over; the JSON it printed."""
        done = self.generate(form, "--handoff", "handed", "--json", *more)
        assert done.code == 0, done.err
        said: dict[str, Any] = json.loads(done.out)
        return said

    def plan(self, form: Form) -> tuple[Planned, ...]:
        """What is planned in that form."""
        with self.house.context() as ctx:
            return planned(regular_work(ctx.estate), form, year=ctx.now().year)

    def start(self, form: Form, starts: Iterable[tuple[datetime, str]], *, code: int = 0) -> None:
        """Note starts as a schedule would make them at those times."""
        with self.house.context() as ctx:
            for at, work in sorted(starts):
                self.at(at)
                assert flow_handover.remember(ctx, f"{form}/{work}", started_at=at, code=code)

    def run_all(self, form: Form, *, late: timedelta, but: Iterable[str] = ()) -> None:
        """Start every work but some at its last planned times of sixteen days."""
        until = self.house.clock() + timedelta(days=16)
        starts = []
        for each in self.plan(form):
            at = until
            for _ in range(LAST if each.work.name not in but else 0):
                at = each.before(at)
                starts.append((at + late, each.work.name))
        self.start(form, starts)
        self.at(until)

    def at(self, moment: datetime) -> None:
        """Set the clock."""
        self.house.clock.shift = moment - datetime.now(UTC)

    def settle(self) -> Where | None:
        """What the end of an audit does."""
        found: Where | None = self.house.using(flow_handover.settle)
        return found


def site(root: Path, *, schedule: str = "0 3,15 * * *") -> Site:
    """A house in a project, in Paris, whose works come at least daily."""
    made = house(root)
    made.say("timezone: UTC", "timezone: Europe/Paris")
    made.say('schedule: "0 3,15 * * *"', f'schedule: "{schedule}"')
    (root / "_bmad" / "_memory").mkdir(parents=True)
    (root / "_bmad" / "core").mkdir()
    (root / "_bmad" / "core" / "config.yaml").write_text("user_name: G\n")
    (root / "_bmad" / "_memory" / "shared-context.md").write_text(CONTEXT)
    return Site(made, checkers(root / "checkers"))
