"""A folder of archives in any store rclone knows; only lists and reads are ever asked."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Generator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from phoenix_dr.adapters import _command, _secrets
from phoenix_dr.adapters._command import Limits, Result
from phoenix_dr.adapters.base import Places
from phoenix_dr.adapters.vzdump.far import FarArchive
from phoenix_dr.adapters.vzdump.folder import LOG_END, Facts
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

LOOK = 600.0
"""Seconds a listing may take; large stores answer slowly."""
WHOLE = 24 * 3600.0
ROWS = 200_000
"""Files of the largest folder that is listed."""
LINE = 1 << 20
LOGS = 64 << 20
"""Bytes of all logs together that are fetched to be looked at."""
LOG = 1 << 20
"""Bytes of a log that is fetched whole; a larger one is not looked at."""
DETAIL = 200
"""Characters of rclone's own words that are kept."""
CALM = (
    "--ask-password=false", "--retries=1", "--low-level-retries=3", "--contimeout=20s",
    "--timeout=60s", "--log-level=ERROR", "--stats=0",
)  # fmt: skip
NO_FOLDER, NO_FILE = 3, 4
"""Exit codes of rclone."""
_DENIED = re.compile(
    r"permission denied|access ?denied|40[13] |forbidden|unauthorized|invalid ?access ?key"
    r"|signaturedoesnotmatch|unable to authenticate|couldn't decrypt",
    re.IGNORECASE,
)


class Rclone:
    """A folder behind `rclone:REMOTE:PATH`; each question is one run of rclone."""

    def __init__(self, spec: EngineSpec, places: Places) -> None:
        """Start nothing and read no secret yet."""
        self._spec = spec
        self._environ = places.environ
        self._address = spec.repository.removeprefix("rclone:")

    def files(self) -> dict[str, Facts]:
        """Every file of the folder.

        Stores without folders list a missing one as an empty one: nothing at all counts as missing.
        """
        found = self._listed()
        if not found:
            raise EngineUnreachable(
                "dump-missing", engine=self._spec.id, path=self._spec.repository
            )
        return found

    def tails(self, names: Mapping[str, int]) -> dict[str, bytes]:
        """The ends of these files: fetched in one run, several at once, into a short-lived folder.

        Left out are large ones, and all beyond `LOGS` bytes together.
        """
        wanted, room = [], LOGS
        for name, size in names.items():
            if 0 <= size <= min(LOG, room):
                wanted.append(name)
                room -= size
        if not wanted:
            return {}
        with TemporaryDirectory(prefix="phx-logs-") as folder:
            _command.run(
                self._argv("copy", "--files-from-raw=-", "--no-traverse", self._address, folder),
                env=self._env(),
                limits=Limits(seconds=LOOK),
                stdin="".join(f"{name}\n" for name in wanted).encode(),
            )
            # What did not come is not known; that is all there is to say of a log.
            return {
                name: (Path(folder) / name).read_bytes()[-LOG_END:]
                for name in wanted
                if (Path(folder) / name).is_file()
            }

    def held(self, name: str) -> FarArchive:
        """One archive."""
        return FarArchive(self, name)

    def size(self, name: str) -> int:
        """Bytes of an archive now. Raises EngineError `point-missing`."""
        # Asked of the folder: asked of a link by its name, a folder here would follow it.
        found = self._listed(f"--include=/{name}").get(name)
        if found is None:
            raise EngineError("point-missing", engine=self._spec.id, detail=name)
        return found.size

    def parts(
        self, name: str, *, offset: int, count: int, cancel: threading.Event
    ) -> Generator[bytes, None, None]:
        """Bytes of an archive as they come."""
        pieces = _command.pieces(
            self._argv("cat", f"--offset={offset}", f"--count={count}", self._at(name)),
            env=self._env(),
            limits=Limits(seconds=WHOLE, grace=1.0),
            cancel=cancel,
        )
        with closing(pieces):
            result = yield from pieces
        self._require(result)

    def shown(self, name: str) -> str:
        """Its address."""
        return f"rclone:{self._at(name)}"

    def _at(self, name: str) -> str:
        joint = "" if self._address.endswith((":", "/")) else "/"
        return f"{self._address}{joint}{name}"

    def _listed(self, *options: str) -> dict[str, Facts]:
        lines = _command.lines(
            self._argv("lsjson", "--files-only", "--no-mimetype", *options, self._address),
            env=self._env(),
            limits=Limits(seconds=LOOK, line=LINE),
        )
        found: dict[str, Facts] = {}
        with closing(self._rows(lines)) as rows:
            for name, facts in rows:
                found[name] = facts
                if len(found) > ROWS:
                    shown = self._spec.repository
                    raise EngineUnreachable(
                        "dump-many", engine=self._spec.id, path=shown, most=ROWS
                    )
        return found

    def _rows(
        self, lines: Generator[bytes, None, Result]
    ) -> Generator[tuple[str, Facts], None, None]:
        """Rows of an array that has one to a line; it must have been read to its end."""
        last = b""
        with closing(lines):
            while True:
                try:
                    line = next(lines).strip()
                except StopIteration as stop:
                    self._require(stop.value)
                    break
                last = line or last
                if line.startswith(b"{") and (row := _row(line.rstrip(b","))) is not None:
                    yield row
        if not last.endswith(b"]"):
            raise EngineUnreachable("dump-odd", engine=self._spec.id, path=self._spec.repository)

    def _argv(self, *asked: str) -> tuple[str, ...]:
        verb, *rest = asked
        options = [each for each in rest if each.startswith("--")]
        named = rest[len(options) :]
        return (self._spec.program or "rclone", verb, *CALM, *options, "--", *named)

    def _env(self) -> dict[str, str]:
        given = {
            name: _secrets.resolve(ref, environ=self._environ)
            for name, ref in self._spec.environment.items()
        }
        if config := self._spec.settings.get("config"):
            given["RCLONE_CONFIG"] = config
        return _command.clean_env(self._environ, given)

    def _require(self, result: Result) -> None:
        if result.code == 0:
            return
        path = self._spec.repository
        if result.code in {NO_FOLDER, NO_FILE}:
            raise EngineUnreachable("dump-missing", engine=self._spec.id, path=path)
        lines = result.stderr.decode("utf-8", "replace").strip().splitlines()
        detail = (lines or [f"exit {result.code}"])[-1][-DETAIL:]
        if any(_DENIED.search(line) for line in lines):
            raise EngineDenied("no-right", engine=self._spec.id, detail=detail)
        raise EngineUnreachable("dump-away", engine=self._spec.id, path=path, detail=detail)


def _row(line: bytes) -> tuple[str, Facts] | None:
    """One file; None for a row that is none, or whose size the store does not know."""
    try:
        row: Any = json.loads(line)
        name, size = row["Name"], row["Size"]
        written = datetime.fromisoformat(row["ModTime"]).timestamp()
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    if not isinstance(name, str) or type(size) is not int or size < 0 or row.get("IsDir"):
        return None
    return name, Facts(size, int(written * 10**9))
