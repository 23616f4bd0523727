"""Schedules in the three forms Flow may want, read by the programs they are for, handed over."""

from __future__ import annotations

import os
import pwd
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from phoenix_dr.adapters.flow_checkers import CRONTAB, SCHEMA, SYSTEMD, Checkers
from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_atomically
from phoenix_dr.core.flow import Form, Planned, planned
from phoenix_dr.core.regular_work import Wishes, Work, regular_work
from phoenix_dr.render.actions import workflows
from phoenix_dr.render.calendar import on_calendar
from phoenix_dr.render.cron import cron_d, crontab
from phoenix_dr.render.flow import Installed
from phoenix_dr.render.timers import units

PROGRAMS = {Form.TIMERS: SYSTEMD, Form.CRON: CRONTAB, Form.ACTIONS: SCHEMA}
CRON_FILE = "phoenix"
"""cron.d reads no file whose name has a dot."""
ANY_PROGRAM = "/bin/sh"
"""Stands for a program that is not on this machine while systemd reads the units."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to write: the form, the program's path, what is only run when wanted, runner labels."""

    form: Form
    program: str
    wishes: Wishes = Wishes()  # noqa: RUF009 - frozen
    labels: tuple[str, ...] = ("phoenix",)


@dataclass(frozen=True, slots=True)
class Made:
    """Files of one form by name, judged: `ok` None when `program` is not there.

    `is_here` is False when the phoenix program they start is not on this machine.
    """

    wanted: Wanted
    works: tuple[Work, ...]
    planned: tuple[Planned, ...]
    texts: Mapping[str, str]
    program: str
    ok: bool | None
    is_here: bool


def make(ctx: Context, wanted: Wanted) -> Made:
    """The files of one form, read by the program they are for where it is on PATH.

    Raises UsageError for what the form cannot say, EngineError (schedule-refused) when the program
    refuses; nothing was written then.
    """
    works = regular_work(ctx.estate, wanted.wishes)
    program = str(Path(wanted.program).absolute())
    is_here = os.access(program, os.X_OK) and Path(program).is_file()
    texts = _texts(ctx, wanted, works, _installed(ctx, program))
    shown = texts if is_here else _texts(ctx, wanted, works, _installed(ctx, ANY_PROGRAM))
    return Made(
        wanted=wanted,
        works=works,
        planned=planned(works, wanted.form, year=_year(ctx)),
        texts=texts,
        program=PROGRAMS[wanted.form],
        ok=_judged(ctx, wanted.form, works, shown),
        is_here=is_here,
    )


def write(made: Made, folder: Path) -> tuple[Path, ...]:
    """Write the files below a folder. Raises UsageError when it cannot be written."""
    for name, text in made.texts.items():
        write_atomically(folder / name, text, mode=0o644)
    return tuple(folder / name for name in made.texts)


def crontab_text(ctx: Context, *, program: str) -> str:
    """All regular work as a crontab of the user who runs Phoenix."""
    installed = _installed(ctx, str(Path(program).absolute()))
    works = regular_work(ctx.estate)
    return crontab(works, installed, zone=ctx.estate.timezone, language=ctx.language)


def is_our_zone(ctx: Context) -> bool:
    """Whether this machine's clock shows the estate's time, in winter and in summer."""
    zone = ZoneInfo(ctx.estate.timezone)
    for month in (1, 7):
        moment = datetime(_year(ctx), month, 1, tzinfo=UTC)
        if moment.astimezone(zone).utcoffset() != moment.astimezone().utcoffset():
            return False
    return True


def _texts(
    ctx: Context, wanted: Wanted, works: tuple[Work, ...], installed: Installed
) -> dict[str, str]:
    zone, language = ctx.estate.timezone, ctx.language
    match wanted.form:
        case Form.TIMERS:
            made = units(works, installed, language=language)
            return {each.name: each.text for each in made}
        case Form.CRON:
            return {CRON_FILE: cron_d(works, installed, zone=zone, language=language)}
        case Form.ACTIONS:
            return workflows(
                works, installed, labels=wanted.labels, year=_year(ctx), language=language
            )


def _judged(
    ctx: Context, form: Form, works: tuple[Work, ...], texts: Mapping[str, str]
) -> bool | None:
    checkers = Checkers(ctx.environ, ctx.cancel)
    with tempfile.TemporaryDirectory(prefix="phoenix-flow-") as room:
        folder = Path(room)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        match form:
            case Form.TIMERS:
                calendars = [line for work in works for line in on_calendar(work.cron)]
                return checkers.timers(folder, calendars=calendars)
            case Form.CRON:
                return checkers.crontab(folder / CRON_FILE)
            case Form.ACTIONS:
                return checkers.workflows([folder / name for name in texts])


def _installed(ctx: Context, program: str) -> Installed:
    return Installed(
        program=program,
        config=str(ctx.settings.config_path),
        state=str(ctx.settings.state_dir),
        user=pwd.getpwuid(os.geteuid()).pw_name if os.geteuid() else None,
    )


def _year(ctx: Context) -> int:
    return ctx.now().year
