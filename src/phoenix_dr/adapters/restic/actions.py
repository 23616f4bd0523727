"""What restic can be told to do: take a point, re-read data, restore a point."""

from __future__ import annotations

import os
import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from phoenix_dr.adapters._command import Limits, Result
from phoenix_dr.adapters.base import Done, Progress, ProgressSink
from phoenix_dr.adapters.restic import parse
from phoenix_dr.adapters.restic.call import Call
from phoenix_dr.core.evidence import Phase, RecoveryPoint
from phoenix_dr.core.plan import ReadData, RestorePoint, TakePoint
from phoenix_dr.errors import EngineError, Refused

INCOMPLETE = 3
"""Exit code of a backup that made a snapshot although it could not read everything."""
FULL_ID = 64
PROGRESS_SECONDS = 0.5
ERRORS = 1 << 20
"""Bytes of stderr that are kept of a backup: one line per path that could not be read."""


class _Stream:
    """Listens to a running backup or restore: throttles progress, keeps the summary."""

    def __init__(self, progress: ProgressSink) -> None:
        self.summary: parse.Summary | None = None
        self._progress = progress
        self._next = 0.0

    def hear(self, line: bytes) -> None:
        match parse.backup_line(line):
            case parse.Summary() as summary:
                self.summary = summary
            case Progress() as now if monotonic() >= self._next:
                self._next = monotonic() + PROGRESS_SECONDS
                self._progress(now)


def take(call: Call, action: TakePoint, *, progress: ProgressSink, cancel: threading.Event) -> Done:
    """Make one snapshot with one process. The source must be there and hold something.

    The time of the point is ours (`--time`, whole seconds: when the run starts, or when the data
    was staged): 0.14 tells the snapshot's own time only to a second process.
    """
    call.require_mounted()
    call.require_writable()
    _require_source(action.paths)
    taken_at = (action.taken_at or call.places.clock()).astimezone(UTC).replace(microsecond=0)
    stream = _Stream(progress)
    limits = Limits(seconds=call.patience.action, silence=call.patience.silence, errors=ERRORS)
    result = call.run(
        *_backup(call, action, taken_at),
        limits=limits,
        cancel=cancel,
        on_line=stream.hear,
        fine=frozenset({0, INCOMPLETE}),
    )
    unread = parse.unread(result.stderr)
    point = _made(call, action, taken_at, stream.summary, result)
    added = stream.summary.added if stream.summary else None
    return Done(
        made=(point,), phases=(Phase("engine", result.seconds),), unread=unread, added=added
    )


def _backup(call: Call, action: TakePoint, taken_at: datetime) -> list[str]:
    excludes = [word for pattern in action.exclude for word in ("--exclude", pattern)]
    return [
        "backup", "--json", "--host", call.places.here, "--time", f"{taken_at:%Y-%m-%d %H:%M:%S}",
        "--tag", parse.TAG, "--tag", parse.ASSET_TAG + action.asset, *excludes,
        "--", *action.paths,
    ]  # fmt: skip


def _made(
    call: Call,
    action: TakePoint,
    taken_at: datetime,
    summary: parse.Summary | None,
    result: Result,
) -> RecoveryPoint:
    if summary is None:
        raise EngineError("answer-confused", engine=call.spec.id)
    return RecoveryPoint(
        id=_full_id(call, summary.id),
        asset=action.asset,
        engine=call.spec.id,
        location=call.spec.location,
        taken_at=taken_at,
        size=summary.size,
        files=summary.files,
        complete=result.code == 0 and not parse.unread(result.stderr),
        duration=timedelta(seconds=result.seconds),
        host=call.places.here,
        paths=action.paths,
    )


def _full_id(call: Call, given: str) -> str:
    """0.14 names only the first 8 digits: a local repository has the file, others are asked."""
    if len(given) == FULL_ID:
        return given
    if call.local is not None:
        names = os.listdir(call.local / "snapshots")
    else:
        names = call.question("list", "snapshots").stdout.decode("ascii", "replace").split()
    found = [name for name in names if name.startswith(given)]
    if len(found) != 1:
        raise EngineError("answer-confused", engine=call.spec.id)
    return found[0]


def _require_source(paths: tuple[str, ...]) -> None:
    for path in paths:
        if not os.path.lexists(path):
            raise EngineError("source-missing", path=parse.listed(path))
    if not any(_holds_something(Path(path)) for path in paths):
        raise EngineError("source-empty", path=parse.listed(paths[0] if paths else ""))


def _holds_something(path: Path) -> bool:
    """True at the first thing that is no directory, and not an empty file named on its own."""
    if path.is_symlink() or not path.is_dir():
        return path.is_symlink() or not path.is_file() or path.stat().st_size > 0
    try:
        return any(files for _, _, files in os.walk(path, onerror=_stop))
    except OSError:
        # Not ours to read: restic will say so, path by path.
        return True


def _stop(error: OSError) -> None:
    raise error


def read(call: Call, action: ReadData, *, cancel: threading.Event) -> Done:
    """Have restic read stored data again; raises EngineError (data-damaged) at a fault."""
    result = call.run(
        "check", f"--read-data-subset={action.subset}", *call.lock_flags(),
        limits=Limits(seconds=call.patience.action), cancel=cancel,
    )  # fmt: skip
    return Done(note=action.subset, phases=(Phase("engine", result.seconds),))


def restore(
    call: Call, action: RestorePoint, *, progress: ProgressSink, cancel: threading.Event
) -> Done:
    """Restore a point, or `paths` of it, into an empty directory, without restic's own verify."""
    call.require_mounted()
    _require_empty(action.into)
    includes = [word for path in action.paths for word in ("--include", literal(path))]
    result = call.run(
        "restore", "--json", *call.lock_flags(), "--target", action.into, *includes,
        "--", action.point,
        limits=Limits(seconds=call.patience.action),
        cancel=cancel,
        on_line=_Stream(progress).hear,
    )  # fmt: skip
    return Done(phases=(Phase("engine", result.seconds),))


def literal(path: str) -> str:
    """A path as a restic pattern that matches nothing else (Go's filepath.Match)."""
    return re.sub(r"([\\*?\[])", r"\\\1", path)


def _require_empty(into: str) -> None:
    if os.path.islink(into) or not os.path.isdir(into) or os.listdir(into):
        raise Refused("restore-not-empty", path=into)
