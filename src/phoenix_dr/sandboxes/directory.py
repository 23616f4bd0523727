"""A private folder to restore into, with a shut-in place to ask questions of what is in it."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from phoenix_dr.adapters import _tree
from phoenix_dr.adapters._command import Result
from phoenix_dr.errors import DrillError
from phoenix_dr.sandboxes import bubblewrap
from phoenix_dr.sandboxes.base import Isolation
from phoenix_dr.sandboxes.journal import Journal, open_journal
from phoenix_dr.sandboxes.sanitize import NOBODY, Sanitized, sanitize

MARGIN_PERCENT = 120
"""Free space asked for, in percent of what will be written."""


@dataclass(frozen=True, slots=True)
class Spec:
    """Where a drill restores and how much: `size` bytes below `drill_dir`, journalled in `state`.

    `avoid` are paths of assets and repositories, never to be restored into; they and `hide`
    (configuration, secrets) are invisible to commands too.
    """

    state: Path
    drill_dir: Path
    drill: str
    size: int
    avoid: tuple[Path, ...] = ()
    hide: tuple[Path, ...] = ()


class DirectorySandbox:
    """A drill's own 0700 folder `phx-ID`; the tree lies in its `restore`, seen as /restore."""

    def __init__(self, spec: Spec, journal: Journal, folder: Path) -> None:
        """Made by `open_sandbox`."""
        self._spec = spec
        self.journal = journal
        self.folder = folder
        self.path = folder / "restore"
        self.path.mkdir(mode=0o700)

    @cached_property
    def isolation(self) -> Isolation:
        """Whether `run` can shut a command in; proved by trying, once."""
        return bubblewrap.probe(self.folder / "restore", hide=self._hidden)

    @property
    def _hidden(self) -> tuple[Path, ...]:
        return (*self._spec.hide, *self._spec.avoid, self._spec.state)

    def twin(self, size: int) -> Path:
        """One more empty folder, for a copy of a repository of `size` bytes.

        Raises DrillError `no-space-for-drill`.
        """
        require_space(self.folder.parent, size)
        return self.journal.folder(self.folder.with_name(f"{self.folder.name}-twin"))

    def sanitize(self) -> Sanitized:
        """Make the restored tree harmless; to be called after each restore, before any `run`."""
        return sanitize(self.path)

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        cwd: str = "",
        writable: bool = False,
        cancel: threading.Event | None = None,
    ) -> Result:
        """Run a command as nobody, in /restore (or `cwd` below it), without network.

        The tree is read-only; `writable` gives the command a fresh copy of it instead. Raises
        DrillError `not-isolated` or `no-space-for-drill`, EngineUnreachable `program-missing`.
        """
        self._require_isolation()
        view = bubblewrap.View(self.path, hide=self._hidden)
        if writable:
            view = bubblewrap.View(self._copy(timeout, cancel), True, self._hidden)
        return bubblewrap.run(argv, view, timeout=timeout, cwd=cwd, cancel=cancel)

    def serve(
        self,
        argv: Sequence[str],
        programs: Sequence[Path],
        *,
        timeout: float,
        cancel: threading.Event | None = None,
    ) -> Result:
        """Run a database server, and what asks it, on a fresh writable copy of the tree.

        `programs` are seen below /programs. Raises as `run` does.
        """
        self._require_isolation()
        copy = self._copy(timeout, cancel)
        view = bubblewrap.View(copy, True, self._hidden, programs=tuple(programs))
        bounds = bubblewrap.SERVER
        return bubblewrap.run(argv, view, timeout=timeout, bounds=bounds, cancel=cancel)

    def _require_isolation(self) -> None:
        if not self.isolation.ok:
            reason, detail = self.isolation.reason, self.isolation.detail
            raise DrillError("not-isolated", reason=reason, detail=detail)

    def _copy(self, timeout: float, cancel: threading.Event | None) -> Path:
        require_space(self.folder, self._spec.size)
        with _tree.opened(self.folder) as folder:
            if (self.folder / "copy").exists():
                _tree.remove(folder, "copy")
            os.mkdir("copy", 0o700, dir_fd=folder)
            if os.geteuid() == 0:
                os.chown("copy", NOBODY, NOBODY, dir_fd=folder, follow_symlinks=False)
        # Copied from inside too: the tree may be hostile to whoever copies it.
        copying = ("cp", "-a", "--reflink=auto", "/restore/.", "/copy/")
        view = bubblewrap.View(self.path, hide=self._hidden, also=self.folder / "copy")
        result = bubblewrap.run(copying, view, timeout=timeout, cancel=cancel)
        if result.code != 0:
            raise DrillError(
                "drill-copy-failed", detail=result.stderr[-200:].decode("utf-8", "replace")
            )
        return self.folder / "copy"

    def close(self, *, keep: bool = False) -> bool:
        """Remove everything, but with `keep` leave the restored tree; False: something stayed."""
        if keep:
            return self.journal.close(keep=self.folder)
        return self.journal.close()


def open_sandbox(spec: Spec) -> DirectorySandbox:
    """Make the drill's folder, journalled before it exists.

    Raises DrillError `drill-dir-inside` (below an asset or repository), `drill-dir-unsafe`
    (not ours, or writable by others), `no-space-for-drill`.
    """
    drill_dir = spec.drill_dir.resolve()
    for path in spec.avoid:
        if drill_dir.is_relative_to(path.resolve()):
            raise DrillError("drill-dir-inside", path=str(drill_dir), inside=str(path))
    _require_ours(drill_dir)
    require_space(drill_dir, spec.size)
    journal = open_journal(spec.state, spec.drill)
    try:
        return DirectorySandbox(spec, journal, journal.folder(drill_dir / spec.drill))
    except BaseException:
        journal.close()
        raise


def _require_ours(drill_dir: Path) -> None:
    try:
        drill_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = drill_dir.stat()
    except OSError as error:
        raise DrillError("drill-dir-unusable", path=str(drill_dir), detail=str(error)) from error
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise DrillError("drill-dir-unsafe", path=str(drill_dir))


def require_space(folder: Path, size: int) -> None:
    """Raise DrillError `no-space-for-drill` unless 1.2 × `size` bytes are free there."""
    needed = -(-size * MARGIN_PERCENT // 100)
    found = os.statvfs(folder)
    free = found.f_bavail * found.f_frsize
    if free < needed:
        raise DrillError("no-space-for-drill", needed=needed, free=free, path=str(folder))
