"""The last look at the keys of this machine: where it looks, and the file that keeps it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from phoenix_dr import codec
from phoenix_dr.adapters import keys_found
from phoenix_dr.adapters.age import recipients
from phoenix_dr.adapters.keys_found.git import work_tree
from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_atomically
from phoenix_dr.core import keys_found as core
from phoenix_dr.core.custody_findings import of_file
from phoenix_dr.core.keys_found import FoundKey, KeyKind, KeysFound
from phoenix_dr.core.model import SecretRef
from phoenix_dr.errors import EngineError

FILE = Path("seen") / "keys.json"
LARGEST = 64 << 20


def look(ctx: Context, projects: Iterable[str] = ()) -> KeysFound:
    """Look now, at the home of who runs this, the machine's own places and the project; keep it."""
    found = keys_found.look(_asked(ctx, projects), now=ctx.now(), environ=ctx.environ)
    found = replace(found, keys=tuple(_marked(key) for key in found.keys))
    write_atomically(ctx.settings.state_dir / FILE, codec.dumps(found, ordered=True))
    return found


def last(ctx: Context) -> KeysFound | None:
    """The last look as it was kept; None when there was none that this release can read."""
    path = ctx.settings.state_dir / FILE
    try:
        if path.stat().st_size > LARGEST:
            return None
        return codec.loads(KeysFound, path.read_text(encoding="utf-8"))
    except (OSError, ValueError, OverflowError):
        # Missing, cut or of another release: the next look replaces it.
        return None


def files_alone(ctx: Context) -> dict[str, int] | None:
    """Per described age key how many SOPS files nothing else opens; None while nobody looked."""
    found = last(ctx)
    if found is None:
        return None
    marks = {key.name: mark(key.age) for key in ctx.estate.keys.values() if key.age}
    return dict(core.alone(found.sops, marks))


def wrong(found: KeysFound) -> bool:
    """Whether a file lies open, is tracked by git, or is an export in the clear."""
    return any(True for key in found.keys for _ in of_file(key))


def mark(identity: str) -> str:
    """The recipients of an age identity file, "" when it cannot be read here."""
    try:
        return ", ".join(recipients(Path(identity)))
    except EngineError:
        return ""


def _asked(ctx: Context, projects: Iterable[str]) -> keys_found.Asked:
    folder = str(ctx.settings.config_path.parent)
    tree = work_tree(str(ctx.settings.config_path)) or folder
    wanted = (tree, *(os.path.abspath(each) for each in projects))
    return keys_found.Asked(
        homes=(str(ctx.settings.home),),
        projects=tuple(dict.fromkeys(each for each in wanted if each != "/")),
        files=tuple(dict.fromkeys(_named(ctx))),
    )


def _named(ctx: Context) -> Iterator[tuple[KeyKind, str]]:
    """Files the description or SOPS's own variable names."""
    if named := ctx.environ.get("SOPS_AGE_KEY_FILE"):
        yield KeyKind.AGE, os.path.abspath(named)
    for key in ctx.estate.keys.values():
        kind = KeyKind.AGE if key.age else KeyKind.PASSWORD
        paths = (key.age, *(copy.path for copy in key.copies))
        yield from ((kind, path) for path in paths if path)
    for engine in ctx.estate.engines.values():
        yield from _secret(KeyKind.PASSWORD, engine.password)
        for ref in engine.environment.values():
            yield from _secret(KeyKind.S3, ref)


def _secret(kind: KeyKind, ref: SecretRef | None) -> Iterator[tuple[KeyKind, str]]:
    if ref is not None and ref.scheme == "file":
        yield kind, ref.name


def _marked(key: FoundKey) -> FoundKey:
    """An age identity with its recipient, which only the age library can compute."""
    if key.kind is not KeyKind.AGE or key.locked:
        return key
    return replace(key, fingerprint=mark(key.real or key.path))
