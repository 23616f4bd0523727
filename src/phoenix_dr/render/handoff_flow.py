"""The page beside a handed-over schedule, the request, and how a handover stands, in words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from phoenix_dr.core.flow import Form, Planned, Seen
from phoenix_dr.render import table, units
from phoenix_dr.render.view import View

HEADINGS = ("work", "command", "when")
VERIFY = {
    Form.TIMERS: ("systemctl list-timers 'phoenix-*'", "journalctl -u 'phoenix-*' --since -1d"),
    Form.CRON: ("journalctl -t CRON --since -1d | grep phoenix",),
    Form.ACTIONS: ("gh run list --event schedule",),
}


@dataclass(frozen=True, slots=True)
class Page:
    """What the page tells of: a form, its works and files, who checked them, since when."""

    form: Form
    planned: Sequence[Planned]
    files: Sequence[str]
    program: str
    ok: bool | None
    zone: str
    at: datetime


def page(told: Page, view: View) -> str:
    """The README, in the language of the view."""
    seen = view.for_markdown()
    lines = [f"# {seen.say('flow.title')}", "", f"<!-- {view.say('flow.head')} -->", ""]
    lines += [seen.say("flow.intro"), ""]
    for name, part in (
        ("state", _state(told, seen)),
        ("works", _works(told, seen)),
        ("install", _install(told, seen)),
        ("verify", _verify(told, seen)),
    ):
        lines += [f"## {seen.say(f'flow.heading.{name}')}", "", *part, ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def request(form: Form, *, folder: str, count: int, digest: str, view: View) -> str:
    """What is asked of Flow, in one line; another schedule is another request."""
    facts: dict[str, str | int] = {
        "form": view.say(f"flow.form.{form}"), "path": folder, "count": count, "digest": digest,
    }  # fmt: skip
    return view.say("flow.request", facts)


def standing(seen: Seen, view: View) -> str:
    """One work and what was seen of it."""
    facts = {
        "work": seen.work,
        "at": units.moment(seen.at, view.zone, view.language),
        "from": units.moment(seen.verified_from, view.zone, view.language),
    }
    return view.say(f"flow.standing.{seen.standing}", facts)


def _state(told: Page, view: View) -> Iterator[str]:
    at = units.moment(told.at, view.zone, view.language)
    yield f"- [x] {view.say('flow.state.prepared', {'at': at})}"
    code = "flow.state.checked" if told.ok else "flow.state.unchecked"
    yield f"- [{'x' if told.ok else ' '}] {view.say(code, {'program': told.program})}"
    for word in ("handed", "applied", "verified"):
        yield f"- [ ] {view.say(f'flow.state.{word}')}"


def _works(told: Page, view: View) -> Iterator[str]:
    headers = [view.say(f"flow.column.{name}") for name in HEADINGS]
    rows = [
        [
            f"`{each.work.name}`",
            view.safe(shlex.join(("phoenix", *each.work.arguments))),
            ", ".join(f"`{cron.expression}` {cron.timezone}" for cron in each.crons),
        ]
        for each in told.planned
    ]
    yield from table.markdown(headers, rows)
    yield from ("", view.say(f"flow.clock.{told.form}", {"zone": told.zone}))


def _install(told: Page, view: View) -> Iterator[str]:
    yield from (view.say(f"flow.install.{told.form}"), "", "```sh")
    yield from (*install(told.form, told.files, str(told.form)), "```")
    yield from ("", view.say("flow.keep-name"))


def install(form: Form, files: Sequence[str], folder: str) -> list[str]:
    """The commands that install the files of a folder."""
    paths = shlex.join(f"{folder}/{name}" for name in files)
    if form is Form.TIMERS:
        timers = shlex.join(name for name in files if name.endswith(".timer"))
        return [
            f"sudo install -m 0644 {paths} /etc/systemd/system/",
            "sudo systemctl daemon-reload",
            f"sudo systemctl enable --now {timers}",
        ]
    if form is Form.CRON:
        return [f"sudo install -o root -g root -m 0644 {paths} /etc/cron.d/phoenix"]
    return ["mkdir -p REPOSITORY/.github/workflows", f"cp {paths} REPOSITORY/.github/workflows/"]


def _verify(told: Page, view: View) -> Iterator[str]:
    yield from (view.say("flow.verify.look"), "", "```sh", *VERIFY[told.form], "```", "")
    yield view.say("flow.verify.phoenix")
