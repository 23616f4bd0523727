"""Before a change of backups or retention: who and what depends on the things it touches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.adapters.project_memory import CONTRADICTIONS, GRAPH, Memory
from phoenix_dr.app.context import Context
from phoenix_dr.app.project import memory_at
from phoenix_dr.core.before_change import names_of
from phoenix_dr.core.dependency_graph import Reach, impact, reversed_in
from phoenix_dr.core.dependency_lines import graph
from phoenix_dr.core.memory_lines import Contradiction, with_contradiction
from phoenix_dr.core.model import SAMPLE_KINDS, Asset, Service
from phoenix_dr.core.plan import Action, CompactData


@dataclass(frozen=True, slots=True)
class Change:
    """What is about to change: engines, and of their assets only these, where some are named."""

    engines: tuple[str, ...]
    assets: frozenset[str] = frozenset()


def change_of(actions: Iterable[Action]) -> Change:
    """What a plan's actions change; one that names no asset is about all of its engine."""
    made = tuple(actions)
    named = [getattr(each, "asset", "") for each in made if not isinstance(each, CompactData)]
    engines = tuple(dict.fromkeys(each.engine for each in made))
    return Change(engines, frozenset(named) if named and all(named) else frozenset())


def reach(ctx: Context, change: Change, *, start: Path) -> Reach | None:
    """What a change reaches; None outside a project.

    Raises UsageError when the graph is there and cannot be read.
    """
    held = memory_at(start)
    if held is None:
        return None
    touched = tuple(_touched(ctx, change))
    text = held.read(GRAPH)
    found = graph(text or "")
    needs = {each.name: each.depends_on for each in ctx.estate.services.values()}
    services = tuple(dict.fromkeys(service.name for service, _ in touched))
    return Reach(
        services,
        text is not None,
        impact(found, _names(ctx, change, touched)),
        _users(ctx, set(services)),
        reversed_in(found, needs),
        found.is_cut,
    )


def note_contradictions(ctx: Context, *, start: Path) -> int:
    """Write what graph and phoenix.yaml say oppositely into the project's log; how many were new.

    Nothing outside a project. Raises UsageError when the memory cannot be read or written.
    """
    held, found = memory_at(start), reach(ctx, Change(()), start=start)
    if found is None or held is None:
        return 0
    day = ctx.now().astimezone().date()
    rows = (
        Contradiction(day, f"{GRAPH} : {b} → {a}", f"phoenix.yaml : {a} → {b}")
        for a, b in found.against
    )
    return sum(_noted(held, row) for row in rows)


def _noted(held: Memory, row: Contradiction) -> bool:
    return held.change(CONTRADICTIONS, lambda before: with_contradiction(before, row))


def _touched(ctx: Context, change: Change) -> Iterable[tuple[Service, Asset]]:
    """Services and assets that live in one of the engines, or are saved to one."""
    for service in ctx.estate.services.values():
        for asset in service.assets:
            places = (*ctx.estate.destinations(asset), asset.source)
            if change.assets and asset.id not in change.assets:
                continue
            if any(place.partition("/")[0] in change.engines for place in places):
                yield service, asset


def _names(ctx: Context, change: Change, touched: Iterable[tuple[Service, Asset]]) -> set[str]:
    """Everything the touched things may be called in somebody's graph."""
    specs = (ctx.estate.engines.get(name) for name in change.engines)
    found = {*change.engines, *change.assets}
    found |= {spec.kind for spec in specs if spec and spec.kind in SAMPLE_KINDS}
    for service, asset in touched:
        found |= {service.name, asset.id}
        for name in names_of(asset):
            plain = name.rpartition("/")[2]
            found |= {f"{word} {plain}" for word in ("lxc", "ct", "vm", "vmid")} if (
                plain.isdecimal()
            ) else {name, plain}  # fmt: skip
    return found


def _users(ctx: Context, touched: set[str]) -> tuple[str, ...]:
    """Services that need a touched one, over any number of steps."""
    reached = set(touched)
    grows = True
    while grows:
        more = {
            each.name
            for each in ctx.estate.services.values()
            if each.name not in reached and reached & set(each.depends_on)
        }
        reached |= more
        grows = bool(more)
    return tuple(name for name in ctx.estate.services if name in reached - touched)
