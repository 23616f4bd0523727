"""What an engine can be asked: small protocols; an engine implements those it can."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from phoenix_dr.core.capabilities import Capabilities
from phoenix_dr.core.evidence import Evidence, Phase, RecoveryPoint
from phoenix_dr.core.guard import Permit
from phoenix_dr.core.longhorn import LonghornState
from phoenix_dr.core.model import Location
from phoenix_dr.core.pbs import PbsInventory
from phoenix_dr.core.plan import Action
from phoenix_dr.core.proxmox import Inventory
from phoenix_dr.core.velero import VeleroState


@dataclass(frozen=True, slots=True)
class Places:
    """What an engine needs from outside its spec.

    `here` is this machine's host name in the estate, `environ` the environment secrets and PATH
    come from, `cache_dir` where engines may keep what can be made again, `clock` the time now.
    """

    here: str
    locations: Mapping[str, Location]
    environ: Mapping[str, str]
    cache_dir: Path
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long action is: `done` of `total` bytes (total None while unknown)."""

    done: int
    total: int | None
    what: str = ""


ProgressSink = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Done:
    """What an action did: points made, measured phases, paths that could not be read.

    `added` is how many bytes the engine stored anew; None when it does not say.
    """

    note: str = ""
    made: tuple[RecoveryPoint, ...] = ()
    phases: tuple[Phase, ...] = ()
    unread: tuple[str, ...] = ()
    added: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a point's own list. `path` is bytes decoded with surrogateescape.

    `kind` is `file`, `dir`, `symlink` or `other`; `size` counts only for files.
    """

    path: str
    kind: str
    size: int = 0
    mtime_ns: int = 0


@runtime_checkable
class Reader(Protocol):
    """Shows what the engine holds."""

    def observe(self, *, now: datetime) -> Evidence:
        """Everything the engine shows now. Raises EngineError when it shows nothing at all."""
        ...


@runtime_checkable
class Surveyor(Protocol):
    """Shows guests, jobs, storages and runs beside the points it holds."""

    def survey(self, *, now: datetime) -> tuple[Evidence, Inventory]:
        """What `observe` shows, and everything around it, in one walk. Raises as `observe`."""
        ...


@runtime_checkable
class Inspector(Protocol):
    """Shows datastores, groups and jobs of a backup server beside the points it holds."""

    def inspect(self, *, now: datetime) -> tuple[Evidence, PbsInventory]:
        """What `observe` shows, and everything around it, in one walk. Raises as `observe`."""
        ...


@runtime_checkable
class Explorer(Protocol):
    """Shows a cluster, its claims and volumes beside the points it holds."""

    def explore(self, *, now: datetime) -> tuple[Evidence, LonghornState]:
        """What `observe` shows, and everything around it, in one walk. Raises as `observe`."""
        ...


@runtime_checkable
class Examiner(Protocol):
    """Shows backups of a cluster and whose data is in them, beside the points it holds."""

    def examine(self, *, now: datetime) -> tuple[Evidence, VeleroState]:
        """What `observe` shows, and everything around it, in one walk. Raises as `observe`."""
        ...


@runtime_checkable
class Prober(Protocol):
    """Can say what its credential is good for."""

    def rights(self) -> Capabilities:
        """What it can and cannot see, and how to give it what it lacks. Raises EngineError."""
        ...


@runtime_checkable
class Fingerprinted(Protocol):
    """Can name its list of points without starting the engine or using a key."""

    def fingerprint(self) -> str | None:
        """Equal fingerprints mean an equal list; None when only the engine could tell."""
        ...


@runtime_checkable
class Lister(Protocol):
    """Lists the contents of one point, streaming."""

    def contents(self, point: str, *, cancel: threading.Event) -> Iterator[Entry]:
        """Every entry of a point, as the engine lists it."""
        ...


@runtime_checkable
class Writer(Protocol):
    """Performs permitted actions."""

    def perform(
        self,
        action: Action,
        permit: Permit,
        *,
        progress: ProgressSink,
        cancel: threading.Event,
    ) -> Done:
        """Do one permitted action. Raises Refused without its permit, EngineError on failure."""
        ...


@runtime_checkable
class Preparer(Protocol):
    """Can make its own repository on first use."""

    def prepare(self, *, cancel: threading.Event | None = None) -> bool:
        """Make the repository where a local one is missing; False when there is nothing to do."""
        ...


class Mutation(Protocol):
    """A corrupted copy of a repository: where it lies and what was flipped in it."""

    @property
    def repository(self) -> Path:
        """The copy, to be used in place of the engine's repository."""
        ...


@runtime_checkable
class Mutable(Protocol):
    """Can make a corrupted copy of its repository, so that a drill can be seen failing."""

    def mutate(
        self, point: str, paths: Sequence[str], *, into: Path, cancel: threading.Event
    ) -> Mutation:
        """Copy the repository into an empty folder and flip one bit that this point needs."""
        ...


@runtime_checkable
class Stored(Protocol):
    """Keeps its retention rule in a configuration file that Phoenix can edit."""

    def seen(self) -> str:
        """SHA-256 of the file SetRetention would edit. Raises EngineError when there is none."""
        ...
