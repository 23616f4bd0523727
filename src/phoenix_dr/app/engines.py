"""Looking at engines closely: do they open, what do they hold, is stored data still whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from phoenix_dr.adapters.base import Prober
from phoenix_dr.app.apply import Performed, apply
from phoenix_dr.app.context import Context
from phoenix_dr.app.observe import Seen, observe
from phoenix_dr.app.selection import SAVING_ENGINES
from phoenix_dr.core.capabilities import Capabilities
from phoenix_dr.core.evidence import DataRead
from phoenix_dr.core.plan import ReadData, make_plan
from phoenix_dr.errors import EngineError, PhoenixError, UsageError

NEXT = "next"


@dataclass(frozen=True, slots=True)
class EngineCheck:
    """One engine: whether it opened, how many points it holds, what was re-read and how it went.

    `rights` is what its credential is good for, for engines that can say so.
    """

    engine: str
    seen: Seen
    points: int
    read: DataRead | None = None
    error: PhoenixError | None = None
    rights: Capabilities | None = None


def check(ctx: Context, names: Sequence[str], *, read: str | None) -> tuple[EngineCheck, ...]:
    """Open each engine with its key; with `read` have it re-read that part of its data.

    `read` is `n/t`, a percentage, or `next/t`: the part after the one read last, so that `t`
    runs read everything. Raises UsageError for an unknown engine or part.
    """
    asked = list(names or ctx.estate.engines)
    for name in asked:
        if name not in ctx.estate.engines:
            known = ", ".join(ctx.estate.engines)
            raise UsageError("engine-unknown", engine=name, known=known)
    probing = {name: ctx.waiting_pool.submit(_rights, ctx, name) for name in asked}
    seen = {look.engine: look for look in observe(ctx, asked, force=True)}
    performed = _read(ctx, [n for n in asked if seen[n].blind is None], read) if read else {}
    found = (_checked(ctx, name, seen[name], performed.get(name)) for name in asked)
    return tuple(replace(each, rights=probing[each.engine].result()) for each in found)


def _rights(ctx: Context, name: str) -> Capabilities | None:
    """What the credential can see; None when the engine cannot say, for a reason told already."""
    try:
        engine = ctx.engine(name)
        return engine.rights() if isinstance(engine, Prober) else None
    except EngineError:
        return None


def _read(ctx: Context, names: Sequence[str], read: str) -> dict[str, Performed]:
    able = [name for name in names if ctx.estate.engines[name].kind in SAVING_ENGINES]
    actions = [ReadData(name, part(ctx, name, read)) for name in able]
    return {one.outcome.action.engine: one for one in apply(ctx, make_plan(actions))}


def part(ctx: Context, engine: str, read: str) -> str:
    """The part to read now: as asked, or the one after the last."""
    first, slash, total = read.partition("/")
    if not slash:
        if read.endswith("%") and read[:-1].isdecimal() and 0 < int(read[:-1]) <= 100:
            return read
        raise UsageError("bad-part", given=read)
    if not total.isdecimal() or not 1 <= int(total) <= 256:
        raise UsageError("bad-part", given=read)
    if first == NEXT:
        return f"{_last(ctx, engine, total) % int(total) + 1}/{total}"
    if not first.isdecimal() or not 1 <= int(first) <= int(total):
        raise UsageError("bad-part", given=read)
    return read


def _last(ctx: Context, engine: str, total: str) -> int:
    for done in ctx.ledger.data_reads(engine=engine):
        number, _, of = done.subset.partition("/")
        if done.ok and of == total:
            return int(number)
    return 0


def _checked(ctx: Context, name: str, seen: Seen, one: Performed | None) -> EngineCheck:
    points = len(ctx.ledger.points(engine=name))
    if one is None or not isinstance(one.outcome.action, ReadData):
        return EngineCheck(name, seen, points)
    done = _data_read(one, one.outcome.action, one.outcome.ended_at)
    if done is not None:
        ctx.ledger.append("data-read", name, done, at=one.outcome.ended_at)
    return EngineCheck(name, seen, points, done, one.error)


def _data_read(one: Performed, action: ReadData, at: datetime) -> DataRead | None:
    """A result only when the engine judged the data: an unreachable one judged nothing."""
    damaged = isinstance(one.error, EngineError) and one.error.code == "data-damaged"
    if one.error is not None and not damaged:
        return None
    return DataRead(action.engine, at, action.subset, not damaged)
