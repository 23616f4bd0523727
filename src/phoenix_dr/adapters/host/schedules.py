"""Timers and crontabs that already run a backup tool; the command lines stay where they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from phoenix_dr.adapters.host._root import below, names, text
from phoenix_dr.core.discovery import Schedule

TOOL = re.compile(
    r"(?<![\w-])(restic|borgmatic|borg|rsnapshot|duplicity|duplicati|kopia|rclone|rsync|"
    r"autorestic|resticprofile|backrest|btrbk|sanoid|syncoid|zrepl|vzdump|proxmox-backup-client|"
    r"pg_dumpall|pg_dump|pg_basebackup|pgbackrest|barman|mysqldump|mariadb-dump|mariabackup|"
    r"mongodump|influxd backup|etcdctl snapshot|velero|phoenix)(?![\w-])"
)
PACKAGED = "/usr/lib/systemd/system"
UNITS = ("/etc/systemd/system", "/usr/local/lib/systemd/system", PACKAGED)
ENABLED = "/etc/systemd/system/timers.target.wants"
SCRIPT = re.compile(r"(?:^|[/\s])(?!dpkg-db-)([\w.-]*backup[\w.-]*)(?=\s|$)")
PARTS = ("hourly", "daily", "weekly", "monthly")
CALENDAR = re.compile(r"^\s*(On[A-Za-z]+)\s*=\s*(\S.*?)\s*$", re.MULTILINE)
UNIT = re.compile(r"^\s*Unit\s*=\s*([\w@.:-]+)\s*$", re.MULTILINE)
STARTED = re.compile(r"^\s*Exec\w+\s*=((?:.*\\\n)*.*)", re.MULTILINE)
LINE = re.compile(r"^\s*(@\w+|(?:[\d*/,A-Za-z-]+\s+){4}[\d*/,A-Za-z-]+)\s+(\S.*)$")


def find(root: Path, homes: tuple[str, ...]) -> tuple[Schedule, ...]:
    """Every timer and crontab line that names a backup tool, by path."""
    found = dict.fromkeys((*_timers(root, homes), *_crontabs(root), *_cron_parts(root)))
    return tuple(sorted(found, key=lambda each: (each.path, each.when)))


def _timers(root: Path, homes: tuple[str, ...]) -> Iterator[Schedule]:
    enabled = set(names(below(root, ENABLED)))
    for folder in (*UNITS, *(f"{home}/.config/systemd/user" for home in homes)):
        for name in names(below(root, folder)):
            packaged = folder == PACKAGED and name not in enabled
            if name.endswith(".timer") and not packaged:
                yield from _timer(root, folder, name)


def _timer(root: Path, folder: str, name: str) -> Iterator[Schedule]:
    timer = text(below(root, f"{folder}/{name}"))
    named = UNIT.search(timer)
    service = named[1] if named else f"{name.removesuffix('.timer')}.service"
    for place in (folder, *UNITS):
        started = " ".join(STARTED.findall(text(below(root, f"{place}/{service}"))))
        if tool := tool_in(started):
            when = "; ".join(f"{key}={value}" for key, value in CALENDAR.findall(timer))
            yield Schedule(f"{folder}/{name}", tool, when)
            return


def _crontabs(root: Path) -> Iterator[Schedule]:
    folders = ("/etc/cron.d", "/var/spool/cron/crontabs", "/var/spool/cron")
    paths = [f"{folder}/{name}" for folder in folders for name in names(below(root, folder))]
    for path in ("/etc/crontab", *paths):
        yield from parse_crontab(path, text(below(root, path)))


def parse_crontab(path: str, lines: str) -> Iterator[Schedule]:
    """Lines of one crontab that run a backup tool, with their five fields or @word."""
    for line in lines.splitlines():
        match = LINE.match(line)
        tool = tool_in(match[2]) if match else None
        if match and tool:
            yield Schedule(path, tool, " ".join(match[1].split()))


def _cron_parts(root: Path) -> Iterator[Schedule]:
    for part in PARTS:
        folder = f"/etc/cron.{part}"
        for name in names(below(root, folder)):
            script = text(below(root, f"{folder}/{name}"))
            code = "\n".join(line for line in script.splitlines() if not line.startswith("#"))
            if tool := tool_in(code):
                yield Schedule(f"{folder}/{name}", tool, f"@{part}")


def tool_in(command: str) -> str | None:
    """The backup tool a command runs, or the name of a script that says it is a backup."""
    found = TOOL.search(command) or SCRIPT.search(command)
    return found[1] if found else None
