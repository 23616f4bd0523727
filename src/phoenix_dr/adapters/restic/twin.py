"""The corrupted twin: a copy of a repository with one bit flipped, to prove a drill can fail.

restic's plain `check` does not notice such a bit; reading the data or restoring it does. The
original is only ever read: its files are copied, and never linked where the bit is flipped.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phoenix_dr.adapters.restic.call import Call
from phoenix_dr.errors import EngineError

LINK_ABOVE = 1 << 30
"""Bytes of a repository above which packs that stay whole are linked instead of copied."""
MOST_TREES = 500
"""Directories looked into for a file with data; each costs one process."""
_ESCAPE = re.compile(rb"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)", re.DOTALL)
_SHORT = {
    b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Twin:
    """A corrupted copy: where it is, and the one bit that differs.

    `path` is a file of the point that cannot be restored any more; `pack` is the changed file
    relative to `repository`, `offset` the byte in it, counted from 0.
    """

    repository: str
    point: str
    path: str
    blob: str
    pack: str
    offset: int


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a blob lies: pack id, first byte, length in bytes."""

    pack: str
    offset: int
    length: int


def make(
    call: Call, point: str, paths: Sequence[str], *, into: Path, cancel: threading.Event
) -> Twin:
    """Copy the local repository to `into` (which must not exist) and flip one bit that counts.

    Raises EngineError: twin-needs-local, twin-no-data, twin-too-large, answer-confused.
    """
    source = call.local
    if source is None:
        raise EngineError("twin-needs-local", engine=call.spec.id)
    reader = _Reader(call, cancel)
    path, blob = _victim(reader, point, paths)
    spot = _spot(reader, blob)
    pack = Path("data", spot.pack[:2], spot.pack)
    _copy(source, into, flipped=pack, cancel=cancel)
    offset = spot.offset + spot.length // 2
    _flip(into / pack, offset)
    return Twin(str(into), point, path, blob, str(pack), offset)


class _Reader:
    """Asks for pieces of the repository as JSON, until cancelled."""

    def __init__(self, call: Call, cancel: threading.Event) -> None:
        self._call = call
        self._cancel = cancel

    def json(self, *arguments: str) -> Mapping[str, Any]:
        try:
            found = json.loads(self.text(*arguments))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise self.confused()
        return found

    def text(self, *arguments: str) -> bytes:
        return self._call.question(*arguments, cancel=self._cancel).stdout

    def confused(self) -> EngineError:
        return EngineError("answer-confused", engine=self._call.spec.id)

    def no_data(self, point: str) -> EngineError:
        return EngineError("twin-no-data", engine=self._call.spec.id, point=point)


def _victim(reader: _Reader, point: str, paths: Sequence[str]) -> tuple[str, str]:
    """The largest file of the first directory with data below `paths`: (path, one blob of it)."""
    root = reader.json("cat", "snapshot", point).get("tree")
    waiting = [("", root)]
    wanted = [path.rstrip("/") for path in paths]
    for _ in range(MOST_TREES):
        if not waiting:
            break
        folder, tree = waiting.pop(0)
        if not isinstance(tree, str):
            raise reader.confused()
        files, folders = _nodes(reader, folder, tree)
        inside = [found for found in files if any(_within(found[1], each) for each in wanted)]
        if inside:
            _, path, blob = max(inside)
            return path, blob
        waiting += [
            (path, below)
            for path, below in folders
            if any(_within(path, each) or _within(each, path) for each in wanted)
        ]
    raise reader.no_data(point)


def _nodes(
    reader: _Reader, folder: str, tree: str
) -> tuple[list[tuple[int, str, str]], list[tuple[str, Any]]]:
    """Files with data as (size, path, blob), and directories as (path, tree)."""
    nodes = reader.json("cat", "blob", tree).get("nodes")
    if not isinstance(nodes, list):
        raise reader.confused()
    files, folders = [], []
    for node in nodes:
        match node:
            case {"type": "dir", "name": str(name), "subtree": below}:
                folders.append((f"{folder}/{real_name(name)}", below))
            case {"type": "file", "name": str(name), "content": [str(blob), *_], "size": int(size)}:
                files.append((size, f"{folder}/{real_name(name)}", blob))
    return files, folders


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")


def _spot(reader: _Reader, blob: str) -> Spot:
    for index in reader.text("list", "index").decode("ascii", "replace").split():
        try:
            for spot in _spots(reader.json("cat", "index", index), blob):
                return spot
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise reader.confused() from error
    raise reader.confused()


def _spots(index: Mapping[str, Any], blob: str) -> Iterator[Spot]:
    for pack in index.get("packs") or ():
        for held in pack.get("blobs") or ():
            if held.get("id") == blob and held.get("type") == "data":
                yield Spot(_safe_name(pack["id"]), int(held["offset"]), int(held["length"]))


def _safe_name(pack: str) -> str:
    # The name becomes a path of ours.
    if len(pack) != 64 or not set(pack) <= set("0123456789abcdef"):
        raise ValueError("no pack id")
    return pack


def real_name(quoted: str) -> str:
    """The name of a tree's node, which restic stores quoted as Go does (`\\xff`, `\\n`, `\\\\`)."""
    if "\\" not in quoted:
        return quoted
    return os.fsdecode(_ESCAPE.sub(_unescaped, quoted.encode("utf-8", "replace")))


def _unescaped(found: re.Match[bytes]) -> bytes:
    kind, digits = found[1][:1], found[1][1:]
    if kind == b"x":
        return bytes([int(digits, 16)])
    if kind in b"uU":
        return chr(min(int(digits, 16), 0x10FFFF)).encode("utf-8", "replace")
    return _SHORT.get(kind, kind)


def _copy(source: Path, into: Path, *, flipped: Path, cancel: threading.Event) -> None:
    """Everything but locks; big repositories share their untouched packs by hard link."""
    link = _size(source) > LINK_ABOVE
    if link and source.stat().st_dev != into.parent.stat().st_dev:
        raise EngineError("twin-too-large", path=str(source), limit=LINK_ABOVE)
    into.mkdir(mode=0o700)
    for folder, _, names in os.walk(source):
        below = Path(folder).relative_to(source)
        (into / below).mkdir(mode=0o700, exist_ok=True)
        for name in names if below != Path("locks") else ():
            if cancel.is_set():
                raise EngineError("cancelled", program="restic")
            _place(source, into, below / name, link=link and below / name != flipped)


def _place(source: Path, into: Path, file: Path, *, link: bool) -> None:
    if link and file.parts[0] == "data":
        os.link(source / file, into / file)
    else:
        shutil.copyfile(source / file, into / file)
        (into / file).chmod(0o600)


def _size(source: Path) -> int:
    walk = os.walk(source)
    return sum(
        os.lstat(os.path.join(folder, name)).st_size for folder, _, names in walk for name in names
    )


def _flip(pack: Path, offset: int) -> None:
    with pack.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        if not byte:
            raise EngineError("answer-confused", engine="restic")
        file.seek(offset)
        file.write(bytes([byte[0] ^ 1]))
