"""Real restics for tests: Debian's own and the newest Debian has, with repositories to use."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from phoenix_dr.adapters.base import Done, Places, Progress
from phoenix_dr.adapters.restic import Restic
from phoenix_dr.adapters.restic.call import Patience
from phoenix_dr.core.guard import permit
from phoenix_dr.core.model import EngineSpec, Location, SecretRef
from phoenix_dr.core.plan import Action, ForgetPoints, TakePoint, make_plan
from tools import UNPACKED, in_ci, program

SUITE = "sid"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
NEWEST = UNPACKED / "restic-NEW" / "usr" / "bin" / "restic"
VERSIONS = ("debian", "newest")
PASSWORD = "correct horse"
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
    engine: Restic
    seen: list[Progress] = field(default_factory=list)
    cancel: threading.Event = field(default_factory=threading.Event)

    @property
    def source(self) -> Path:
        """Directory that is backed up."""
        return self.root / "source"

    @property
    def repository(self) -> Path:
        """Where the repository is, once prepared."""
        return self.root / "repository"

    def do(self, action: Action) -> Done:
        """Perform one action under a permit for it."""
        leave = permit(make_plan([action], {}), None, now=NOW)
        return self.engine.perform(action, leave, progress=self.seen.append, cancel=self.cancel)

    def take(self, *paths: Path) -> Done:
        """Take a point of the source, or of `paths`."""
        given = tuple(str(path) for path in paths or (self.source,))
        return self.do(TakePoint(self.engine.spec.id, "wiki/pages", given))

    def restored(self) -> Path:
        """A fresh empty directory to restore into."""
        into = self.root / f"restored-{len(list(self.root.glob('restored-*')))}"
        into.mkdir()
        return into

    def at(self, repository: str, **changes: object) -> Bench:
        """The same bench with its engine over another repository."""
        spec = replace(self.engine.spec, repository=repository, **changes)  # type: ignore[arg-type]
        return Bench(self.root, Restic(spec, places(self.root), patience=SHORT))


def places(root: Path, *, mount: str | None = None, cache: str = "cache") -> Places:
    """Places below `root`, at a fixed time, with one location `shelf`."""
    return Places(
        here="homelab",
        locations={"shelf": Location("shelf", "homelab", mount=mount)},
        environ={"PATH": os.environ["PATH"], "HOME": str(root)},
        cache_dir=root / cache,
        clock=lambda: NOW,
    )


def bench(root: Path, version: str, *, patience: Patience = SHORT) -> Bench:
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
    return Bench(root, Restic(spec, places(root), patience=patience))


def forgetting(point: str) -> ForgetPoints:
    """An action no engine can do yet."""
    return ForgetPoints("home", "wiki/pages", (point,))


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
