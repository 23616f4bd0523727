"""Builds the demo's estate below one directory: data, repositories, keys, phoenix.yaml."""

from __future__ import annotations

import os
import random
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.errors import UsageError

MARK = ".phoenix-demo"
"""File that says a directory is ours; without it nothing is overwritten or removed."""
PAGES = 1_200
UPLOADS = 24
UPLOAD_BYTES = 125_000
MEDIA_FILES = 3
PRIVATE = b"PRIVATE KEY-----"
HEAD = 4_096
"""Bytes of a file that are searched for a private key's first line."""


TEMPLATE = """\
version: 1
estate: demo
language: {language}
here: house
timezone: UTC
documents: '{root}/docs'
hosts:
  house:     {{site: home, disks: [nvme, usb]}}
  elsewhere: {{site: elsewhere}}
locations:
  home:    {{host: house, disk: usb}}
  offsite: {{host: elsewhere, simulated: true}}   # on this disk too: pretends to be elsewhere
engines:
  home:    {{kind: restic, repository: '{root}/home/restic', location: home,
            password: 'file:{root}/keys/repositories.pw'}}
  offsite: {{kind: restic, repository: '{root}/offsite/restic', location: offsite,
            password: 'file:{root}/keys/repositories.pw'}}
policies:
  default:
    schedule: "0 3,15 * * *"
    keep: {{daily: 7, weekly: 4, monthly: 6}}
    because: a mistake is noticed within a week, a slow loss within half a year
    to: [home, offsite]
services:
  wiki:
    criticality: critical
    depends_on: [system]
    assets:
      pages:   {{sqlite: '{root}/srv/wiki/wiki.db'}}
      uploads: {{files: '{root}/srv/wiki/uploads'}}
    checks:
      - {{asset: pages, sql: select count(*) from page, at_least: 10}}
      - {{asset: pages, canary: 1h}}
  system:
    assets: {{etc: {{files: {system}, exclude: [{skip}]}}}}
  media:
    criticality: nice-to-have
    depends_on: [wiki]
    assets: {{films: {{files: '{root}/srv/media'}}}}
keys:
  demo-age:
    age: '{root}/keys/demo.age'
    opens: ['{root}/secrets.enc']
    copies:
      - {{place: home/ (usb disk), site: home, path: '{root}/home/keys/demo.age'}}
      - {{place: offsite/, site: elsewhere, path: '{root}/offsite/keys/demo.age'}}
  repositories:
    secrets: [home.password, offsite.password]
    copies:
      - {{place: home/ (usb disk), site: home, path: '{root}/home/keys/repositories.pw'}}
      - {{place: offsite/, site: elsewhere, path: '{root}/offsite/keys/repositories.pw'}}
"""


@dataclass(frozen=True, slots=True)
class DemoEstate:
    """Where the parts of a built demo lie."""

    root: Path
    system: Path
    excluded: int

    @property
    def config(self) -> Path:
        """phoenix.yaml of the demo."""
        return self.root / "phoenix.yaml"

    @property
    def state(self) -> Path:
        """State directory of the demo."""
        return self.root / "state"

    @property
    def wiki(self) -> Path:
        """The SQLite database that is written to every second."""
        return self.root / "srv" / "wiki" / "wiki.db"


def build(
    root: Path,
    *,
    seed: int,
    media_bytes: int,
    language: str = "en",
    system: Path = Path("/etc"),
) -> DemoEstate:
    """Make the estate; everything random comes from `seed`, but keys and passwords never do.

    Raises UsageError when `root` exists and is not a demo, or has too little space.
    """
    remove(root)
    _require_space(root, 4 * media_bytes + 200_000_000)
    root.mkdir(mode=0o700, parents=True)
    (root / MARK).write_text("made by `phoenix demo`; `phoenix demo --remove` takes it away\n")
    chance = random.Random(seed)  # noqa: S311 - sample data, not a secret
    _wiki(root / "srv" / "wiki", chance)
    _media(root / "srv" / "media", chance, media_bytes)
    excluded = sorted(_private(system))
    _keys(root)
    demo = DemoEstate(root, system, len(excluded))
    text = _config(demo, excluded, language)
    demo.config.write_text(text, encoding="utf-8", errors="surrogateescape")
    demo.config.chmod(0o600)
    return demo


