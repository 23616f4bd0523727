"""One look at the keys of this machine, bounded, changing nothing."""

from __future__ import annotations

import os
import pwd
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from phoenix_dr.adapters.keys_found import forms, git, places, sops, ssh
from phoenix_dr.adapters.keys_found.reading import Bounds, Grounds, Outside, opened, start
from phoenix_dr.core.discovery import Unseen
from phoenix_dr.core.keys_found import FoundKey, KeyKind, KeysFound, SopsFile, SopsRule

SYSTEM = ("/etc", "/var/lib/rancher", "/var/lib/sops-nix")
SKIPPED = frozenset({
    ".git", ".cache", ".venv", "venv", "node_modules", "__pycache__", "site-packages", ".terraform",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """Where to look: homes, folders of projects, and files named by the description.

    `system` is False when the places of the whole machine are to be left out.
    """

    homes: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    files: tuple[tuple[KeyKind, str], ...] = ()
    system: bool = True


@dataclass(slots=True)
class _Look:
    grounds: Grounds
    bounds: Bounds
    homes: tuple[str, ...]
    started: float = field(default_factory=time.monotonic)
    entries: int = 0
    files: int = 0
    keys: dict[str, FoundKey] = field(default_factory=dict)
    sops: dict[str, SopsFile] = field(default_factory=dict)
    rules: dict[str, SopsRule] = field(default_factory=dict)
    unseen: dict[tuple[str, str], Unseen] = field(default_factory=dict)

    def spent(self) -> bool:
        """Whether a bound is reached."""
        late = time.monotonic() - self.started > self.bounds.seconds
        return late or self.entries >= self.bounds.entries or self.files >= self.bounds.files

    def blind(self, reason: str, path: str, count: int = 0) -> None:
        """Remember what could not be seen, once."""
        self.unseen[reason, path] = Unseen(reason, path, count)

    def key(self, kind: KeyKind, path: str) -> None:
        """Look at one file; remember it when it is what it seems."""
        real = self._real(path)
        if real is None or real in self.keys:
            return
        self.files += 1
        try:
            with opened(self.grounds.below(real)) as (descriptor, facts):
                said = forms.told(kind, descriptor, self._beside(kind, real))
        except PermissionError:
            self._closed(kind, path, real)
            return
        except OSError:
            return
        if said is not None:
            made = self._described(kind, path, real, facts=facts)
            self.keys[real] = replace(made, fingerprint=said[0], locked=said[1])

    def project(self, folder: str) -> None:
        """Look through one folder for what SOPS encrypted and for keys by their names."""
        queue = [(folder, 0)]
        for place, depth in queue:
            if self.spent():
                self.blind("search-stopped", place, len(queue))
                return
            for entry in self._list(place):
                path = os.path.join(place, entry.name)
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in SKIPPED and depth < self.bounds.depth:
                        queue.append((path, depth + 1))
                elif entry.is_file(follow_symlinks=False):
                    self._file(path, entry.name)

    def _file(self, path: str, name: str) -> None:
        kind = places.of_project(name)
        if kind is not None:
            self.key(kind, path)
        elif sops.NAMES.fullmatch(name):
            self._sops(path, name)

    def _sops(self, path: str, name: str) -> None:
        self.files += 1
        try:
            with opened(self.grounds.below(path)) as (descriptor, facts):
                if facts.st_size > self.bounds.size:
                    # Metadata stands at the end or anywhere: a part of a file tells nothing.
                    self.blind("file-too-large", path)
                    return
                text = os.fsdecode(start(descriptor, self.bounds.size))
        except OSError:
            self.blind("file-hidden", path)
            return
        if name in {".sops.yaml", ".sops.yml"}:
            self.rules[path] = SopsRule(path, sops.recipients(text))
        elif "sops" in text and (found := sops.parse(path, text)):
            self.sops[path] = found

    def _list(self, folder: str) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(self.grounds.below(folder)) as found:
                for entry in found:
                    self.entries += 1
                    if self.spent():
                        self.blind("search-stopped", folder)
                        return
                    yield entry
        except OSError:
            self.blind("directory-hidden", folder)

    def _real(self, path: str) -> str | None:
        try:
            return self.grounds.resolve(path)
        except Outside:
            self.blind("link-outside", path)
            return None

    def _beside(self, kind: KeyKind, real: str) -> Mapping[str, bytes]:
        """Public files next to a private one."""
        found = {}
        names = {"pub": f"{real}.pub"}
        if kind is KeyKind.TLS:
            names = {"certificate": real.replace("privkey", "cert")}
        elif kind not in {KeyKind.SSH, KeyKind.SSH_HOST}:
            names = {}
        for what, path in names.items():
            with suppress(OSError), opened(self.grounds.below(path)) as (descriptor, _):
                found[what] = start(descriptor, forms.SMALL)
        return found

    def _closed(self, kind: KeyKind, path: str, real: str) -> None:
        """A file only its owner may open: it is there, and that is all one can say."""
        try:
            facts = os.stat(self.grounds.below(real), follow_symlinks=False)
        except OSError:
            self.blind("file-hidden", path)
            return
        made = self._described(kind, path, real, facts=facts)
        beside = self._beside(kind, real)
        mark = ssh.public(beside["pub"]) if "pub" in beside else ""
        self.keys[real] = replace(made, fingerprint=mark)

    def _described(self, kind: KeyKind, path: str, real: str, *, facts: os.stat_result) -> FoundKey:
        return FoundKey(
            kind=kind,
            path=path,
            real=real if real != path else "",
            owner=_owner(facts.st_uid),
            mode=stat.S_IMODE(facts.st_mode),
            exposed=bool(facts.st_mode & stat.S_IROTH) and self._open_above(real),
            changed_at=datetime.fromtimestamp(facts.st_mtime, UTC),
        )

    def _open_above(self, real: str) -> bool:
        """Whether everybody can walk down to this file."""
        folder = os.path.dirname(real)
        while folder != "/":
            with suppress(OSError):
                if not os.stat(self.grounds.below(folder)).st_mode & stat.S_IXOTH:
                    return False
            folder = os.path.dirname(folder)
        return True


def look(
    asked: Asked,
    *,
    now: datetime,
    environ: Mapping[str, str],
    root: Path = Path("/"),
    bounds: Bounds | None = None,
) -> KeysFound:
    """Every key in the places asked for, and what could not be seen. Raises nothing."""
    grounds = Grounds(root, _places(asked), (*asked.homes, *asked.projects))
    made = _Look(grounds, bounds or Bounds(), asked.homes)
    for kind, path in asked.files:
        made.key(kind, path)
    for kind, path in places.candidates(grounds, asked.homes):
        if asked.system or path.startswith(tuple(f"{home}/" for home in asked.homes)):
            made.key(kind, path)
    for project in asked.projects:
        made.project(project)
    reals = [grounds.below(path) for path in made.keys]
    tracked = git.tracked(reals, environ)
    keys = (replace(key, in_git=tracked[grounds.below(at)]) for at, key in made.keys.items())
    return KeysFound(
        looked_at=now,
        keys=tuple(sorted(keys, key=lambda each: (each.kind.value, each.path))),
        sops=tuple(made.sops[path] for path in sorted(made.sops)),
        rules=tuple(made.rules[path] for path in sorted(made.rules)),
        unseen=tuple(made.unseen.values()),
    )


def _places(asked: Asked) -> tuple[str, ...]:
    """What may be opened: homes, projects, places of the machine, folders of the files named."""
    named = (os.path.dirname(path) for _, path in asked.files)
    return (*asked.homes, *asked.projects, *(SYSTEM if asked.system else ()), *named)


def _owner(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
