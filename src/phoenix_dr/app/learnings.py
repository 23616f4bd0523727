"""What drills teach, kept where a project keeps its learnings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from phoenix_dr.adapters.project_memory import LEARNINGS, Memory
from phoenix_dr.app.context import Context
from phoenix_dr.app.drills import DrillReport
from phoenix_dr.app.project import memory_at
from phoenix_dr.core.memory_lines import with_learning
from phoenix_dr.render.phrases import sentence


def learn(ctx: Context, report: DrillReport, *, start: Path) -> int:
    """Write a line for each drill that failed and each broken copy that went unnoticed.

    Nothing outside a project; how many lines were new. Raises UsageError when the memory cannot be
    written.
    """
    held = memory_at(start)
    if held is None:
        return 0
    day = ctx.now().astimezone().date()
    return sum(_noted(held, said, day) for said in dict.fromkeys(_lessons(ctx, report)))


def _noted(held: Memory, said: str, day: date) -> bool:
    return held.change(LEARNINGS, lambda before: with_learning(before, said, day=day))


def _lessons(ctx: Context, report: DrillReport) -> Iterator[str]:
    for record in report.records:
        if record.mutated and not record.ok:
            continue
        if record.mutated:
            yield sentence(ctx.language, "learning.unseen", asset=record.asset)
        elif not record.ok:
            failed = ", ".join(each.code for each in record.checks if each.ok is False)
            yield sentence(
                ctx.language, "learning.failed",
                asset=record.asset, engine=record.engine, checks=failed or "–",
            )  # fmt: skip
    for asset, error in report.failed:
        yield sentence(ctx.language, "learning.stopped", asset=asset, code=error.code)
