"""What drills and changes that failed teach, kept where a project keeps its learnings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from phoenix_dr.adapters.project_memory import LEARNINGS, Memory
from phoenix_dr.app.context import Context
from phoenix_dr.app.drills import DrillReport
from phoenix_dr.app.project import memory_at
from phoenix_dr.core.evidence import DrillRecord
from phoenix_dr.core.memory_lines import with_learning
from phoenix_dr.core.plan import Outcome
from phoenix_dr.errors import PhoenixError
from phoenix_dr.ledger import Kind
from phoenix_dr.render.phrases import sentence


def learn(ctx: Context, report: DrillReport, *, start: Path) -> int:
    """Write a line for each drill that failed and each broken copy that went unnoticed.

    Nothing outside a project; how many lines were new. Raises UsageError when the memory cannot be
    written.
    """
    return _learn(ctx, _lessons(ctx, report.records, report.failed), start=start)


def learn_records(ctx: Context, records: Iterable[DrillRecord], *, start: Path) -> int:
    """The same for drills that were run by themselves."""
    return _learn(ctx, _lessons(ctx, records, ()), start=start)


def newest_row(ctx: Context, *, start: Path) -> int:
    """The newest row of the ledger, from which on failures count; 0 outside a project."""
    return ctx.ledger.head().seq if memory_at(start) else 0


def learn_failures(
    ctx: Context, engines: Iterable[str], *, start: Path, since: int, stopped: str = ""
) -> int:
    """Write a line for each action that failed after a row of the ledger.

    `stopped` is the code of what ended the whole change of these engines. Nothing outside a
    project; how many lines were new. Raises UsageError when the memory cannot be written.
    """
    if memory_at(start) is None:
        return 0
    said = [*_failures(ctx, since)]
    if stopped:
        named = ", ".join(engines) or "–"
        said.append(sentence(ctx.language, "learning.change", engine=named, code=stopped))
    return _learn(ctx, said, start=start)


def _failures(ctx: Context, since: int) -> Iterator[str]:
    for row in ctx.ledger.rows(kinds=(Kind.OUTCOME,), newest_first=True):
        if row.seq <= since:
            return
        outcome = row.read(Outcome)
        if outcome.ok:
            continue
        facts = {"engine": outcome.action.engine, "code": outcome.error}
        if asset := getattr(outcome.action, "asset", ""):
            yield sentence(ctx.language, "learning.change-of", asset=asset, **facts)
        else:
            yield sentence(ctx.language, "learning.change", **facts)


def _learn(ctx: Context, lessons: Iterable[str], *, start: Path) -> int:
    held = memory_at(start)
    if held is None:
        return 0
    day = ctx.now().astimezone().date()
    return sum(_noted(held, said, day) for said in dict.fromkeys(lessons))


def _noted(held: Memory, said: str, day: date) -> bool:
    return held.change(LEARNINGS, lambda before: with_learning(before, said, day=day))


def _lessons(
    ctx: Context, records: Iterable[DrillRecord], stopped: Iterable[tuple[str, PhoenixError]]
) -> Iterator[str]:
    for record in records:
        if record.mutated and record.ok:
            yield sentence(ctx.language, "learning.unseen", asset=record.asset)
        elif not (record.mutated or record.ok):
            failed = ", ".join(each.code for each in record.checks if each.ok is False)
            yield sentence(
                ctx.language, "learning.failed",
                asset=record.asset, engine=record.engine, checks=failed or "–",
            )  # fmt: skip
    for asset, error in stopped:
        yield sentence(ctx.language, "learning.stopped", asset=asset, code=error.code)
