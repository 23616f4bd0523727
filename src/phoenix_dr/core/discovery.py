"""What `phoenix init` found on a machine, as frozen values: paths and names, never contents."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Server:
    """A running database server.

    `kind` is postgres, mariadb, redis, mongodb or influxdb; `data` its data directory and
    `socket` its socket directory or file, as its own mount namespace names them, None when it
    does not tell. `contained` is True when it runs in a container, so its paths are not ours.
    """

    kind: str
    data: str | None = None
    socket: str | None = None
    port: int | None = None
    contained: bool = False


@dataclass(frozen=True, slots=True)
class OpenDatabase:
    """A SQLite file held open by `program`. `contained`: the path is one inside a container."""

    path: str
    program: str
    contained: bool = False


@dataclass(frozen=True, slots=True)
class Repository:
    """A directory that looks like a backup repository; `kind` is restic or borg."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Mount:
    """A mounted file system that can hold data. `source` is a device, or `host:/path`."""

    path: str
    source: str
    system: str
    network: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """A timer or crontab line that runs a backup `tool`.

    `when` is the schedule as written there, cron or systemd; the command itself may hold a
    password and is not kept.
    """

    path: str
    tool: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key by path alone; `kind` is age, ssh or kubeconfig."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Unseen:
    """A place discovery could not look into completely, so what is there is unknown.

    `reason` is the phrase `unseen.REASON`; `count` says how many were hidden, 0 when unknown.
    """

    reason: str
    path: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Discovered:
    """Everything found. With `unseen` entries, an empty list is not evidence of absence."""

    host: str = ""
    timezone: str = "UTC"
    servers: tuple[Server, ...] = ()
    databases: tuple[OpenDatabase, ...] = ()
    compose: tuple[str, ...] = ()
    repositories: tuple[Repository, ...] = ()
    mounts: tuple[Mount, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    keys: tuple[KeyFile, ...] = ()
    unseen: tuple[Unseen, ...] = ()
