"""A restored guest, started as a real container of LXC: unprivileged and without a network.

Root in it is an id that nobody has here (`_idmap`). Its process is our child and dies with us;
what a kill leaves is in the journal and in cgroups of its name (`lxc_leftovers`). The kernel is
shared: it is no virtual machine.
"""

from __future__ import annotations

import os
import signal
import stat
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from phoenix_dr.adapters import _command, _idmap
from phoenix_dr.adapters._command import Limits, Result
from phoenix_dr.adapters._room import Room
from phoenix_dr.errors import DrillError, EngineError
from phoenix_dr.sandboxes import lxc_config, lxc_leftovers
from phoenix_dr.sandboxes.base import TIMED_OUT, TOO_MUCH, Isolation
from phoenix_dr.sandboxes.bubblewrap import PATH
from phoenix_dr.sandboxes.directory import DirectorySandbox
from phoenix_dr.sandboxes.journal import Resource

PROGRAMS = ("lxc-usernsexec", "lxc-start", "lxc-info", "lxc-attach", "lxc-stop")
ENV = {"PATH": PATH}
START_SECONDS = 30.0
LIFE_SECONDS = 6 * 3600.0
"""The longest a container runs, whatever is asked of it."""
PAUSE = 0.05
OUTPUT = 1 << 20


def available(folder: Path, *, environ: Mapping[str, str] = ENV) -> Isolation:
    """Whether a container can be started below a folder: tried with a process of mapped ids.

    Reasons: `not-root`, `folder-closed`, `program-missing`, `ids-taken`, `refused`.
    """
    if os.geteuid() != 0:
        return Isolation(False, "not-root")
    # The guest's root is a stranger here, and its tree lies below all of these.
    closed = [each for each in folder.parents if not each.stat().st_mode & stat.S_IXOTH]
    if closed:
        return Isolation(False, "folder-closed", str(closed[-1]))
    for program in PROGRAMS:
        if _idmap.found(program, environ) is None:
            return Isolation(False, "program-missing", program)
    if _idmap.taken():
        return Isolation(False, "ids-taken", str(_idmap.BASE))
    true = _idmap.found("true", ENV) or "/bin/true"
    result = _command.run(_idmap.mapped((true,), environ=ENV), env=ENV, limits=Limits(seconds=20))
    if result.code == 0:
        return Isolation(True)
    return Isolation(False, "refused", _last(result.stderr))


