"""What each item of the menu runs: the commands one would type, and what to say of their end."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass

from phoenix_dr.app.context import Context
from phoenix_dr.core.menu import MenuItem
from phoenix_dr.surfaces.cli.base import Invocation

LONG_ALLOWED = frozenset({"AB"})
"""Items whose answer may be as long as it has to be."""
PLANNING = frozenset({"SP", "LB"})
"""Items whose commands plan."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One command that ran: its words, what it printed, its exit code."""

    words: tuple[str, ...]
    said: str
    code: int


@dataclass(frozen=True, slots=True)
class Asked:
    """The commands of an item; none, with the code of why, when the estate has nothing for it."""

    commands: tuple[tuple[str, ...], ...] = ()
    why: str = ""


def commands_of(item: MenuItem, ctx: Context, detail: str = "") -> Asked:
    """What an item runs on this estate; `detail` is the service to restore."""
    made: dict[str, Callable[[], Asked]] = {
        "AB": lambda: Asked((("audit",),)),
        "SP": lambda: _plans(ctx, ("proxmox",), "no-proxmox"),
        "LB": lambda: _plans(ctx, ("longhorn", "velero"), "no-cluster"),
        "DR": lambda: Asked((("dr", "plan"),)),
        "RT": lambda: Asked((("retention", "show"),)),
        "TR": lambda: Asked((("drill", "run", detail),)) if detail else Asked(why="no-service"),
        "KS": lambda: Asked((("keys", "show"),)),
    }
    return made[item.code]()


def run_all(asked: Asked, given: Invocation) -> tuple[Ran, ...]:
    """Run the commands of an item, one after the other, in the session's language and place."""
    return tuple(_run(words, given) for words in asked.commands)


def _run(words: Sequence[str], given: Invocation) -> Ran:
    from phoenix_dr.surfaces.cli import speech
    from phoenix_dr.surfaces.cli.main import run

    more = ["--language", speech.language()]
    more += ["--config", given.config] if given.config else []
    more += ["--state", given.state] if given.state else []
    said = io.StringIO()
    with redirect_stdout(said):
        code = run([*words, *more], Invocation(environ=given.environ, language_asked=True))
    return Ran(tuple(words), said.getvalue().rstrip(os.linesep), code)


def _plans(ctx: Context, kinds: tuple[str, ...], why: str) -> Asked:
    named = [name for name, spec in ctx.estate.engines.items() if spec.kind in kinds]
    return Asked(tuple(("protect", "plan", name) for name in named), "" if named else why)
