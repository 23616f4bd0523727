"""borg's message ids and texts, mapped once to errors of Phoenix.

borg 1.2 ends with 0, 1 (a warning) or 2; with `--log-json` an error carries a `msgid`. What a
program below it says (ssh, the file system) has none: there the text decides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

DETAIL = 300
"""Characters of the engine's own words that are kept."""
_CREDENTIALS = re.compile(r"//[^/\s@]+@")
_MESSAGE = '{"type": '
_LOCK = re.compile(r"acquire the lock (?P<path>/.*) \(timeout\)")

_BY_ID: dict[str, tuple[type[EngineError], str]] = {
    "Archive.DoesNotExist": (EngineError, "point-missing"),
    "Cache.CacheInitAbortedError": (EngineDenied, "repository-unknown"),
    "Cache.EncryptionMethodMismatch": (EngineDenied, "repository-replaced"),
    "Cache.RepositoryAccessAborted": (EngineDenied, "repository-moved"),
    "Cache.RepositoryIDNotUnique": (EngineDenied, "repository-replaced"),
    "Cache.RepositoryReplay": (EngineDenied, "repository-replaced"),
    "FileIntegrityError": (EngineError, "data-damaged"),
    "IntegrityError": (EngineError, "data-damaged"),
    "KeyfileInvalidError": (EngineDenied, "borg-key-missing"),
    "KeyfileMismatchError": (EngineDenied, "borg-key-missing"),
    "KeyfileNotFoundError": (EngineDenied, "borg-key-missing"),
    "LockTimeout": (EngineError, "repository-locked"),
    "NoPassphraseFailure": (EngineDenied, "password-not-named"),
    "PassphraseWrong": (EngineDenied, "wrong-password"),
    "PathNotAllowed": (EngineDenied, "no-right"),
    "RepoKeyNotFoundError": (EngineDenied, "borg-key-missing"),
    "Repository.CheckNeeded": (EngineError, "data-damaged"),
    "Repository.DoesNotExist": (EngineUnreachable, "repository-missing"),
    "Repository.InsufficientFreeSpaceError": (EngineError, "no-space"),
    "Repository.InvalidRepository": (EngineUnreachable, "repository-missing"),
    "Repository.InvalidRepositoryConfig": (EngineUnreachable, "repository-missing"),
    "Repository.ObjectNotFound": (EngineError, "data-damaged"),
    "Repository.StorageQuotaExceeded": (EngineError, "no-space"),
    "TAMInvalid": (EngineError, "data-damaged"),
    "TAMRequiredError": (EngineError, "data-damaged"),
}
_BY_TEXT: tuple[tuple[str, type[EngineError], str], ...] = (
    (r"no space left on device|quota exceeded", EngineError, "no-space"),
    (
        r"permission denied|operation not permitted|read-only file system|host key verification",
        EngineDenied,
        "no-right",
    ),
    (
        r"connection refused|no route to host|network is unreachable|timed out"
        r"|could not resolve hostname|connection closed|connection reset",
        EngineUnreachable,
        "network",
    ),
    (r"keymanagement not available for unencrypted", EngineError, "borg-unencrypted"),
    (r"integrity ?error|data integrity|inconsistency detected", EngineError, "data-damaged"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One message of borg; `id` is empty when it has none."""

    text: str
    id: str = ""


def explain(code: int, stderr: bytes, *, engine: str) -> EngineError:
    """The error a failed run stands for; a lock's holder and age are the caller's to find."""
    rows = [row for line in stderr.splitlines() for row in _rows(line)]
    for row in reversed(rows):
        if row.id in _BY_ID:
            kind, name = _BY_ID[row.id]
            if name == "repository-locked":
                return EngineError(name, engine=engine, holder="?", minutes=0)
            return kind(name, engine=engine, detail=_detail(row.text))
    for pattern, kind, name in _BY_TEXT:
        for row in rows:
            if found := re.search(pattern, row.text, re.IGNORECASE):
                return kind(name, engine=engine, detail=_detail(_line(row.text, found.start())))
    last = rows[-1].text if rows else ""
    return EngineError("engine-failed", engine=engine, exit=code, detail=_detail(last))


def lock_of(stderr: bytes) -> str | None:
    """Path of the lock a run waited for in vain, as borg names it."""
    found = _LOCK.search("\n".join(row.text for line in stderr.splitlines() for row in _rows(line)))
    return found["path"] if found else None


def _rows(line: bytes) -> Iterator[Row]:
    text = line.decode("utf-8", "replace")
    # A question of getpass has no end of line, and the next message follows it.
    start = text.find(_MESSAGE)
    try:
        found = json.loads(text[start:]) if start >= 0 else None
    except (ValueError, RecursionError):
        found = None
    match found:
        case {"type": "log_message", "message": str(message), **rest}:
            yield Row(message, str(rest.get("msgid") or ""))
        case None if text.strip():
            yield Row(text)


def _line(text: str, at: int) -> str:
    """The one line of a trace that says it."""
    return text[text.rfind("\n", 0, at) + 1 :]


def _detail(text: str) -> str:
    first = text.strip().split("\n")[0].strip()
    return _CREDENTIALS.sub("//", first.removeprefix("Remote: "))[:DETAIL]
