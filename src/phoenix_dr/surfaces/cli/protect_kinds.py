"""Which file plans and applies for which kind of engine: a line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, cast

from phoenix_dr.app.context import Context

PACKAGE = "phoenix_dr.surfaces.cli"
PLANNERS: Mapping[str, str] = MappingProxyType({
    "proxmox": "protect_guests",
    "longhorn": "protect_volumes",
    "velero": "protect_schedules",
})  # fmt: skip
"""Kind of engine → the module with `plan`; that with `apply` has the same name and `_apply`."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan to be shown; `whole` says that its engine was seen whole, or was not to be asked."""

    form: Mapping[str, Any]
    lines: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Result:
    """How applying went, to be shown, and the exit code."""

    form: Mapping[str, Any]
    lines: tuple[str, ...]
    code: int


class Plan(Protocol):
    """Plans for one engine; into a folder when it is to be handed over."""

    def __call__(
        self, ctx: Context, engine: str, folder: Path | None, *, offline: bool
    ) -> Planned: ...


Apply = Callable[..., Result]


def planner(kind: str) -> Plan:
    """What plans for a kind."""
    return cast("Plan", import_module(f"{PACKAGE}.{PLANNERS[kind]}").plan)


def applier(kind: str) -> Apply:
    """What applies for a kind: `apply(ctx, engine, digest, now=)`."""
    return cast("Apply", import_module(f"{PACKAGE}.{PLANNERS[kind]}_apply").apply)
