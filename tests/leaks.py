"""A scanner for secrets: in what is said, in files, in command lines and in environments.

A canary is looked for as it is, in base64 (at any place of a longer text), hex, and as URLs and
JSON write it. Processes and files that live for a moment are polled for by a thread.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

LARGEST = 8 << 20
"""Bytes of a file that are looked at."""
PAUSE = 0.004
"""Seconds between two looks at the processes."""
FILES_EVERY = 8
"""Looks at processes for one at files."""


def forms(secret: str) -> dict[str, bytes]:
    """How a secret may be written, by name."""
    raw = secret.encode()
    found = {
        "raw": raw,
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "url": quote(secret, safe="").encode(),
        "url-plus": quote_plus(secret).encode(),
        "url-path": quote(secret).encode(),
        "json": json.dumps(secret)[1:-1].encode(),
        "json-utf8": json.dumps(secret, ensure_ascii=False)[1:-1].encode(),
        "repr": repr(secret)[1:-1].encode(),
    }
    for ahead in range(3):
        # Letters that depend on what stands before and after are left out.
        for name, code in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            inner = code(bytes(ahead) + raw)[-(-ahead * 8 // 6) :]
            found[f"{name}+{ahead}"] = inner.rstrip(b"=")[:-1]
    return found


@dataclass(frozen=True, slots=True, order=True)
class Leak:
    """Which canary was found, in which form, and where."""

    canary: str
    form: str
    where: str


@dataclass
class Scanner:
    """Looks for canaries; `needs` names the programs whose surroundings may hold one."""

    canaries: dict[str, str]
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def find(self, content: bytes, where: str) -> list[Leak]:
        """Every canary in some bytes."""
        return [
            Leak(name, form, where)
            for name, secret in self.canaries.items()
            for form, written in forms(secret).items()
            if written in content
        ]

    def in_files(self, root: Path, *, but: Iterable[Path] = ()) -> list[Leak]:
        """Every canary in the files below a folder, their names included."""
        found = []
        for path in files(root, but):
            found += self.find(os.fsencode(path), f"name {path}")
            found += self.find(content_of(path), f"file {path}")
        return found

    def in_processes(self, seen: Watch) -> list[Leak]:
        """Every canary in a command line, and in surroundings that do not need it."""
        found = []
        for line in seen.lines:
            found += self.find(line, f"command line {line[:60]!r}")
        for program, surroundings in seen.surroundings:
            found += [
                leak
                for leak in self.find(surroundings, f"environment of {program}")
                if program not in self.needs.get(leak.canary, frozenset())
            ]
        return found

    def in_brief_files(self, seen: Watch) -> list[Leak]:
        """Every canary in a file that was there for a moment."""
        return [leak for where, held in seen.files.items() for leak in self.find(held, where)]


def files(root: Path, but: Iterable[Path] = ()) -> Iterator[Path]:
    """Plain files below a folder, as they are now."""
    skipped = set(but)
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if Path(folder, name) not in skipped]
        for name in names:
            path = Path(folder, name)
            if path not in skipped and path.is_file() and not path.is_symlink():
                yield path


def content_of(path: Path) -> bytes:
    """What a file holds, as far as it is looked at."""
    try:
        with path.open("rb") as source:
            return source.read(LARGEST)
    except OSError:
        return b""


class Watch:
    """Polls, until it is left: all processes started meanwhile, and the files of some folders."""

    def __init__(self, folders: Iterable[Path] = (), *, but: Iterable[Path] = ()) -> None:
        """Files below `but` are not looked at."""
        self.lines: set[bytes] = set()
        self.surroundings: set[tuple[str, bytes]] = set()
        self.files: dict[str, bytes] = {}
        self.polls = 0
        self._folders, self._but = tuple(folders), tuple(but)
        self._stop = threading.Event()
        self._before = set(_pids())
        self._thread = threading.Thread(target=self._poll, daemon=True)

    def __enter__(self) -> Watch:
        """Begin; returns once everything was looked at once."""
        self._thread.start()
        while not self.polls:
            self._stop.wait(0.001)
        return self

    def __exit__(self, *_: object) -> None:
        """Look once more, then end."""
        self._stop.set()
        self._thread.join()

    def _poll(self) -> None:
        while True:
            last = self._stop.is_set()
            for pid in _pids() - self._before:
                self._process(pid)
            if last or self.polls % FILES_EVERY == 0:
                for folder in self._folders:
                    self._files(folder)
            self.polls += 1
            if last:
                return
            self._stop.wait(PAUSE)

    def _process(self, pid: str) -> None:
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
            self.lines.add(line)
            program = _name(os.readlink(f"/proc/{pid}/exe"), line)
            self.surroundings.add((program, Path(f"/proc/{pid}/environ").read_bytes()))
        except OSError:
            # Gone, a thread of the kernel, or one that lets nobody look.
            pass

    def _files(self, folder: Path) -> None:
        for path in files(folder, self._but):
            try:
                found = path.stat()
            except OSError:
                continue
            key = f"{path} {found.st_ino} {found.st_mtime_ns} {found.st_size}"
            if key not in self.files:
                self.files[key] = content_of(path)


def _name(executable: str, line: bytes) -> str:
    """The program; of Python also the module it runs."""
    name = os.path.basename(executable)
    words = line.split(b"\0")
    if name.startswith("python") and b"-m" in words[:-1]:
        return f"python {words[words.index(b'-m') + 1].decode()}"
    return name


def _pids() -> set[str]:
    return {name for name in os.listdir("/proc") if name.isdecimal()}
