"""What a run left behind, sorted into the five phases and written into the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from phoenix_dr.app.context import Context
from phoenix_dr.core.phases import PhaseRecord, WorkPhase
from phoenix_dr.ledger import Kind, Row

MOST = 8
"""Files and rows named for one phase."""


@dataclass(frozen=True, slots=True)
class Begin:
    """Where a run began: the newest row of the ledger then, and when."""

    seq: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """What a run says of itself: planning commands with their exit code, files it wrote."""

    plans: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def begin(ctx: Context) -> Begin:
    """Remember where a run begins."""
    return Begin(ctx.ledger.head().seq, ctx.now())


def record(ctx: Context, work: str, since: Begin, left: Left) -> tuple[PhaseRecord, ...]:
    """The phases of a run that just ended, all five, in order; a row of the ledger keeps them."""
    made = tuple(_records(ctx, work, since, left))
    ctx.ledger.append(Kind.NOTE, f"phases:{work}", {"phases": list(made)}, at=ctx.now())
    return made


def _records(ctx: Context, work: str, since: Begin, left: Left) -> Iterator[PhaseRecord]:
    digest = hashlib.sha256(ctx.settings.config_path.read_bytes()).hexdigest()[:12]
    count = len(tuple(ctx.estate.assets()))
    yield PhaseRecord(WorkPhase.INVENTORY, (f"phoenix.yaml {digest}",), True, count, count)
    yield _verify(ctx, since)
    yield _plan(ctx, since, left)
    kinds = (Kind.KEY_PROOF,) if work == "KS" else (Kind.DRILL,)
    yield _of_row(WorkPhase.VALIDATE, _newest(ctx, kinds), since)
    files = tuple(dict.fromkeys((*left.files, *_written(Path(ctx.estate.documents), since))))
    yield PhaseRecord(WorkPhase.DOCUMENT, files[:MOST], bool(files), len(files))


def _verify(ctx: Context, since: Begin) -> PhaseRecord:
    """Engines that were looked at, with the newest look."""
    states = [(name, ctx.ledger.engine_state(name)) for name in ctx.estate.engines]
    seen = [(name, state.observed_at) for name, state in states if state and state.observed_at]
    now = tuple(name for name, at in seen if at >= since.at)
    used = now or tuple(name for name, _ in seen)
    return PhaseRecord(WorkPhase.VERIFY, used, bool(now), len(used), len(states))


def _plan(ctx: Context, since: Begin, left: Left) -> PhaseRecord:
    """Plans this run made; else the remedies of the newest audit."""
    if left.plans:
        return PhaseRecord(WorkPhase.PLAN, left.plans, True, len(left.plans))
    return _of_row(WorkPhase.PLAN, _newest(ctx, (Kind.PLAN, Kind.AUDIT)), since)


def _of_row(phase: WorkPhase, row: Row | None, since: Begin) -> PhaseRecord:
    if row is None:
        return PhaseRecord(phase)
    return PhaseRecord(phase, (f"#{row.seq}",), row.seq > since.seq, 1)


def _newest(ctx: Context, kinds: tuple[Kind, ...]) -> Row | None:
    return next(ctx.ledger.rows(kinds=kinds, limit=1, newest_first=True), None)


def _written(folder: Path, since: Begin) -> Iterable[str]:
    """Files in a folder, and one level below, that are not older than the run."""
    for path in sorted((*folder.glob("*"), *folder.glob("*/*"))):
        if path.is_file() and path.stat().st_mtime >= since.at.timestamp():
            yield str(path)
