"""No command changes backups or retention before a project was told whom that reaches."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

import click

from phoenix_dr.surfaces.cli.main import build

PACKAGE = "phoenix_dr"
HOOK = f"{PACKAGE}.surfaces.cli.impact.look"
CHANGES = {
    f"{PACKAGE}.{name}"
    for name in (
        "app.apply.apply",
        "app.approvals.remember_plan",
        "app.approvals.approve",
        "app.approvals.approve_standing",
        "app.points.pin",
        "surfaces.cli.protect_kinds.planner",
        "surfaces.cli.protect_kinds.applier",
    )
}
"""What plans, signs or makes a change; the planners of each kind of engine are loaded by name."""
LOOKING = {
    "approve", "points pin", "points unpin", "protect apply", "protect plan", "retention apply",
    "retention plan",
}  # fmt: skip
CHANGES_NO_RULE = {
    "backup": "makes copies under the rules there are",
    "drill due": "restores beside, and ends what it restored",
    "drill gc": "ends what an interrupted drill left",
    "engine check": "reads stored data",
}


def test_every_command_that_changes_backups_or_retention_looks_first() -> None:
    reached = {path: _reached(run) for path, run in _commands(build())}
    changing = {path for path, found in reached.items() if found & CHANGES}
    # The walk sees what it must see, and a command that is new needs the look or a reason.
    assert changing >= LOOKING | set(CHANGES_NO_RULE)
    assert {path for path in changing if HOOK not in reached[path]} == set(CHANGES_NO_RULE)


def test_who_only_reads_does_not_look() -> None:
    reached = {path: _reached(run) for path, run in _commands(build())}
    assert {path for path, found in reached.items() if HOOK in found} == LOOKING


def test_the_walk_finds_a_command_that_forgot() -> None:
    from phoenix_dr.app import apply as acting

    def forgets(*_: object) -> object:
        return acting.apply

    assert isinstance(forgets, FunctionType)
    assert _reached(forgets) & CHANGES
    assert HOOK not in _reached(forgets)


def _commands(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, FunctionType]]:
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        for name in command.list_commands(ctx):
            if below := command.get_command(ctx, name):
                yield from _commands(below, (*path, name))
    if isinstance(command.callback, FunctionType):
        yield " ".join(path), command.callback


def _reached(start: FunctionType) -> set[str]:
    """Names of all functions of ours that a function may come to call."""
    seen, waiting = {start}, [start]
    while waiting:
        for each in _named_in(waiting.pop()) - seen:
            seen.add(each)
            waiting.append(each)
    return {f"{each.__module__}.{each.__qualname__}" for each in seen}


@cache
def _named_in(function: FunctionType) -> frozenset[FunctionType]:
    return frozenset(
        found
        for code in _codes(function.__code__)
        for value in _values(function, code.co_names)
        if isinstance(found := getattr(value, "__wrapped__", value), FunctionType)
        and found.__module__.startswith(PACKAGE)
    )


def _values(function: FunctionType, names: tuple[str, ...]) -> Iterator[Any]:
    """What names may mean in a function: globals, imports within, attributes of modules."""
    held = [function.__globals__[name] for name in names if name in function.__globals__]
    held += [importlib.import_module(name) for name in names if name.startswith(f"{PACKAGE}.")]
    closed = [cell.cell_contents for cell in function.__closure__ or ()]
    for value in (*held, *closed):
        yield value
        if isinstance(value, ModuleType) and value.__name__.startswith(PACKAGE):
            yield from (getattr(value, name) for name in names if hasattr(value, name))


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for value in code.co_consts:
        if isinstance(value, CodeType):
            yield from _codes(value)
