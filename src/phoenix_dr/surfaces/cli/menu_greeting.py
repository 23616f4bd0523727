"""How the menu greets: name, open requests, what ails the memory, the items; never too long."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator

from phoenix_dr.app.agent_export import wished_model
from phoenix_dr.app.context import utc_now
from phoenix_dr.app.project import Project
from phoenix_dr.core.reply import is_short
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.menu_talk import items

SHOWN = 3
"""Lines of the inbox that are shown."""
LONGEST = 72
"""Columns of one of them: anybody writes there, and a long one must not push the menu away."""


def greeting(here: Project | None) -> str:
    """Reads files and writes none. What does not fit a short reply is left out, the last first."""
    name = here.settings.user if here else ""
    hello = speech.t("menu.hello", name=_cut(name or pwd.getpwuid(os.getuid()).pw_name))
    kept: list[str] = []
    for line in _beside(here) if here else ():
        if is_short("\n".join((hello, *kept, line, items()))):
            kept.append(line)
    return "\n".join((hello, *kept, items()))


def inbox(here: Project) -> Iterator[str]:
    """How many open requests there are, and the first of them."""
    waiting = here.inbox()
    if waiting:
        yield speech.t("menu.inbox", count=len(waiting))
        yield from (_cut(f"  [{each.source}] {each.text}") for each in waiting[:SHOWN])


def _beside(here: Project) -> Iterator[str]:
    ailing = here.health(utc_now().astimezone())
    requests = list(inbox(here))
    yield from requests[:1]
    yield from (speech.t(f"health.{code}", count=count) for code, count in ailing)
    yield from requests[1:]
    wished = wished_model(here.root)
    if wished:
        said = (
            f"{speech.t(f'model.{axis}')} {speech.t(f'model.{to}')}" for axis, to in wished.items()
        )
        yield speech.t("model.hint", wishes=", ".join(said))


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