def remove(root: Path) -> bool:
    """Take a demo away; True when there was one. Raises UsageError for anything else."""
    if not root.exists():
        return False
    if root.is_symlink() or not (root / MARK).is_file():
        raise UsageError("demo-not-ours", path=str(root))
    shutil.rmtree(root)
    return True


def _require_space(root: Path, needed: int) -> None:
    free = shutil.disk_usage(root.parent).free
    if free < needed:
        raise UsageError("demo-no-space", path=str(root), needed=needed, free=free)


def _wiki(place: Path, chance: random.Random) -> None:
    uploads = place / "uploads"
    uploads.mkdir(parents=True)
    words = ["restore", "copy", "key", "disk", "proof", "night", "house", "table", "index", "page"]
    with sqlite3.connect(place / "wiki.db") as wiki:
        wiki.execute("pragma journal_mode=wal")
        wiki.execute("create table page (id integer primary key, title text, body text)")
        rows = (
            (f"Page {number}", " ".join(chance.choices(words, k=120))) for number in range(PAGES)
        )
        wiki.executemany("insert into page (title, body) values (?, ?)", rows)
    wiki.close()
    for number in range(UPLOADS):
        (uploads / f"upload-{number:02}.bin").write_bytes(chance.randbytes(UPLOAD_BYTES))


def _media(place: Path, chance: random.Random, total: int) -> None:
    place.mkdir(parents=True)
    piece = 4 << 20
    for number in range(MEDIA_FILES):
        left = total // MEDIA_FILES
        with (place / f"film-{number + 1}.bin").open("wb") as film:
            while left > 0:
                left -= film.write(chance.randbytes(min(piece, left)))


def _private(system: Path) -> Iterator[str]:
    """Files of /etc that hold secrets, files and folders that this user cannot read."""
    for folder, inner, names in os.walk(system):
        # os.walk passes over a folder it may not open without a word.
        paths = (os.path.join(folder, name) for name in inner)
        yield from (path for path in paths if not _opens(path))
        for name in names:
            path = os.path.join(folder, name)
            if name.startswith(("shadow", "gshadow")) or _is_private(path):
                yield path


def _opens(folder: str) -> bool:
    return os.access(folder, os.R_OK | os.X_OK, effective_ids=True)


def _is_private(path: str) -> bool:
    if os.path.islink(path) or not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return PRIVATE in file.read(HEAD)
    except OSError:
        return True


def _keys(root: Path) -> None:
    """The repositories' password and an age key, each with a copy in home/ and in offsite/."""
    import pyrage

    for name in ("keys", "home/keys", "offsite/keys"):
        (root / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    identity = pyrage.x25519.Identity.generate()
    password = secrets.token_urlsafe(24)
    for place in (root / "keys", root / "home" / "keys", root / "offsite" / "keys"):
        _secret(place / "demo.age", f"# public key: {identity.to_public()}\n{identity}\n")
        _secret(place / "repositories.pw", password + "\n")
    sealed = pyrage.encrypt(password.encode(), [identity.to_public()])
    (root / "secrets.enc").write_bytes(sealed)


def _secret(path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _config(demo: DemoEstate, excluded: list[str], language: str) -> str:
    return TEMPLATE.format(
        language=language,
        root=_quoted(str(demo.root))[1:-1],
        system=_quoted(str(demo.system)),
        skip=", ".join(_quoted(_literal(path)) for path in excluded),
    )


def _literal(path: str) -> str:
    """A path as an exclusion that matches only itself."""
    return "".join(f"\\{sign}" if sign in "*?[\\" else sign for sign in path)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
