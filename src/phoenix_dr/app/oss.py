"""OSS first: the tools of others against a need, and the choice a person made, kept for good.

The choice stands in the decisions log of the project, where there is one, and always in the
ledger. Reading leaves nothing behind, not even a ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from phoenix_dr.adapters.project_memory import DECISIONS, REFERENCES, Memory
from phoenix_dr.app.context import Context
from phoenix_dr.app.project import memory_at
from phoenix_dr.core import oss
from phoenix_dr.core.before_change import names
from phoenix_dr.core.oss import Comparison, Need
from phoenix_dr.core.oss_decisions import Choice, mentions, plain, states, with_choice
from phoenix_dr.core.oss_tools import BY_ID, CUSTOM
from phoenix_dr.errors import UsageError
from phoenix_dr.ledger import Kind, Ledger, open_ledger
from phoenix_dr.render.oss import refusals

SHOWN = 12
"""How many names an unknown one is answered with."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The comparison of a need.

    `decided` is the newest choice kept in the ledger. `sources` are lines of the project's own
    references by tool; None inside a project that has none, () outside a project.
    """

    need: Need
    parts: tuple[Comparison, ...]
    off_site: tuple[str, ...]
    decided: Choice | None
    sources: Mapping[str, tuple[str, ...]] | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A choice that was kept: whether the ledger took it anew, and the project's log, if any."""

    choice: Choice
    new: bool
    log: Path | None = None
    logged: bool = False


def compare(ctx: Context, name: str | None, *, start: Path) -> Answer:
    """Compare the tools against a need of the estate. Raises UsageError for one nobody has."""
    need = _need(ctx, name)
    held = memory_of(start, ctx.settings.config_path.parent)
    text = held.read(REFERENCES) if held else ""
    return Answer(
        need,
        oss.compare(ctx.estate, need),
        oss.off_site(ctx.estate),
        _kept(ctx, need.key),
        None if text is None else mentions(text),
    )


def decide(ctx: Context, name: str, tool: str, *, because: str, start: Path) -> Recorded:
    """Keep the choice of a tool, or of `custom`, for a need; the same one again changes nothing.

    Raises UsageError: oss-custom-command, oss-unfit, oss-because, and when a file cannot be
    written.
    """
    need = _need(ctx, name)
    parts = oss.compare(ctx.estate, need)
    why = plain(because)
    if not why:
        raise UsageError("oss-because")
    _allowed(need, parts, tool)
    held = memory_of(start, ctx.settings.config_path.parent)
    # Whatever language was asked for now, the memory keeps that of the estate.
    choice = Choice(need.key, tool, why, refusals(parts, tool, ctx.estate.language))
    logged = held is not None and _logged(held, choice, ctx)
    new = _known(ctx.ledger, need.key) != _same(choice)
    if new:
        ctx.ledger.append(Kind.NOTE, subject(need.key), choice, at=ctx.now())
    return Recorded(choice, new, held.folder / DECISIONS if held else None, logged)


def undecided(asset: str, *, ledger: Path, held: Memory | None) -> bool:
    """Whether nothing holds a choice for an asset or its service: no ledger, no decisions log.

    A ledger that is not there is not made. Raises LedgerError, UsageError for one not readable.
    """
    wanted = (asset, asset.partition("/")[0])
    if held is not None and states(held.read(DECISIONS) or "", wanted):
        return False
    if not ledger.exists():
        return True
    kept = open_ledger(ledger)
    try:
        return not any(_known(kept, each) for each in wanted)
    finally:
        kept.close()


def memory_of(*starts: Path) -> Memory | None:
    """The memory of the project the first of these folders lies in that lies in one."""
    return next((held for each in starts if (held := memory_at(each)) is not None), None)


def subject(key: str) -> str:
    """How the ledger's notes on a need are called."""
    return f"oss:{key}"


def _need(ctx: Context, name: str | None) -> Need:
    need = oss.need_of(ctx.estate, name)
    if need is None:
        known = [*names(ctx.estate), *(kind.value for kind in oss.KINDS)]
        more = ", …" if len(known) > SHOWN else ""
        raise UsageError("oss-unknown", name=name or "", known=", ".join(known[:SHOWN]) + more)
    if not need.parts:
        raise UsageError("oss-nothing", name=name or ctx.estate.name)
    return need


def _allowed(need: Need, parts: Iterable[Comparison], tool: str) -> None:
    if tool == CUSTOM:
        if not need.is_command:
            raise UsageError("oss-custom-command", name=need.key)
        return
    rows = [row for part in parts for row in part.rows if row.tool.id == tool]
    if all(row.verdict is oss.Verdict.NO for row in rows):
        raise UsageError("oss-unfit", tool=BY_ID[tool].name, name=need.key)


def _logged(held: Memory, choice: Choice, ctx: Context) -> bool:
    day = ctx.now().astimezone().date()
    return held.change(DECISIONS, lambda before: with_choice(before, choice, day=day))


def _kept(ctx: Context, key: str) -> Choice | None:
    # Opening would make it.
    if not (ctx.settings.state_dir / "ledger.db").exists():
        return None
    return _known(ctx.ledger, key)


def _known(ledger: Ledger, key: str) -> Choice | None:
    row = next(
        ledger.rows(kinds=(Kind.NOTE,), subject=subject(key), limit=1, newest_first=True), None
    )
    return None if row is None else _same(row.read(Choice))


def _same(choice: Choice) -> Choice:
    """What makes two choices one: what was refused may read otherwise later."""
    return replace(choice, refused=())
