"""Real restics for tests: Debian's own and the newest Debian has, with repositories to use."""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from phoenix_dr.adapters.base import Done, Places, Progress
from phoenix_dr.adapters.restic import Restic
from phoenix_dr.adapters.restic.call import Patience
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.guard import permit
from phoenix_dr.core.model import EngineSpec, Location, SecretRef
from phoenix_dr.core.plan import Action, RestorePoint, TakePoint, make_plan
from phoenix_dr.errors import PhoenixError
from tools import ROOT, UNPACKED, in_ci, program

SUITE = "sid"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
NEWEST = UNPACKED / "restic-NEW" / "usr" / "bin" / "restic"
VERSIONS = ("debian", "newest")
BOTH = pytest.mark.parametrize("version", VERSIONS)
"""For what the versions do differently."""
ONE = pytest.mark.parametrize("version", ["newest"])
"""For what Phoenix does before or around restic."""
PASSWORD = "correct horse"
EMPTY = ROOT / "tests" / "adapters" / "fixtures" / "restic" / "empty-repository"
SHORT = Patience(lock=0.0, retry=0.1, question=30.0, action=60.0, silence=30.0)
NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


def restic(version: str) -> str:
    """Path of a real restic: `debian` is the one on PATH, `newest` is unpacked when absent."""
    if version == "debian":
        return program("restic")
    if not NEWEST.exists():
        _fetch_once()
    if not NEWEST.exists() and in_ci():
        pytest.fail("the newest restic could not be fetched through apt")
    if not NEWEST.exists():
        pytest.skip("the newest restic could not be fetched through apt")
    return str(NEWEST)


def _fetch_once() -> None:
    if shutil.which("apt-get") is None or "PHOENIX_NO_APT" in os.environ:
        return
    UNPACKED.mkdir(parents=True, exist_ok=True)
    with (UNPACKED / ".restic-NEW.lock").open("w") as lock:
        # pytest runs in several processes.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not NEWEST.exists():
            _fetch(UNPACKED / "restic-NEW.apt")


