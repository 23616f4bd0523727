"""Everything Phoenix does by itself, as systemd units."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from phoenix_dr.core.flow import Form
from phoenix_dr.core.regular_work import Work
from phoenix_dr.errors import UsageError
from phoenix_dr.render.calendar import on_calendar
from phoenix_dr.render.flow import Installed, variables
from phoenix_dr.render.phrases import sentence

HEAD = "# Written by phoenix generate timers: {work}\n"
PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")

TIMER = """\
{head}[Unit]
Description={description}

[Timer]
{calendar}
RandomizedDelaySec={delay}
Persistent=true

[Install]
WantedBy=timers.target
"""
# What is missing here is missing on purpose: hiding parts of /proc keeps bubblewrap from mounting
# its own, hiding /usr/lib/modules makes a backup of / incomplete, and forbidding setuid bits or
# devices makes a restore fail.
SERVICE = """\
{head}[Unit]
Description={description}
Wants=network-online.target
After=network-online.target local-fs.target

[Service]
Type=oneshot
{user}{environment}
ExecStart={command}
{success}Nice=10
IOSchedulingClass=best-effort
IOSchedulingPriority=7
UMask=0077
NoNewPrivileges=yes
ProtectSystem=yes
ProtectHostname=yes
LockPersonality=yes
RestrictRealtime=yes
KeyringMode=private
"""


@dataclass(frozen=True, slots=True)
class UnitFile:
    """One file for /etc/systemd/system."""

    name: str
    text: str


def units(works: Iterable[Work], installed: Installed, *, language: str) -> tuple[UnitFile, ...]:
    """A service and a timer for each regular work, ready for `systemd-analyze verify`."""
    files: list[UnitFile] = []
    for work in works:
        head = HEAD.format(work=work.name)
        description = sentence(language, work.phrase)
        lines = "\n".join(f"OnCalendar={each}" for each in on_calendar(work.cron))
        timer = TIMER.format(head=head, description=description, calendar=lines, delay=work.delay)
        service = SERVICE.format(
            head=head,
            description=description,
            user=f"User={installed.user}\n" if installed.user else "",
            environment=_environment(installed, work),
            command=_command(installed.program, work.arguments),
            success="SuccessExitStatus=3\n" if work.findings_are_fine else "",
        )
        files += [UnitFile(f"{work.name}.service", service), UnitFile(f"{work.name}.timer", timer)]
    return tuple(files)


def _command(program: str, arguments: tuple[str, ...]) -> str:
    # systemd refuses these in the name of a program, however they are quoted.
    if not program.isprintable() or any(char in program for char in "\"'\\"):
        raise UsageError("path-not-for-systemd", path=ascii(program))
    return " ".join((_systemd(program), *(_systemd(each).replace("$", "$$") for each in arguments)))


def _environment(installed: Installed, work: Work) -> str:
    wanted = variables(installed, Form.TIMERS, work)
    return "\n".join(f"Environment={_systemd(f'{name}={value}')}" for name, value in wanted)


def _systemd(word: str) -> str:
    """A word as systemd.syntax(7) quotes it, with `%` doubled."""
    if not PLAIN.fullmatch(word):
        word = "".join(
            char if char.isprintable() and char not in '"\\' else _escaped(char) for char in word
        )
        word = f'"{word}"'
    return word.replace("%", "%%")


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))
