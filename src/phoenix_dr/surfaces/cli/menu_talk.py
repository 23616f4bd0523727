"""A session at the menu: what it remembers, how it hears and speaks, and how it ends."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import datetime

import click

from phoenix_dr.app.audit import last_audit
from phoenix_dr.app.context import utc_now
from phoenix_dr.app.project import Project, end_session
from phoenix_dr.core.menu import ITEMS, MenuItem
from phoenix_dr.core.modes import Mode
from phoenix_dr.errors import PhoenixError
from phoenix_dr.render import units
from phoenix_dr.render.audit_parts import gain_text
from phoenix_dr.render.session_state import SessionState
from phoenix_dr.render.text import indent, width
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import Invocation
from phoenix_dr.surfaces.cli.columns import columns
from phoenix_dr.surfaces.cli.session import session, view


@dataclass
class Talk:
    """One session: what was done, in order; whether words are a question; what was proposed."""

    project: Project | None
    given: Invocation
    started_at: datetime
    done: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    asked_before: tuple[str, ...] = ()
    """Requests to siblings that were there when the session began."""
    talking: bool = False
    mode: Mode = Mode.ACT
    proposed: tuple[MenuItem, str] | None = None
    """The item that waits for approval, and the service it is about."""
    handover: tuple[tuple[str, ...], ...] = ()
    """Commands that hand over what was planned last."""


def heard(prompt: str = "", default: str = "") -> str | None:
    """A line; None at the end of the input. What nobody sees typed is shown."""
    try:
        suffix = " > " if prompt else "> "
        said = str(click.prompt(prompt, prompt_suffix=suffix, default=default, show_default=False))
    except click.exceptions.Abort:
        click.echo()
        return None
    if not sys.stdin.isatty():
        click.echo(said)
    return said


def say(text: str) -> None:
    """Speak, unless there is nothing to say; sentences are folded, tables and commands are not."""
    if text:
        click.echo("\n".join(part for line in text.splitlines() for part in _folded(line)))


def _folded(line: str) -> list[str]:
    if width(line) <= columns() or line.startswith(("|", " ")):
        return [line]
    return indent(line, first="", rest="  ", columns=columns())


def items() -> str:
    """The menu, numbered from 1."""
    return "\n".join(f"{number:>3}  {named(item)}" for number, item in enumerate(ITEMS, 1))


def named(item: MenuItem) -> str:
    """An item with its code."""
    return f"[{item.code}] {speech.t(f'menu.item.{item.code}')}"


def end(talk: Talk) -> None:
    """Leave the session's state behind where a project keeps it, and say goodbye.

    A session that did nothing leaves nothing.
    """
    here = talk.project
    if here is not None and here.memory is not None and talk.done:
        state, following = _now()
        end_session(
            here.memory,
            SessionState(
                project=here.root.name,
                started_at=talk.started_at.astimezone(),
                ended_at=utc_now().astimezone(),
                done=tuple(talk.done),
                files=tuple(dict.fromkeys(talk.files)),
                state=state,
                following=following,
                requests=tuple(one for one in here.asked() if one not in talk.asked_before),
            ),
        )
    say(speech.t("menu.goodbye"))


def _now() -> tuple[str, str]:
    """The score of the last audit, and what would raise it most; nothing while there was none."""
    try:
        with session(keeps=False) as ctx:
            report, seen = last_audit(ctx.settings.state_dir), view(ctx)
    except PhoenixError:
        return "", ""
    score = speech.t("chat.score", score=units.points(report.score.milli))
    best = report.gains[0] if report.gains else None
    return score, gain_text(best, seen) if best else ""
