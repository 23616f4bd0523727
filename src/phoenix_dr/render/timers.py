"""Everything Phoenix does by itself, as systemd units or as a crontab."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from phoenix_dr.core.model import AssetKind, CheckKind, Estate
from phoenix_dr.core.schedule import Cron, parse
from phoenix_dr.errors import UsageError
from phoenix_dr.render.calendar import for_crontab, on_calendar
from phoenix_dr.render.phrases import sentence

SAVED_BY_PHOENIX = frozenset({AssetKind.FILES, AssetKind.SQLITE, AssetKind.K3S})
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")

TIMER = """\
[Unit]
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
[Unit]
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
class Installed:
    """Absolute paths: the phoenix program, the configuration, the state when not the default.

    `user` runs the units; None is root.
    """

    program: str
    config: str
    state: str | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class UnitFile:
    """One file for /etc/systemd/system."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Work:
    """Something done regularly: unit name, arguments, schedule, most seconds it may start late.

    `findings_are_fine` says that exit 3 reports the estate's state, not a failure of the run.
    """

    name: str
    arguments: tuple[str, ...]
    cron: Cron
    delay: int = 300
    findings_are_fine: bool = False

    @property
    def phrase(self) -> str:
        """Code of the sentence that says what the work is."""
        return f"timer.{self.arguments[0]}"


def regular_work(estate: Estate) -> tuple[Work, ...]:
    """What has to run and when. Raises UsageError for a schedule that is not one."""
    own = [
        Work("phoenix-observe", ("observe",), _cron("17 * * * *", estate)),
        Work("phoenix-audit", ("audit",), _cron("0 7 * * *", estate), findings_are_fine=True),
        Work("phoenix-drill", ("drill", "due", "--minutes", "30"), _cron("0 5 * * 0", estate)),
    ]
    checks = (check.kind for service in estate.services.values() for check in service.checks)
    if CheckKind.CANARY in checks or any(asset.canary for asset in estate.assets()):
        beat = _cron("*/15 * * * *", estate)
        own.insert(0, Work("phoenix-canary", ("canary", "beat"), beat, delay=30))
    return (*_backups(estate), *own)


def _backups(estate: Estate) -> Iterator[Work]:
    groups: dict[str, list[str]] = {}
    for asset in estate.assets():
        policy = estate.policies.get(asset.policy or "")
        if asset.kind in SAVED_BY_PHOENIX and policy is not None:
            chosen = groups.setdefault(policy.schedule, [])
            chosen += [asset.service] if asset.service not in chosen else []
    for schedule, services in groups.items():
        cron = _cron(schedule, estate)
        if len(groups) == 1:
            yield Work("phoenix-backup", ("backup",), cron)
        else:
            # One schedule, one unit: two policies may share it.
            names = [name for name, each in estate.policies.items() if each.schedule == schedule]
            yield Work(f"phoenix-backup-{_slug(names[0])}", ("backup", *services), cron)


def units(estate: Estate, installed: Installed, *, language: str) -> tuple[UnitFile, ...]:
    """A service and a timer for each regular work, ready for `systemd-analyze verify`."""
    files: list[UnitFile] = []
    for work in regular_work(estate):
        description = sentence(language, work.phrase)
        lines = "\n".join(f"OnCalendar={each}" for each in on_calendar(work.cron))
        timer = TIMER.format(description=description, calendar=lines, delay=work.delay)
        service = SERVICE.format(
            description=description,
            user=f"User={installed.user}\n" if installed.user else "",
            environment=_environment(installed),
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


def _environment(installed: Installed) -> str:
    wanted = {"PHOENIX_CONFIG": installed.config, "PHOENIX_STATE": installed.state}
    return "\n".join(
        f"Environment={_systemd(f'{name}={value}')}"
        for name, value in wanted.items()
        if value is not None
    )


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


def crontab(estate: Estate, installed: Installed, *, language: str) -> str:
    """One user's crontab with the same work. Raises UsageError for a path cron cannot hold."""
    lines = [f"# {line}" for line in sentence(language, "timer.crontab").splitlines()]
    lines += [f"CRON_TZ={estate.timezone}", f"PATH={PATH}"]
    lines.append(f"PHOENIX_CONFIG={_cron_value(installed.config)}")
    if installed.state is not None:
        lines.append(f"PHOENIX_STATE={_cron_value(installed.state)}")
    for work in regular_work(estate):
        words = " ".join(shlex.quote(word) for word in (installed.program, *work.arguments))
        _require_one_line(words)
        command = words.replace("%", "\\%")
        lines += ["", f"# {sentence(language, work.phrase)}", f"{for_crontab(work.cron)} {command}"]
    return "\n".join(lines) + "\n"


def _cron_value(path: str) -> str:
    _require_one_line(path)
    return f"'{path}'" if '"' in path else f'"{path}"'


def _require_one_line(text: str) -> None:
    if not text.isprintable() or ("'" in text and '"' in text):
        raise UsageError("path-not-for-crontab", path=ascii(text))


def _cron(expression: str, estate: Estate) -> Cron:
    return parse(expression, estate.timezone)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "policy"
