"""A small house on real restic and SQLite: two sites, a wiki, an album, keys with copies."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from build_repositories import ENGINES, empty, put_shim
from build_restic import PASSWORD, processes, tree
from phoenix_dr import config
from phoenix_dr.app import audit, backup, drills
from phoenix_dr.app.context import Context
from phoenix_dr.app.drill_folder import drill_dir
from phoenix_dr.core.evidence import DrillRecord
from phoenix_dr.core.report import AuditReport
from tools import program

PAGES = 40

CONFIG = """\
version: 1
estate: small
here: house
language: en
timezone: UTC
documents: {root}/docs
hosts:
  house: {{site: home, disks: [nvme, usb]}}
  elsewhere: {{site: parents}}
locations:
  home: {{host: house, disk: usb}}
  offsite: {{host: elsewhere}}
engines:
  home:
    kind: restic
    repository: {root}/home/restic
    location: home
    password: "file:{root}/keys/repositories.pw"
  offsite:
    kind: restic
    repository: {root}/offsite/restic
    location: offsite
    password: "file:{root}/keys/repositories.pw"
policies:
  default:
    schedule: "0 3,15 * * *"
    keep: {{daily: 7}}
    because: a mistake is noticed within a week
    to: [home, offsite]
services:
  wiki:
    criticality: critical
    assets:
      pages: {{sqlite: {root}/srv/wiki.db}}
    checks:
      - {{asset: pages, sql: select count(*) from page, at_least: 10}}
      - {{asset: pages, canary: 1h}}
  photos:
    depends_on: [wiki]
    assets:
      album: {{files: {root}/srv/album}}
keys:
  repositories:
    secrets: [home.password, offsite.password]
    copies:
      - {{place: drawer, site: home, path: {root}/home/repositories.pw}}
      - {{place: safe, site: parents, path: {root}/offsite/repositories.pw}}