class Container:
    """One container in a drill's folder; its root is the restored tree `place.path`."""

    def __init__(
        self, place: DirectorySandbox, cancel: threading.Event, *, least: int | None = None
    ) -> None:
        """Give the empty folder to the guest's root, and nothing else of the drill.

        `least` is what must stay free on the disk, as `_room.Room` has it.
        """
        self._place = place
        self.name = place.folder.name
        self._folder = lxc_leftovers.home(place.folder)
        self._room = Room(place.folder, cancel, least=least)
        self._ended = threading.Event()
        self._said = b""
        self._thread: threading.Thread | None = None
        # The guest's root must pass through our folders; its group may, and nobody else.
        for folder in (place.folder.parent, place.folder):
            os.chown(folder, -1, _idmap.BASE)
            folder.chmod(0o710)
        os.chown(place.path, _idmap.BASE, _idmap.BASE)

    def start(self, shape: lxc_config.Shape) -> None:
        """Start the guest and look from outside that it is shut in.

        Raises DrillError `not-isolated` (it was stopped), EngineError `guest-not-started`.
        """
        self._place.journal.note(Resource("container", path=str(self._folder)))
        self._folder.mkdir(mode=0o700, parents=True)
        half = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 21
        text = lxc_config.config(
            self._place.path,
            # What an archive says of memory is not taken at its word.
            replace(shape, memory=min(shape.memory, half)),
            unified=lxc_config.is_unified(),
            apparmor=lxc_config.apparmor(),
        )
        (self._folder / "config").write_text(text)
        self._thread = threading.Thread(target=self._live, name=self.name, daemon=True)
        self._thread.start()
        seen = shut_in(self._init())
        if not seen.ok:
            self.stop()
            raise DrillError("not-isolated", reason=seen.reason, detail=seen.detail)

    def _live(self) -> None:
        """Run the container to its end; its death signal follows this very thread."""
        limits = Limits(seconds=LIFE_SECONDS, stop=signal.SIGKILL, errors=16 << 10)
        log = self._folder.parent / "log"
        try:
            result = _command.run(
                self._lxc("lxc-start", "-F", "-o", str(log), "-l", "ERROR"),
                env=ENV,
                limits=limits,
                cancel=self._room,
            )
            self._said = result.stderr
        except EngineError as error:
            self._said = error.code.encode()
        finally:
            self._ended.set()

    def _init(self) -> int:
        """Number of the guest's first process, as soon as the guest runs."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and not self._ended.is_set():
            if pid := self._pid():
                return pid
            time.sleep(PAUSE)
        raise EngineError("guest-not-started", detail=self._why())

    def _pid(self) -> int:
        # One at a time: asked for both, LXC adds labels.
        if self._ask("lxc-info", "--state", "--no-humanize").stdout.strip() != b"RUNNING":
            return 0
        found = self._ask("lxc-info", "--pid", "--no-humanize").stdout.strip()
        return int(found) if found.isdigit() else 0

    def _why(self) -> str:
        """The first line LXC logged as an error: the last ones only tell that it gave up."""
        log = self._folder.parent / "log"
        with suppress(OSError):
            for line in log.read_text(errors="replace")[:OUTPUT].splitlines():
                if " ERROR " in line:
                    return line.rpartition(" - ")[2][:200]
        return _last(self._said)

    @property
    def is_running(self) -> bool:
        """Whether the guest's first process is still there."""
        return not self._ended.is_set() and self._pid() != 0

    @property
    def lacks_room(self) -> bool:
        """Whether the guest was stopped since the disk was filling up."""
        return bool(self._room.why)

    def require_free(self, least: int) -> None:
        """Ask for another number of bytes to stay free from now on; with less the guest ends."""
        self._room.least = least

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        """Run a command in the guest, as its root. Too slow or too loud ends with 124 or 125."""
        words = ("--clear-env", "--set-var", f"PATH={PATH}", "--set-var", "HOME=/root", "--", *argv)
        limits = Limits(seconds=timeout, output=OUTPUT, grace=1.0, stop=signal.SIGKILL)
        try:
            return _command.run(
                self._lxc("lxc-attach", *words), env=ENV, limits=limits, cancel=self._room
            )
        except EngineError as error:
            stopped = {"command-timeout": TIMED_OUT, "answer-too-long": TOO_MUCH}
            if error.code not in stopped:
                raise
            return Result(stopped[error.code], b"", error.code.encode(), timeout)

    def stop(self) -> bool:
        """Kill the guest and everything in it; False when something of it stays."""
        if self._thread is not None:
            with suppress(EngineError):
                self._ask("lxc-stop", "--kill")
            self._ended.wait(2.0)
            self._room.set()
            self._thread.join(10.0)
        return lxc_leftovers.destroy(self._folder)

    def _ask(self, program: str, *words: str) -> Result:
        return _command.run(self._lxc(program, *words), env=ENV, limits=Limits(seconds=20))

    def _lxc(self, program: str, *words: str) -> tuple[str, ...]:
        found = _idmap.found(program, ENV) or program
        where = ("--lxcpath", str(self._folder.parent), "--name", self.name)
        return ("env", _idmap.NO_HELPERS, found, *where, *words)


def shut_in(pid: int) -> Isolation:
    """Whether a process has the guest's ids and no network, seen from outside it."""
    ids = f"0 {_idmap.BASE} {_idmap.COUNT}".split()
    proc = Path("/proc", str(pid))
    try:
        odd = [name for name in ("uid_map", "gid_map") if (proc / name).read_text().split() != ids]
        names = (line.split(":")[0].strip() for line in _table(proc / "net/dev", 2))
        odd += [name for name in names if name != "lo"]
        odd += [f"route {line.split()[1]}" for line in _table(proc / "net/route", 1)]
    except OSError as error:
        return Isolation(False, "leaky", str(error))
    return Isolation(False, "leaky", "; ".join(odd)[:200]) if odd else Isolation(True)


def _table(path: Path, heading: int) -> list[str]:
    return path.read_text().splitlines()[heading:]


def _last(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else ""
