"""A folder of archives on another machine, read over ssh's own file transfer."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager

from phoenix_dr.adapters import _command, _idmap
from phoenix_dr.adapters._command import Limits, Result, TooSlow
from phoenix_dr.adapters.base import Places
from phoenix_dr.adapters.vzdump.far import FarArchive
from phoenix_dr.adapters.vzdump.folder import LOG_END, Facts
from phoenix_dr.adapters.vzdump.sftp import Ended, Odd, Session
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

LOOK = 300.0
"""Seconds a listing may take, with the ends of logs."""
SILENCE = 60.0
"""Seconds an answer may take to begin; while an archive comes, `flow` watches."""
WHOLE = 24 * 3600.0
DETAIL = 200
"""Characters of ssh's own words that are kept."""
STDIN = 'exec "$@" <"$0"'
"""Gives ssh the pipe our questions go through."""
OPTIONS = (
    "BatchMode=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=20", "ServerAliveInterval=15",
    "ServerAliveCountMax=4", "ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no",
    "PermitLocalCommand=no", "ControlMaster=no", "ControlPath=none", "UpdateHostKeys=no",
    "RequestTTY=no", "LogLevel=ERROR",
)  # fmt: skip
_SAID: tuple[tuple[str, type[EngineError], str], ...] = (
    ("host key verification failed|host identification has changed", EngineDenied, "dump-host-key"),
    ("permission denied|too many authentication failures", EngineDenied, "dump-login"),
)


class Ssh:
    """A folder behind `ssh://USER@HOST[:PORT]/PATH`; each question is one connection."""

    def __init__(self, spec: EngineSpec, places: Places) -> None:
        """Start nothing yet."""
        self._spec = spec
        self._environ = places.environ
        self._path = _split(spec.repository)[2]

    def files(self) -> dict[str, Facts]:
        """Every regular file of the folder; links are none."""
        with self._session(threading.Event(), LOOK) as session:
            return session.files(self._path)

    def tails(self, names: Mapping[str, int]) -> dict[str, bytes]:
        """The ends of these files, over one connection; what cannot be read is left out.

        Raises EngineUnreachable when the connection breaks.
        """
        found: dict[str, bytes] = {}
        if not names:
            return found
        with self._session(threading.Event(), LOOK) as session:
            for name, size in names.items():
                parts = session.read(
                    self._at(name), offset=max(0, size - LOG_END), count=min(size, LOG_END)
                )
                try:
                    found[name] = b"".join(parts)
                except EngineError as error:
                    if error.code not in {"dump-missing", "no-right"}:
                        raise
        return found

    def held(self, name: str) -> FarArchive:
        """One archive that is a file there and no link."""
        return FarArchive(self, name)

    def size(self, name: str) -> int:
        """Bytes of an archive now. Raises EngineError `point-missing`."""
        with self._session(threading.Event(), LOOK) as session:
            found = session.facts(self._at(name))
        if found is None:
            raise EngineError("point-missing", engine=self._spec.id, detail=name)
        return found.size

    def parts(
        self, name: str, *, offset: int, count: int, cancel: threading.Event
    ) -> Generator[bytes, None, None]:
        """Bytes of an archive as they come."""
        with self._session(cancel, WHOLE) as session:
            yield from session.read(self._at(name), offset=offset, count=count)

    def shown(self, name: str) -> str:
        """Its address."""
        return f"{self._spec.repository.rstrip('/')}/{name}"

    def _at(self, name: str) -> str:
        return f"{self._path.rstrip('/')}/{name}"

    @contextmanager
    def _session(self, cancel: threading.Event, seconds: float) -> Iterator[Session]:
        if _idmap.found("ssh", self._environ) is None:
            raise EngineUnreachable("program-missing", program="ssh")
        read, write = os.pipe()
        argv = ("sh", "-c", STDIN, f"/proc/{os.getpid()}/fd/{read}", *self._argv())
        pieces = _command.pieces(
            argv,
            env=_command.clean_env(self._environ, {}),
            limits=Limits(seconds, SILENCE if seconds == LOOK else None, grace=1.0),
            cancel=cancel,
        )
        try:
            with closing(pieces):
                yield Session(pieces, write, engine=self._spec.id)
        except Ended as ended:
            raise self._failure(ended.result) from None
        except TooSlow:
            raise EngineUnreachable(
                "dump-silent", engine=self._spec.id, path=self._spec.repository
            ) from None
        except Odd:
            raise EngineUnreachable(
                "dump-odd", engine=self._spec.id, path=self._spec.repository
            ) from None
        finally:
            os.close(write)
            os.close(read)

    def _argv(self) -> Iterator[str]:
        host, port, _ = _split(self._spec.repository)
        yield "ssh"
        for option in OPTIONS:
            yield f"-o{option}"
        if known := self._spec.settings.get("known_hosts"):
            yield f"-oUserKnownHostsFile={_quoted(known)}"
            yield "-oGlobalKnownHostsFile=/dev/null"
        if identity := self._spec.settings.get("identity"):
            yield f"-oIdentityFile={_quoted(identity)}"
            yield "-oIdentitiesOnly=yes"
        if port:
            yield from ("-p", port)
        yield from ("-s", "--", host, "sftp")

    def _failure(self, result: Result) -> EngineError:
        said = result.stderr.decode("utf-8", "replace").strip()
        for pattern, kind, code in _SAID:
            if re.search(pattern, said, re.IGNORECASE):
                return kind(code, engine=self._spec.id, path=self._spec.repository)
        lines = said.splitlines() or [f"exit {result.code}"]
        return EngineUnreachable(
            "dump-away",
            engine=self._spec.id,
            path=self._spec.repository,
            detail=lines[-1][:DETAIL],
        )


def _split(address: str) -> tuple[str, str, str]:
    """`USER@HOST`, the port or "", and the folder, of an address the configuration has checked."""
    there, slash, folder = address.removeprefix("ssh://").partition("/")
    user, _, rest = there.rpartition("@")
    if rest.startswith("["):
        host, _, port = rest[1:].partition("]")
    else:
        host, _, port = rest.partition(":")
    return f"{user}@{host}", port.lstrip(":"), slash + folder


def _quoted(path: str) -> str:
    """A path as ssh reads options: `%` begins a token, a space ends a value."""
    return '"' + path.replace("%", "%%").replace('"', '\\"') + '"'
