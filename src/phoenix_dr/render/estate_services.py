"""The services of a first estate: what was found, grouped as people would name it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from phoenix_dr.core.discovery import Discovered, OpenDatabase
from phoenix_dr.render.yaml_text import is_writable, slug, unused

SAYS_NOTHING = frozenset({
    "data", "database", "databases", "db", "lib", "share", "sqlite", "state", "storage", "store",
    "var", "opt", "srv", "home", "root", "mnt", "usr", "local", "etc",
})  # fmt: skip


@dataclass(slots=True)
class FoundService:
    """A service to write: `folder` holds its files, `databases` its SQLite files by asset name."""

    name: str
    folder: str | None = None
    compose: str | None = None
    databases: dict[str, OpenDatabase] = field(default_factory=dict)

    def excluded(self) -> list[str]:
        """Patterns that keep live databases out of the files: they are copied by themselves."""
        if self.folder is None:
            return []
        inside = [
            posixpath.relpath(each.path, self.folder)
            for each in self.databases.values()
            if is_writable(each.path)
        ]
        return [pattern for path in inside for pattern in (path, f"{path}-*")]


def services(found: Discovered) -> list[FoundService]:
    """One service per compose folder and per folder of open SQLite files, and `/etc`."""
    taken = {"system"}
    made = [FoundService("system", "/etc")]
    for path in found.compose:
        folder = posixpath.dirname(path)
        if not any(each.folder == folder for each in made):
            made.append(FoundService(unused(_name(folder), taken), folder, path))
    by_folder: dict[str, FoundService] = {}
    for database in found.databases:
        if database.contained or not is_writable(database.path):
            continue
        folder = posixpath.dirname(database.path)
        service = _compose_around(made, folder) or by_folder.get(folder)
        if service is None:
            service = by_folder[folder] = FoundService(unused(_name(folder), taken))
            made.append(service)
        _add(service, database)
    return made


def _compose_around(made: list[FoundService], folder: str) -> FoundService | None:
    around = [each for each in made if each.folder and f"{folder}/".startswith(f"{each.folder}/")]
    return max(around, key=lambda each: len(each.folder or ""), default=None)


def _add(service: FoundService, database: OpenDatabase) -> None:
    stem = posixpath.splitext(posixpath.basename(database.path))[0]
    name = unused(slug(stem, "database"), {"files", *service.databases})
    service.databases[name] = database


def _name(folder: str) -> str:
    parts = [slug(part, "") for part in folder.split("/") if slug(part, "")]
    telling = [part for part in parts if part not in SAYS_NOTHING]
    return (telling or parts or ["unnamed"])[-1]
