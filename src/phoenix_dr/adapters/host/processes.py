"""Database servers that run, and SQLite files held open, from /proc."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from phoenix_dr.adapters.host._root import below, names, read, text
from phoenix_dr.core.discovery import OpenDatabase, Server, Unseen

PROGRAMS = {
    "postgres": "postgres",
    "postmaster": "postgres",
    "mysqld": "mariadb",
    "mariadbd": "mariadb",
    "redis-server": "redis",
    "valkey-server": "redis",
    "mongod": "mongodb",
    "influxd": "influxdb",
}
# Long and short options that name the data directory, the socket and the port.
DATA = ("-D", "--datadir", "data_directory", "--dir", "--dbpath", "--engine-path")
SOCKET = ("-k", "--socket", "unix_socket_directories", "--unixsocket", "--unix_socket_directories")
PORT = ("-p", "--port", "port")
STAYS_IN_ITS_DATA = {"postgres", "mariadb", "redis"}
SQLITE = b"SQLite format 3\0"
FILES_OF_ONE_PROCESS = 4096
REDIS_TITLE = re.compile(r"\S*:(\d+)$")


@dataclass(frozen=True, slots=True)
class Process:
    """One process: its folder in /proc and its command line, which may hold passwords."""

    folder: str
    arguments: tuple[str, ...]
    contained: bool

    @property
    def program(self) -> str:
        """Name of the program, without the title some servers write over it."""
        first = self.arguments[0] if self.arguments else ""
        return os.path.basename(first.split(" ", 1)[0])


def find(
    root: Path, slow: frozenset[str]
) -> tuple[tuple[Server, ...], tuple[OpenDatabase, ...], tuple[Unseen, ...]]:
    """Servers, open SQLite files, and how many processes hid their files from us."""
    servers: dict[Server, None] = {}
    databases: dict[str, OpenDatabase] = {}
    hidden = 0
    for process in processes(root):
        server = server_of(process)
        if server:
            servers[server] = None
        opened = open_files(process)
        hidden += opened is None
        for path in opened or ():
            if path in databases or _is_below(path, slow):
                continue
            if found := _database(root, process, path):
                databases[path] = found
    unseen = (Unseen("processes-hidden", count=hidden),) if hidden else ()
    return tuple(servers), tuple(sorted(databases.values(), key=lambda each: each.path)), unseen


def processes(root: Path) -> Iterator[Process]:
    """Every process but this one and the kernel's threads (which have no command line)."""
    proc = below(root, "proc")
    own = _link(f"{proc}/self/ns/mnt")
    for name in names(proc):
        if not name.isdigit() or (str(root) == "/" and int(name) == os.getpid()):
            continue
        folder = f"{proc}/{name}"
        raw = read(f"{folder}/cmdline") or b""
        if raw.strip(b"\0"):
            arguments = tuple(os.fsdecode(part) for part in raw.rstrip(b"\0").split(b"\0"))
            space = _link(f"{folder}/ns/mnt")
            yield Process(folder, arguments, bool(own and space and own != space))


def server_of(process: Process) -> Server | None:
    """The database server a process is, None for any other and for a server's own workers."""
    kind = PROGRAMS.get(process.program)
    if kind is None or process.arguments[0].startswith("postgres:"):
        return None
    options = dict(_options(process.arguments[1:]))
    data, socket, port = (_first(options, wanted) for wanted in (DATA, SOCKET, PORT))
    if data is None and kind in STAYS_IN_ITS_DATA:
        data = _link(f"{process.folder}/cwd")
    if kind == "redis" and port is None:
        title = REDIS_TITLE.search(process.arguments[0])
        port = title[1] if title else None
    if kind == "postgres" and data:
        port, socket = _from_pid_file(process, data, port=port, socket=socket)
    number = int(port) if port and port.isascii() and port.isdigit() else None
    return Server(kind, data, socket, number, process.contained)


def _from_pid_file(
    process: Process, data: str, *, port: str | None, socket: str | None
) -> tuple[str | None, str | None]:
    """postmaster.pid tells what the configuration file set: line 4 the port, 5 the socket."""
    lines = text(f"{process.folder}/root{data}/postmaster.pid", 4096).splitlines()
    lines += [""] * (5 - len(lines))
    return port or lines[3].strip() or None, socket or lines[4].strip() or None


def _options(arguments: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """`--name value`, `--name=value`, `-Dvalue` and PostgreSQL's `-c name=value`."""
    for argument, value in pairwise((*arguments, "")):
        name, equals, rest = argument.partition("=")
        if equals:
            yield name, rest
        elif argument[:2] in ("-D", "-k", "-p") and len(argument) > 2:
            yield argument[:2], argument[2:]
        else:
            yield argument, value


def _first(options: dict[str, str], wanted: tuple[str, ...]) -> str | None:
    return next((options[name] for name in wanted if options.get(name)), None)


def open_files(process: Process) -> list[str] | None:
    """Absolute paths a process holds open; None when they may not be read."""
    folder = f"{process.folder}/fd"
    try:
        numbers = sorted(os.listdir(folder))[:FILES_OF_ONE_PROCESS]
    except FileNotFoundError:
        return []  # it ended meanwhile
    except OSError:
        return None
    links = (_link(f"{folder}/{number}") for number in numbers)
    return sorted({link for link in links if link and _could_be_a_file(link)})


def _could_be_a_file(path: str) -> bool:
    return path.startswith("/") and not path.startswith(("/dev/", "/proc/", "/sys/", "/memfd:"))


def _is_below(path: str, mounts: frozenset[str]) -> bool:
    return any(path.startswith(f"{mount}/") for mount in mounts)


def _database(root: Path, process: Process, path: str) -> OpenDatabase | None:
    # A contained process's path is looked up in its own root, not in ours.
    real = f"{process.folder}/root{path}" if process.contained else below(root, path)
    if (read(real, len(SQLITE)) or b"") != SQLITE:
        return None
    return OpenDatabase(path, process.program, process.contained)


def _link(real: str) -> str | None:
    try:
        return os.readlink(real)
    except (OSError, ValueError):
        return None
