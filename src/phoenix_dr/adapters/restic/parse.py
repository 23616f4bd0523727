"""What restic prints, as core values. Pure; every answer is taken for hostile.

restic's JSON is Go's: a byte of a file name that is not UTF-8 arrives as U+FFFD (0.14 to 0.19).
`listed` spells a real name the same way, so that both compare.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from phoenix_dr.adapters.base import Entry, Progress
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.errors import EngineError

TAG = "phoenix"
ASSET_TAG = "asset:"
MOST_UNREAD = 1000
"""Unread paths that are named; a run that could read almost nothing has millions."""
KINDS = {"file": "file", "dir": "dir", "symlink": "symlink"}
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_SKIPPED = re.compile(r"^(?P<path>/.*) does not exist, skipping$", re.MULTILINE)
_HIDDEN = re.compile(rb"(?:could not|failed to) load snapshot")
_FREED = re.compile(r"^total prune: .*/ (?P<count>[0-9.]+) (?P<unit>(?:[KMGT]i)?B)$", re.MULTILINE)
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_FRACTION = re.compile(r"\.(\d+)")


@dataclass(frozen=True, slots=True)
class Listed:
    """The points Phoenix made, how many snapshots it did not make, and the ids of them all."""

    points: tuple[RecoveryPoint, ...]
    foreign: int
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Summary:
    """The last line of a backup. `id` has 8 digits in 0.14 and 64 later; sizes are bytes.

    `added` is what was new: as stored where restic tells (since 0.17), else before compression.
    """

    id: str
    size: int | None
    files: int | None
    added: int | None


def snapshots(answer: bytes, *, engine: str, location: str) -> Listed:
    """The answer of `snapshots --json`. One line that makes no sense spoils the whole answer."""
    rows = _json(answer)
    if rows is None:
        # An empty repository of some versions.
        rows = []
    if not isinstance(rows, list):
        raise EngineError("answer-confused", engine=engine)
    try:
        found = [_point(row, engine, location) for row in rows]
        ids = frozenset(_text(row["id"]) for row in rows)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise EngineError("answer-confused", engine=engine) from error
    points = tuple(point for point in found if point is not None)
    return Listed(points, len(found) - len(points), ids)


def _point(row: Mapping[str, Any], engine: str, location: str) -> RecoveryPoint | None:
    tags = row.get("tags") or []
    assets = [tag.removeprefix(ASSET_TAG) for tag in tags if tag.startswith(ASSET_TAG)]
    if TAG not in tags or len(assets) != 1:
        return None
    summary = row.get("summary") or {}
    return RecoveryPoint(
        id=_text(row["id"]),
        asset=_text(assets[0]),
        engine=engine,
        location=location,
        taken_at=moment(row["time"]),
        size=_count(summary.get("total_bytes_processed")),
        files=_count(summary.get("total_files_processed")),
        host=_text(row.get("hostname", "")),
        paths=tuple(_text(path) for path in row.get("paths") or ()),
    )


def hidden(stderr: bytes) -> int:
    """How many snapshots restic left out of its list, with exit 0, since it could not read them."""
    return len(_HIDDEN.findall(stderr))


def backup_line(line: bytes) -> Progress | Summary | None:
    """One line of `backup --json` or `restore --json`; None for what says nothing to us."""
    match _object(line):
        case {"message_type": "status", **rest}:
            files = rest.get("current_files") or [""]
            done = rest.get("bytes_done", rest.get("bytes_restored"))
            name = files[0] if isinstance(files, list) and isinstance(files[0], str) else ""
            return Progress(_count(done) or 0, _count(rest.get("total_bytes")), _fit(name))
        case {"message_type": "summary", "snapshot_id": str(point), **rest}:
            size, files = rest.get("total_bytes_processed"), rest.get("total_files_processed")
            added = rest.get("data_added_packed", rest.get("data_added"))
            return Summary(_fit(point), _count(size), _count(files), _count(added))
        case _:
            return None


def unread(stderr: bytes) -> tuple[str, ...]:
    """Paths a backup could not read, at most MOST_UNREAD, each once, spelled as `listed` does.

    A path that vanished before the run is only a text line, with exit 0 in 0.14.
    """
    paths: dict[str, None] = {}
    for line in stderr.splitlines():
        match _object(line):
            case {"message_type": "error", "item": str(path)} if path:
                paths[_fit(path)] = None
    text = stderr.decode("utf-8", errors="replace")
    paths.update((_fit(found["path"]), None) for found in _SKIPPED.finditer(text))
    return tuple(paths)[:MOST_UNREAD]


def freed(answer: bytes) -> int | None:
    """Bytes a prune says it frees, rounded as it rounds; None when it does not say."""
    found = _FREED.search(answer.decode("utf-8", errors="replace"))
    if found is None:
        return None
    return round(float(found["count"]) * float(1024 ** _UNITS.index(found["unit"])))


def entry(line: bytes) -> Entry | None:
    """One line of `ls --json`; None for the first, which describes the snapshot."""
    match _object(line):
        case {"struct_type": "node", "path": str(path), "type": str(kind), **rest}:
            time = rest.get("mtime")
            return Entry(
                path=_fit(path),
                kind=KINDS.get(kind, "other"),
                size=(_count(rest.get("size")) or 0) if kind == "file" else 0,
                mtime_ns=_nanoseconds(time) if isinstance(time, str) else 0,
            )
        case _:
            return None


def listed(path: str) -> str:
    """A path (bytes decoded with surrogateescape) as restic's JSON spells it."""
    return _UNFIT.sub("\ufffd", path)


def moment(text: object) -> datetime:
    """An engine time as aware UTC. Raises ValueError for one without a zone."""
    if not isinstance(text, str) or (found := datetime.fromisoformat(text)).tzinfo is None:
        raise ValueError("no time with a zone")
    return found.astimezone(UTC)


def _nanoseconds(text: str) -> int:
    try:
        whole = int(moment(_FRACTION.sub("", text)).timestamp())
    except (ValueError, OverflowError):
        return 0
    fraction = _FRACTION.search(text)
    return whole * 10**9 + (int(f"{fraction[1]:0<9.9}") if fraction else 0)


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return "not JSON"


def _object(line: bytes) -> dict[str, Any]:
    found = _json(line) if line.startswith(b"{") else None
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return _fit(value)


def _fit(text: str) -> str:
    # JSON can spell what no file name holds: NUL and lone surrogates.
    return _UNFIT.sub("\ufffd", text)


def _count(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None
