"""A throwaway estate to measure in: directories, phoenix.yaml, environments, the two commands."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from bench.pair import Broken, Sample, Skip, run

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parent / ".cache" / "bench"
"""Rivals are installed here, each in its own virtual environment."""

Words = list[str | Path]

HEAD = """\
version: 1
estate: bench
here: house
timezone: UTC
language: en
documents: {root}/docs
hosts:
  house:     {{site: home, disks: [nvme, usb]}}
  elsewhere: {{site: elsewhere}}
locations:
  home:    {{host: house, disk: usb}}
  offsite: {{host: elsewhere}}
engines:
"""
ENGINE = """\
  {name}: {{kind: restic, repository: {repository}, location: {location},
    password: "file:{root}/password"}}
"""
POLICY = """\
policies:
  default:
    schedule: "0 */2 * * *"
    keep: {{daily: 7}}
    because: measured, not kept
    to: [{engines}]
services:
"""
SERVICE = "  {name}: {{assets: {{files: {{files: {path}}}}}}}\n"


@dataclass
class Place:
    """Below `root`, removed at the end whatever happened; `phoenix` is the command measured."""

    phoenix: Path
    root: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="phoenix-bench-")))

    def __enter__(self) -> Place:
        """Make what every case needs."""
        for name in ("home", "state", "drills", "shim"):
            (self.root / name).mkdir(mode=0o700)
        password = self.root / "password"
        password.touch(mode=0o600)
        password.write_text("only for measuring\n")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take everything away."""
        shutil.rmtree(self.root, ignore_errors=True)

    @property
    def config(self) -> Path:
        """phoenix.yaml."""
        return self.root / "phoenix.yaml"

    @property
    def state(self) -> Path:
        """The state directory."""
        return self.root / "state"

    @property
    def cache(self) -> Path:
        """restic's cache: one for both sides."""
        return self.state / "cache" / "restic"

    def repository(self, engine: str) -> Path:
        """Where an engine's repository lies."""
        return self.root / "repositories" / engine

    def estate(self, engines: Mapping[str, str], services: Mapping[str, Path]) -> None:
        """Write phoenix.yaml: engines with their location, services with one folder each."""
        (self.root / "repositories").mkdir(exist_ok=True)
        text = HEAD.format(root=self.root)
        for name, location in engines.items():
            text += ENGINE.format(
                root=self.root, name=name, location=location, repository=self.repository(name)
            )
        text += POLICY.format(engines=", ".join(engines))
        text += "".join(SERVICE.format(name=name, path=path) for name, path in services.items())
        self.config.write_text(text)
        self.config.chmod(0o600)

    def env(self, *, shim: bool = False) -> dict[str, str]:
        """A calm environment; with `shim` every start of restic is written down."""
        path = os.environ.get("PATH", os.defpath)
        folder = self._shim() if shim else None
        return {
            "HOME": str(self.root / "home"),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PATH": f"{folder}:{path}" if folder else path,
            "PHOENIX_DRILLS": str(self.root / "drills"),
        }

    def restic_env(self, engine: str) -> dict[str, str]:
        """The environment in which bare restic does what Phoenix has it do."""
        return {
            **self.env(),
            "RESTIC_REPOSITORY": str(self.repository(engine)),
            "RESTIC_PASSWORD_FILE": str(self.root / "password"),
            "RESTIC_CACHE_DIR": str(self.cache),
            "RESTIC_PROGRESS_FPS": "2",
        }

    def command(self, *words: str | Path) -> Words:
        """The words of a phoenix command on this estate."""
        return [self.phoenix, "--config", self.config, "--state", self.state, *words]

    def do(self, *words: str, shim: bool = False, watch: bool = False) -> Sample:
        """Run phoenix; exit 3 (not all green) is an answer, not a failure, but for a backup."""
        fine = (0,) if words[0] == "backup" else (0, 3)
        return run(self.command(*words), env=self.env(shim=shim), fine=fine, watch=watch)

    def ask(self, *words: str, shim: bool = False) -> Any:
        """What phoenix answers as JSON."""
        return json.loads(self.do(*words, "--json", shim=shim).out)

    def _shim(self) -> Path:
        folder = self.root / "shim"
        if not (folder / "restic").exists():
            shutil.copy(HERE / "shim" / "restic", folder / "restic")
            (folder / "real").symlink_to(require("restic"))
        return folder

    def calls(self) -> list[str]:
        """Starts of restic below the shim since the last question."""
        log = self.root / "shim" / "calls"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return lines

    def copy_state(self, into: Path) -> None:
        """What Phoenix saves of its own state, copied for the bare side."""
        into.mkdir(exist_ok=True)
        with (
            closing(sqlite3.connect(self.state / "ledger.db")) as source,
            closing(sqlite3.connect(into / "ledger.db")) as copy,
        ):
            source.backup(copy)
        shutil.copyfile(self.config, into / "phoenix.yaml")


def require(program: str) -> str:
    """Where a program is. Raises Skip when it is nowhere."""
    found = shutil.which(program)
    if found is None:
        raise Skip(f"{program} is not installed")
    return found


def cleared(path: Path) -> Path:
    """An empty directory at `path`."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700, parents=True)
    return path


def last_json(out: bytes, kind: str) -> dict[str, Any]:
    """The last line of a restic answer whose message_type is `kind`."""
    lines = (json.loads(line) for line in reversed(out.splitlines()) if line.startswith(b"{"))
    return next((line for line in lines if line.get("message_type") == kind), {})


def same(what: str, values: Sequence[float], *, within: float = 0.0) -> None:
    """Raise Broken unless all values are equal, or `within` a share of the largest."""
    if max(values) - min(values) > within * max(values):
        raise Broken(f"unequal work, {what}: {sorted(set(values))}")
