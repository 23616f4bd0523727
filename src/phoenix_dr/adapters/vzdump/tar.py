"""tar over an archive nobody vouches for, shut in: it sees the system's programs and one folder.

Into a folder of the guest's root (see `_idmap`) it unpacks with the guest's owners, as root of a
user namespace; into any other one without owners, as nobody. Either way bubblewrap leaves it no
network, no other process and no file of this machine it could write to, so that neither `../` nor
a link in the archive leads out; GNU tar itself holds back links that point outside until the end.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.adapters import _command, _idmap, _shut_in
from phoenix_dr.adapters._command import Limits, Result
from phoenix_dr.adapters._room import Room
from phoenix_dr.adapters.vzdump import conf
from phoenix_dr.adapters.vzdump.folder import Held
from phoenix_dr.errors import EngineError

CONF = "./etc/vzdump/pct.conf"
_LISTED = ("--verbose", "--full-time", "--numeric-owner", "--quoting-style=c")
_WANTED = ("--anchored", "--exclude=./dev/*")
"""mknod is refused in a user namespace; a container gets its /dev from LXC anyway."""
_OWNED = (
    "--preserve-permissions", "--numeric-owner", "--acls", "--xattrs", "--xattrs-include=user.*",
    "--xattrs-include=security.capability",
)  # fmt: skip
_UNOWNED = ("--preserve-permissions", "--no-same-owner")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds for a short look and for reading a whole archive; `least` as in `_room.Room`."""

    look: float = 120.0
    whole: float = 24 * 3600.0
    least: int | None = None


@dataclass(frozen=True, slots=True)
class Tar:
    """One archive, the environment of its tools, and how long they get."""

    archive: Held
    environ: Mapping[str, str]
    patience: Patience = Patience()

    def conf(self, cancel: threading.Event) -> conf.GuestConf:
        """The guest's configuration. Raises EngineError `archive-no-conf` unless it comes first."""
        with closing(self._lines(("--list",), cancel)) as names:
            first = next(names, b"")
        if first.decode("utf-8", "replace") != CONF:
            raise EngineError("archive-no-conf", path=self.archive.shown)
        asked = ("--extract", "--to-stdout", "--occurrence=1", CONF)
        with self.archive.opened(cancel) as path:
            result = _command.run(
                self._command(asked, path),
                env=_command.clean_env(self.environ, {}),
                limits=Limits(seconds=self.patience.look, output=conf.LARGEST),
                cancel=cancel,
            )
            self.require_whole(result)
        return conf.parse(result.stdout.decode("utf-8", "replace"))

    def lines(self, cancel: threading.Event) -> Generator[bytes, None, None]:
        """The archive's list, read to its end. Raises as `require_whole`."""
        yield from self._lines(("--list", *_LISTED, *_WANTED), cancel)

    def _lines(self, asked: Sequence[str], cancel: threading.Event) -> Generator[bytes, None, None]:
        with self.archive.opened(cancel) as path:
            result = yield from _command.lines(
                self._command(asked, path),
                env=_command.clean_env(self.environ, {}),
                limits=Limits(seconds=self.patience.whole),
                cancel=cancel,
            )
            self.require_whole(result)

    def unpack(self, into: Path, *, limit: int | None, cancel: threading.Event) -> Result:
        """Unpack everything but device nodes into an empty folder; at most `limit` bytes.

        Raises EngineError: archive-damaged, archive-owner-unmapped, archive-too-large, no-space.
        """
        is_mapped = _idmap.is_mapped(into)
        if os.geteuid() == 0 and not is_mapped:
            os.chown(into, _shut_in.NOBODY, _shut_in.NOBODY)
        room = Room(into, cancel, limit=limit, least=self.patience.least)
        asked = ("--extract", *_WANTED, *(_OWNED if is_mapped else _UNOWNED))
        try:
            with self.archive.opened(room) as path:
                result = _command.run(
                    self._command(asked, path, into),
                    env=_command.clean_env(self.environ, {}),
                    limits=Limits(seconds=self.patience.whole, grace=1.0),
                    cancel=room,
                )
                self.require_whole(result)
        except EngineError as error:
            if error.code != "cancelled" or not room.why:
                raise
            if room.why == "limit":
                raise EngineError("archive-too-large", path=self.archive.shown) from error
            raise EngineError("no-space", detail=str(into)) from error
        return result

    def require_whole(self, result: Result) -> None:
        """Raise the EngineError that tar's words stand for, unless it read the archive well."""
        said = result.stderr.decode("utf-8", "replace").splitlines()
        wrong = [line for line in said if not _is_harmless(line)]
        if result.code == 0 or (not wrong and said):
            return
        _shut_in.require_shut_in(wrong)
        for line in wrong:
            if "Cannot change ownership" in line:
                detail = line.rpartition("ownership to ")[2][:200]
                raise EngineError("archive-owner-unmapped", path=self.archive.shown, detail=detail)
            if "No space left" in line:
                raise EngineError("no-space", detail=line[:200])
        detail = (wrong or [f"exit {result.code}"])[0][:200]
        raise EngineError("archive-damaged", path=self.archive.shown, detail=detail)

    def _command(
        self, asked: Sequence[str], path: str, into: Path | None = None
    ) -> tuple[str, ...]:
        wanted = ("tar", *self._packing(), *asked, "--file=-")
        if into is not None:
            wanted = (*wanted, "--directory=/into")
        return _shut_in.reading(path, wanted, environ=self.environ, into=into)

    def _packing(self) -> tuple[str, ...]:
        program = _shut_in.packing(self.archive.start())
        if program is None:
            return ()
        _shut_in.require(program, self.environ)
        return (f"--{program}",)


def _is_harmless(line: str) -> bool:
    """Device nodes outside /dev are left out as well; tar then ends with an error of its own."""
    return not line or "Cannot mknod" in line or "Exiting with failure status" in line
