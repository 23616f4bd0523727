"""A real borg repository for tests, with archives of two assets and of a stranger."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from build_restic import NOW, places
from phoenix_dr.adapters.base import Done
from phoenix_dr.adapters.borg import Borg
from phoenix_dr.adapters.borg.call import Patience
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.guard import Approval, permit
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.core.plan import Action, ForgetPoints, Ground, make_plan
from phoenix_dr.errors import PhoenixError
from tools import program

PAGES, TABLES = "wiki/pages", "wiki/tables"
ARCHIVES = {"wiki-": PAGES, "wiki-db-": TABLES}
NAMES = ("wiki-1", "wiki-2", "wiki-3", "wiki-db-1", "other-1")
FIRST = datetime(2026, 11, 20, 1, 0, 0, tzinfo=UTC)
SHORT = Patience(lock=0.0, question=30.0, action=60.0)


@dataclass
class Bench:
    """A scratch home with a repository and an engine over it."""

    root: Path
    engine: Borg
    environ: dict[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    cancel: threading.Event = field(default_factory=threading.Event)

    @property
    def repository(self) -> Path:
        """Where the repository is."""
        return self.root / "repository"

    def points(self) -> dict[str, RecoveryPoint]:
        """What the engine shows, by id."""
        return {point.id: point for point in self.engine.observe(now=NOW).points}

    def names(self) -> list[str]:
        """Every archive, asked of borg itself."""
        return self.hand("list", "--consider-checkpoints", "--format", "{barchive}{NUL}")

    def id_of(self, name: str) -> str:
        """The id of an archive."""
        if name in self.known:
            return self.known[name]
        rows = self.hand("list", "--consider-checkpoints", "--format", "{id}{barchive}{NUL}")
        return next(row[:64] for row in rows if row[64:] == name)

    def do(self, action: Action) -> Done:
        """Perform one action under an approved permit for it."""
        lanes: dict[tuple[str, str], tuple[RecoveryPoint, ...]] = {}
        if isinstance(action, ForgetPoints):
            # What was held when it was planned, which may no longer be true.
            some = RecoveryPoint("", action.asset, "vault", "shelf", FIRST)
            wanted = (*action.points, "one that stays")
            lanes["vault", action.asset] = tuple(replace(some, id=each) for each in wanted)
        plan = make_plan([action], Ground(lanes))
        approval = Approval(plan.digest, "somebody", NOW + timedelta(hours=1))
        leave = permit(plan, approval, now=NOW)
        return self.engine.perform(
            action, leave, progress=lambda progress: None, cancel=self.cancel
        )

    def forget(self, *names: str, asset: str = PAGES) -> Done:
        """Forget archives, given by name."""
        return self.do(ForgetPoints("vault", asset, tuple(self.id_of(name) for name in names)))

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
        known = {**self.environ, **(environ or {})}
        spec = replace(self.engine.spec, **changes)
        around = places(self.root, mount=mount, environ=known)
        return Bench(self.root, Borg(spec, around, patience=patience), known, self.known)

    def recorded(self) -> tuple[Bench, Path]:
        """The same bench whose every start of borg adds its arguments to a log, as a line."""
        log, shim = self.root / "starts", self.root / "shim"
        log.touch()
        shim.write_text(f'#!/bin/sh\necho "$@" >>{log}\nexec {program("borg")} "$@"\n')
        shim.chmod(0o755)
        return self.changed(program=str(shim)), log

    def started(self, *arguments: str) -> subprocess.Popen[bytes]:
        """borg started as a person would start it."""
        return subprocess.Popen(
            [program("borg"), *arguments], env=hand_env(self.root), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def hand(self, *arguments: str) -> list[str]:
        """What a borg started by hand says, in parts that end with NUL."""
        with self.started(*arguments) as borg:
            out, said = borg.communicate(timeout=60)
        assert borg.returncode == 0, said
        return [os.fsdecode(part) for part in out.split(b"\0") if part.strip()]

    def add(self, name: str) -> str:
        """Make one more archive by hand; its id."""
        self.create(name)
        return self.id_of(name)

    def create(self, name: str, **options: str) -> None:
        """Make one more archive by hand."""
        words = [word for option, value in options.items() for word in (f"--{option}", value)]
        # A name in braces would be a placeholder.
        typed = name.replace("{", "{{").replace("}", "}}")
        self.hand("create", *words, f"::{typed}", str(self.root / "source"))


def hand_env(root: Path) -> dict[str, str]:
    """The environment of the account whose borg made the repository."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(root),
        "BORG_REPO": str(root / "repository"),
        "BORG_PASSPHRASE": "",
        "TZ": "UTC",
        "LANG": "C.UTF-8",
    }


def bench(root: Path) -> Bench:
    """A bench over `root`, where a repository may be or not."""
    spec = EngineSpec(
        "vault", "borg", str(root / "repository"), {"": "shelf"}, archives=ARCHIVES,
        program=program("borg"),
    )  # fmt: skip
    return Bench(root, Borg(spec, places(root), patience=SHORT))


@cache
def _template() -> tuple[Path, dict[str, str]]:
    root = Path(tempfile.mkdtemp(prefix="phx-borg-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    made = bench(root)
    made.hand("init", "--encryption", "none")
    (root / "source").mkdir()
    for number, name in enumerate(NAMES):
        # Each has data of its own, so that forgetting it leaves something to free.
        (root / "source" / "data").write_bytes(os.urandom(300_000))
        made.create(name, timestamp=f"{FIRST + timedelta(days=number):%Y-%m-%dT%H:%M:%S}")
    ids = made.hand("list", "--format", "{id}{barchive}{NUL}")
    return root, {row[64:]: row[:64] for row in ids}


def stocked(root: Path) -> Bench:
    """A bench with its own copy of a repository that holds NAMES, a day apart from FIRST on."""
    template, known = _template()
    shutil.copytree(template, root, dirs_exist_ok=True)
    for remembered in (*root.glob(".config/borg/security/*/location"),
                       *root.glob(".cache/borg/*/config")):  # fmt: skip
        # borg would ask whether it was moved.
        remembered.write_text(remembered.read_text().replace(str(template), str(root)))
    return replace(bench(root), known=known)