"""


class Clock:
    """The time now, moved by `shift`: tests set it forwards and back."""

    def __init__(self) -> None:
        self.shift = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.shift


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


@dataclass
class House:
    """A built estate below `root`; every use case runs with a context of its own."""

    root: Path
    clock: Clock = field(default_factory=Clock)

    @property
    def config(self) -> Path:
        """phoenix.yaml."""
        return self.root / "phoenix.yaml"

    @property
    def state(self) -> Path:
        """State directory."""
        return self.root / "state"

    @property
    def production(self) -> Path:
        """All data that is backed up."""
        return self.root / "srv"

    @property
    def wiki(self) -> Path:
        """The SQLite database with its 40 pages."""
        return self.production / "wiki.db"

    @property
    def album(self) -> Path:
        """The folder of files."""
        return self.production / "album"

    @property
    def password(self) -> Path:
        """The password file that both engines use."""
        return self.root / "keys" / "repositories.pw"

    def repository(self, engine: str) -> Path:
        """Where an engine's repository lies."""
        return self.root / engine / "restic"

    @property
    def environ(self) -> dict[str, str]:
        """The whole environment Phoenix gets; its `restic` counts its starts."""
        return {
            "PATH": f"{self.root}/bin:{os.environ['PATH']}",
            "HOME": str(self.root),
            "PHOENIX_CONFIG": str(self.config),
            "PHOENIX_STATE": str(self.state),
            "PHOENIX_DRILLS": str(self.root / "drills"),
            "LC_ALL": "C.UTF-8",
        }

    def context(self, kind: type[Context] = Context) -> Context:
        """A fresh context on this house and its clock."""
        return kind(config.settings(self.environ), self.environ, clock=self.clock)

    def using(self, work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Call a use case with a context of its own."""
        with self.context() as ctx:
            return work(ctx, *arguments, **named)

    def backup(self, *names: str) -> backup.BackupReport:
        """Back up the named services, all by default."""
        report: backup.BackupReport = self.using(backup.backup, names)
        return report

    def audit(self, *, force: bool = False) -> AuditReport:
        """Observe and judge."""
        report: AuditReport = self.using(audit.audit, force=force)
        return report

    def drill(self, *names: str, **request: Any) -> drills.DrillReport:
        """Drill the named services, all by default."""
        report: drills.DrillReport = self.using(drills.run, drills.DrillRequest(names, **request))
        return report

    def drilled(self, name: str, **request: Any) -> DrillRecord:
        """The record of the only asset of a service."""
        [record] = self.drill(name, **request).records
        return record

    def phoenix(self, *arguments: str, timeout: float = 120, **more: str) -> Ran:
        """Run the command line in a process of its own."""
        done = subprocess.run(
            argv(*arguments), env={**self.environ, **more}, cwd=self.root, timeout=timeout,
            capture_output=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def started(self, *arguments: str) -> subprocess.Popen[bytes]:
        """The command line, still running."""
        return subprocess.Popen(
            argv(*arguments), env=self.environ, cwd=self.root, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def restic(self, engine: str, *arguments: str) -> str:
        """What restic prints when a person calls it; not counted."""
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "RESTIC_REPOSITORY": str(self.repository(engine)),
            "RESTIC_PASSWORD": PASSWORD,
            "TZ": "UTC",
        }
        done = subprocess.run(
            [program("restic"), *arguments], env=env, check=True, capture_output=True, timeout=60
        )
        return done.stdout.decode(errors="surrogateescape")

    def starts(self) -> list[str]:
        """The arguments of every restic Phoenix started so far."""
        log = self.root / "starts"
        return log.read_text(errors="replace").splitlines() if log.exists() else []

    def say(self, old: str, new: str) -> None:
        """Replace a text of phoenix.yaml that must be there."""
        text = self.config.read_text()
        old, new = old.replace("ROOT", str(self.root)), new.replace("ROOT", str(self.root))
        assert old in text
        self.config.write_text(text.replace(old, new))

    def to_home_alone(self) -> None:
        """Leave one destination, for tests that need no second one."""
        self.say("to: [home, offsite]", "to: [home]")

    def left(self) -> list[Path]:
        """What drills left behind, their journals included."""
        folder = drill_dir(config.settings(self.environ))
        return [*folder.glob("phx-*"), *(self.state / "drills").glob("*")]

    def wait_for_no_engine(self, seconds: float = 15) -> None:
        """Fail when a restic of this house still runs after so long."""
        until = time.monotonic() + seconds
        while self.engines() and time.monotonic() < until:
            time.sleep(0.05)
        assert self.engines() == []

    def engines(self) -> list[str]:
        """Command lines of the engine processes that work for this house."""
        found = []
        for pid in processes(str(self.root)):
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"restic"):
                found.append(b" ".join(words).decode(errors="replace"))
        return found

    @contextmanager
    def unchanged(self, *folders: Path) -> Iterator[None]:
        """Fail when a file of production, or of these folders, changes inside the block."""
        watched = (self.production, *folders)
        before = [tree(folder) for folder in watched]
        yield
        assert [tree(folder) for folder in watched] == before


def argv(*arguments: str) -> list[str]:
    """How a process of its own runs the command line."""
    return [sys.executable, "-m", "phoenix_dr", *arguments]


def house(root: Path) -> House:
    """A house with data and two empty repositories; nothing backed up yet."""
    built = House(root)
    built.album.mkdir(parents=True)
    make_wiki(built.wiki)
    chance = random.Random(5)
    for number in range(6):
        (built.album / f"photo-{number}.jpg").write_bytes(chance.randbytes(40_000))
    (root / "keys").mkdir()
    secrets = [built.password]
    for engine in ENGINES:
        shutil.copytree(empty() / engine, built.repository(engine))
        secrets.append(root / engine / "repositories.pw")
    for path in secrets:
        path.write_text(PASSWORD + "\n")
        path.chmod(0o600)
    built.config.write_text(CONFIG.format(root=root))
    built.config.chmod(0o600)
    # One write per start: two engines side by side must not share a line.
    put_shim(root / "bin", 'line=$(printf "%s" "$*" | tr "\\n" " "); '
             f'printf "%s\\n" "$line" >>{root}/starts; exec {program("restic")} "$@"')  # fmt: skip
    return built


def make_wiki(path: Path, pages: int = PAGES) -> None:
    """A database in WAL mode with so many pages; an older one is replaced."""
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        name.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as wiki, wiki:
        wiki.execute("pragma journal_mode=wal")
        wiki.execute("create table page (id integer primary key, body text)")
        rows = [("words " * 50,)] * pages
        wiki.executemany("insert into page (body) values (?)", rows)