def _fetch(state: Path) -> None:
    """Download and unpack with an apt state of our own; the machine's lists stay as they are."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    key = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    (state / "sources.list").write_text(
        "".join(f"deb {key}{address} {SUITE} main\n" for address in _archives())
    )
    options = {
        "Dir::Etc::sourcelist": state / "sources.list",
        "Dir::Etc::sourceparts": "/nonexistent",
        "Dir::State::lists": state / "lists",
        "Dir::Cache": state / "cache",
        "APT::Sandbox::User": "root",
    }
    apt = [
        "apt-get",
        "-qq",
        *(word for name, at in options.items() for word in ("-o", f"{name}={at}")),
    ]
    try:
        for command in (["update"], ["download", f"restic/{SUITE}"]):
            subprocess.run(
                [*apt, *command], cwd=state, check=True, capture_output=True, timeout=120
            )
        for package in state.glob("*.deb"):
            unpack = ["dpkg-deb", "--extract", str(package), str(state / "root")]
            subprocess.run(unpack, check=True, timeout=60)
        (state / "root").rename(NEWEST.parents[2])
    except (subprocess.SubprocessError, OSError):
        # The test then says what is missing.
        pass
    finally:
        shutil.rmtree(state, ignore_errors=True)


def _archives() -> list[str]:
    """Package archives this machine already uses, without those of security fixes."""
    asked = [
        "apt-get",
        "indextargets",
        "--format",
        "$(REPO_URI) $(RELEASE)",
        "Identifier: Packages",
    ]
    answer = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=False).stdout
    rows = [line.split() for line in answer.splitlines()]
    return sorted({row[0] for row in rows if len(row) == 2 and "-" not in row[1]})


@dataclass
class Bench:
    """A scratch directory with data, a password file, and an engine over a repository."""

    root: Path
    source: Path
    engine: Restic
    environ: dict[str, str] | None = None
    seen: list[Progress] = field(default_factory=list)
    cancel: threading.Event = field(default_factory=threading.Event)

    @property
    def repository(self) -> Path:
        """Where a local repository is, once prepared."""
        return Path(self.engine.spec.repository)

    def do(self, action: Action) -> Done:
        """Perform one action under a permit for it."""
        leave = permit(make_plan([action]), None, now=NOW)
        return self.engine.perform(action, leave, progress=self.seen.append, cancel=self.cancel)

    def take(self, *paths: Path) -> Done:
        """Take a point of the source, or of `paths`."""
        return self.do(taking(*(paths or (self.source,))))

    def restored(self) -> Path:
        """A fresh empty directory to restore into."""
        into = self.root / f"restored-{len(list(self.root.glob('restored-*')))}"
        into.mkdir()
        return into

    def error(self, action: Action) -> PhoenixError:
        """The error a permitted action ends in."""
        with pytest.raises(PhoenixError) as caught:
            self.do(action)
        return caught.value

    def changed(
        self,
        *,
        patience: Patience = SHORT,
        mount: str | None = None,
        environ: dict[str, str] | None = None,
        **changes: Any,
    ) -> Bench:
        """The same bench with another spec, patience, mount or more environment."""
        spec = replace(self.engine.spec, **changes)
        known = {**(self.environ or {}), **(environ or {})}
        around = places(self.root, mount=mount, environ=known)
        return Bench(self.root, self.source, Restic(spec, around, patience=patience), known)

    def counted(self) -> tuple[Bench, Path]:
        """The same bench whose every start of restic adds its arguments to a log, as a line."""
        log, shim = self.root / "starts", self.root / "shim"
        log.touch()
        shim.write_text(f'#!/bin/sh\necho "$@" >>{log}\nexec {self.engine.spec.program} "$@"\n')
        shim.chmod(0o755)
        return self.changed(program=str(shim)), log

    def by_hand(self, *arguments: str) -> subprocess.Popen[bytes]:
        """restic started as a person would start it, with both pipes."""
        spec = self.engine.spec
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "RESTIC_REPOSITORY": spec.repository,
            "RESTIC_PASSWORD": PASSWORD,
        }
        return subprocess.Popen(
            [spec.program or "restic", *arguments], env=env,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip


def places(
    root: Path, *, mount: str | None = None, environ: dict[str, str] | None = None
) -> Places:
    """Places below `root`, at a fixed time, with one location `shelf`."""
    return Places(
        here="homelab",
        locations={"shelf": Location("shelf", "homelab", mount=mount)},
        environ={"PATH": os.environ["PATH"], "HOME": str(root), **(environ or {})},
        cache_dir=root / "cache",
        clock=lambda: NOW,
    )


def place_empty(repository: Path) -> None:
    """A repository as `restic init` made it, on a machine so slow that its key opens fast.

    restic tunes its key derivation to the machine; every process saves half a second here.
    """
    shutil.copytree(EMPTY, repository)
    for folder in ("data", "index", "locks", "snapshots"):
        (repository / folder).mkdir()


def bench(root: Path, version: str) -> Bench:
    """A bench with a password and some data, and no repository yet."""
    secret = root / "password"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o600)
    (root / "source" / "deep").mkdir(parents=True)
    (root / "source" / "page.txt").write_text("a page\n")
    (root / "source" / "deep" / "data.bin").write_bytes(bytes(range(256)) * 2_000)
    spec = EngineSpec(
        "home", "restic", str(root / "repository"), {"": "shelf"},
        password=SecretRef("file", str(secret)), program=restic(version),
    )  # fmt: skip
    return Bench(root, root / "source", Restic(spec, places(root), patience=SHORT))


@cache
def _template(version: str) -> tuple[Bench, Done]:
    root = Path(tempfile.mkdtemp(prefix="phx-restic-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    made = bench(root, version)
    place_empty(made.repository)
    return made, made.take()


def used(root: Path, version: str) -> tuple[Bench, RecoveryPoint]:
    """A bench whose own copy of a repository holds one point; its source is shared: only read."""
    template, done = _template(version)
    shutil.copytree(template.repository, root / "repository")
    shutil.copy2(template.root / "password", root / "password")
    secret = SecretRef("file", str(root / "password"))
    spec = replace(template.engine.spec, repository=str(root / "repository"), password=secret)
    engine = Restic(spec, places(root), patience=SHORT)
    return Bench(root, template.source, engine), done.made[0]


def restoring(point: str, into: Path, *paths: str) -> RestorePoint:
    """An action that restores a point, or `paths` of it."""
    return RestorePoint("home", "wiki/pages", point, str(into), paths)


def taking(*paths: Path | str) -> TakePoint:
    """An action that takes a point of `paths`."""
    return TakePoint("home", "wiki/pages", tuple(str(path) for path in paths))


def wrapper(path: Path, *before: str, program: str | None) -> str:
    """A program that starts `program` below other tools (prlimit, setpriv)."""
    words = " ".join(shlex.quote(word) for word in (*before, program or "restic"))
    path.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    path.chmod(0o755)
    return str(path)


def tree(root: Path) -> dict[bytes, bytes]:
    """Every file below `root` with its content's hash."""
    found = {}
    for folder, _, names in os.walk(os.fsencode(root)):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, os.fsencode(root))] = hashlib.sha256(
                    file.read()
                ).digest()
    return found


def processes(needle: str) -> Iterator[int]:
    """Ids of running processes whose command line or environment names `needle`."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            said = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if os.fsencode(needle) in said and state != "Z":
            yield int(folder.name)
