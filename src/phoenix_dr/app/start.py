"""The first hour: write phoenix.yaml from what this machine shows."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from phoenix_dr.adapters.host import discover
from phoenix_dr.core.discovery import Discovered
from phoenix_dr.errors import UsageError
from phoenix_dr.render.estate_file import estate_text

TODO = re.compile(r"\bTODO\b")


@dataclass(frozen=True, slots=True)
class Written:
    """A new phoenix.yaml: how many things were found, whether all was seen, values left to fill."""

    path: Path
    found: int
    whole: bool
    todo: int


def write_estate(path: Path, *, language: str, today: date, answers: dict[str, str]) -> Written:
    """Write phoenix.yaml from what this machine shows; changes nothing else.

    `answers` replace the first TODO of a key: `site` is where this machine stands, and says
    nothing of other sites. Raises UsageError when there is a file already.
    """
    if path.exists() or path.is_symlink():
        raise UsageError("file-exists", path=str(path))
    found = discover()
    text = estate_text(found, language=language, today=today)
    for key, answer in answers.items():
        text = text.replace(f"{key}: TODO", f"{key}: {answer}", 1)
    _write_new(path, text)
    return Written(path, _count(found), not found.unseen, _open(text))


def _open(text: str) -> int:
    """Values left to a person; one line may hold several, comments do not count."""
    return sum(len(TODO.findall(line.partition("#")[0])) for line in text.splitlines())


def _count(found: Discovered) -> int:
    groups = (getattr(found, each.name) for each in fields(found) if each.name != "unseen")
    return sum(len(group) for group in groups if isinstance(group, tuple))


def _write_new(path: Path, text: str) -> None:
    """Never over an existing file, not even one that appeared just now."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError("file-exists", path=str(path)) from None
    except OSError as error:
        raise UsageError("cannot-write", path=str(path), reason=error.strerror or "") from error
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
