"""`phoenix menu`: greets, shows what can be done, and waits."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import click

from phoenix_dr.app.chat import answer
from phoenix_dr.app.context import utc_now
from phoenix_dr.app.files import write_atomically
from phoenix_dr.app.project import Project, end_session, project
from phoenix_dr.core.menu import ITEMS, MenuItem, route
from phoenix_dr.core.reply import is_short
from phoenix_dr.errors import PhoenixError
from phoenix_dr.render.session_state import SessionState
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import Invocation, command, invocation, report_error
from phoenix_dr.surfaces.cli.menu_items import LONG_ALLOWED, Ran, commands_of, run_all
from phoenix_dr.surfaces.cli.menu_table import hold
from phoenix_dr.surfaces.cli.session import session, view

UNKNOWN = "Non reconnu"
"""Said in every language, as the agent's definition wants it."""
SHOWN = 3
"""Lines of the inbox that are shown."""
LEAVE, TALK, SHOW, RESTORE, TABLE = "DA", "CH", "MH", "TR", "PM"


@dataclass
class Talk:
    """One session at the menu: what was done, in order, and whether words are now a question."""

    project: Project | None
    started_at: datetime
    done: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    talking: bool = False


@command("menu")
def menu() -> int:
    here = project(Path.cwd())
    given = invocation()
    if here and here.settings.language and not given.language_asked:
        speech.speak(here.settings.language)
        # The project's word for talking stands before the estate's.
        given.language_asked = True
    talk = Talk(here, utc_now())
    click.echo("\n".join(_greeting(here)))
    while (line := _heard()) is not None:
        if not _goes_on(talk, line, given):
            break
    _end(talk)
    return 0


def _greeting(here: Project | None) -> Iterator[str]:
    """Name, inbox and menu; reads files and writes none."""
    name = here.settings.user if here else ""
    yield speech.t("menu.hello", name=name or pwd.getpwuid(os.getuid()).pw_name)
    waiting = here.inbox() if here else ()
    if waiting:
        yield speech.t("menu.inbox", count=len(waiting))
        yield from (f"  [{each.source}] {each.text}" for each in waiting[:SHOWN])
    yield from _items()


def _items() -> Iterator[str]:
    for number, item in enumerate(ITEMS, 1):
        yield f"{number:>3}  {_named(item)}"


def _named(item: MenuItem) -> str:
    return f"[{item.code}] {speech.t(f'menu.item.{item.code}')}"


def _heard() -> str | None:
    """A line; None at the end of the input."""
    try:
        return str(click.prompt("", prompt_suffix="> ", default="", show_default=False))
    except click.exceptions.Abort:
        click.echo()
        return None


def _goes_on(talk: Talk, line: str, given: Invocation) -> bool:
    """Answer one line; False when it was the last."""
    meant = route(line)
    item = meant.item
    if talk.talking and not (item and item.code in (SHOW, LEAVE)):
        _say(_answered(line))
        return True
    if item is None:
        if meant.candidates:
            _say("\n".join((speech.t("menu.which"), *(f"  {_named(e)}" for e in meant.candidates))))
        else:
            _say(UNKNOWN)
        return True
    if item.code == LEAVE:
        return False
    talk.talking = item.code == TALK
    if item.code in (SHOW, TALK):
        _say("\n".join(_items()) if item.code == SHOW else speech.t("menu.open.CH"))
        return True
    try:
        if item.code == TABLE:
            decided = hold(talk.project)
            talk.done += [f"[PM] {decided}"] if decided else []
        else:
            _work(talk, item, given)
    except PhoenixError as error:
        report_error(error)
    return True


def _work(talk: Talk, item: MenuItem, given: Invocation) -> None:
    """Run an item for real, say what came of it, and what comes next."""
    with session() as ctx:
        asked = commands_of(item, ctx, _which(item, list(ctx.estate.services)))
        folder, now = Path(ctx.estate.documents) / "menu", ctx.now()
        zone = view(ctx).zone
    if asked.why:
        _say(speech.t(f"menu.why.{asked.why}"))
        return
    ran = run_all(asked, given)
    said = "\n".join(each.said for each in ran if each.said)
    code = max((each.code for each in ran), default=0)
    if not (item.code in LONG_ALLOWED or is_short(said)):
        path = folder / f"{item.code.lower()}-{now.astimezone(zone):%Y-%m-%d-%H%M}.txt"
        write_atomically(path, said + "\n", mode=0o644)
        talk.files.append(str(path))
        said = speech.t("menu.written", path=str(path))
    talk.done.append(f"[{item.code}] {', '.join(_typed(each) for each in ran)} → {code}")
    _say("\n".join((said, _verdict(code), speech.t(f"menu.next.{item.code}"))))


def _typed(ran: Ran) -> str:
    return f"phoenix {' '.join(ran.words)}"


def _verdict(code: int) -> str:
    known = {0: "good", 3: "care"}
    return speech.t(f"menu.verdict.{known.get(code, 'failed')}", code=code)


def _which(item: MenuItem, names: list[str]) -> str:
    """The service to restore, asked for; the first one when only Enter is pressed."""
    if item.code != RESTORE or not names:
        return ""
    asked = speech.t("menu.service", known=", ".join(names))
    return str(click.prompt(asked, default=names[0])).strip()


def _answered(line: str) -> str:
    try:
        with session() as ctx:
            return answer(ctx, line, view(ctx))
    except PhoenixError as error:
        report_error(error)
        return ""


def _say(text: str) -> None:
    if text:
        click.echo(text)


def _end(talk: Talk) -> None:
    """Leave the session's state behind where a project keeps it, and say goodbye."""
    memory = talk.project.memory if talk.project else None
    if memory is not None and talk.project is not None and talk.done:
        state = SessionState(
            project=talk.project.root.name,
            started_at=talk.started_at.astimezone(),
            ended_at=utc_now().astimezone(),
            done=tuple(talk.done),
            files=tuple(talk.files),
            requests=tuple(talk.asked),
        )
        end_session(memory, state)
    _say(speech.t("menu.goodbye"))
