"""restic's exit codes and messages, mapped once to errors of Phoenix.

0.14 ends with 1 for everything but an incomplete backup (3); 10 (no repository), 11 (locked) and
12 (wrong password) came with 0.17 and 0.18. Texts decide in both, since codes alone cannot.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

DETAIL = 300
"""Characters of the engine's own words that are kept."""

_TABLE: tuple[tuple[str, type[EngineError], str], ...] = (
    (r"wrong password or no key found", EngineDenied, "wrong-password"),
    (r"no space left on device|quota exceeded|: file too large", EngineError, "no-space"),
    (
        r"connection refused|no such host|i/o timeout|network is unreachable|no route to host"
        r"|connection reset|context deadline exceeded|connection timed out|name resolution"
        r"|could not resolve hostname",
        EngineUnreachable,
        "network",
    ),
    (
        r"repository contains errors|ciphertext verification failed|pack id does not match"
        r"|invalid data returned|wrong hash|not found in index|not found in repository"
        r"|load\(<data/.*(unexpected eof|too short|no such file|does not exist)",
        EngineError,
        "data-damaged",
    ),
    (
        r"permission denied|access ?denied|operation not permitted|403 forbidden|401 unauthorized"
        r"|read-only file system|signaturedoesnotmatch|access key id you provided"
        r"|no credentials found",
        EngineDenied,
        "no-right",
    ),
    (
        r"no matching id found|no snapshot found|(find|load) snapshot .*no such file"
        r"|load\(<snapshot/.*(no such file|does not exist)",
        EngineError,
        "point-missing",
    ),
    (
        r"is there a repository at the following location|repository does not exist"
        r"|unable to open config file",
        EngineUnreachable,
        "repository-missing",
    ),
)
_BY_EXIT: dict[int, tuple[type[EngineError], str]] = {
    10: (EngineUnreachable, "repository-missing"),
    12: (EngineDenied, "wrong-password"),
}
_LOCKED = re.compile(
    r"already locked(?: exclusively)? by PID (?P<pid>\d+) on (?P<host>\S+) by (?P<user>[^\n]*?) \("
    r".*?lock was created at (?P<since>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)",
    re.DOTALL,
)
_CREDENTIALS = re.compile(r"//[^/\s@]+@")


def explain(code: int, stderr: bytes, *, engine: str, now: datetime) -> EngineError:
    """The error a failed run stands for; `now` turns a lock's time into its age."""
    text = words(stderr)
    if code == 11 or "already locked" in text:
        return _locked(text, engine, now)
    # What ended the run decides; what it met on the way only when that says nothing.
    fatal = "\n".join(row for row in text.split("\n") if row.startswith("Fatal:"))
    for scope in (fatal, text):
        for pattern, kind, name in _TABLE:
            if re.search(pattern, scope, re.IGNORECASE):
                return kind(name, engine=engine, detail=_detail(scope, pattern))
    if code in _BY_EXIT:
        kind, name = _BY_EXIT[code]
        return kind(name, engine=engine, detail=_detail(text))
    return EngineError("engine-failed", engine=engine, exit=code, detail=_detail(text))


def words(stderr: bytes) -> str:
    """The messages of stderr as text, taken out of JSON where a version wraps them."""
    return "\n".join(_message(line) for line in stderr.decode("utf-8", "replace").split("\n"))


def _message(line: str) -> str:
    try:
        found = json.loads(line) if line.startswith("{") else line
    except (ValueError, RecursionError):
        return line
    match found:
        case {"message": str(message)} | {"error": {"message": str(message)}}:
            return message
        case dict():
            return ""
        case _:
            return line


def _locked(text: str, engine: str, now: datetime) -> EngineError:
    found = _LOCKED.search(text)
    if found is None:
        return EngineError("repository-locked", engine=engine, holder="?", minutes=0)
    # Engines run with TZ=UTC, so the time they print has that zone.
    since = datetime.fromisoformat(found["since"]).replace(tzinfo=UTC)
    holder = f"{found['user']}@{found['host']} (PID {found['pid']})"
    minutes = max(0, int((now - since).total_seconds() // 60))
    return EngineError("repository-locked", engine=engine, holder=holder, minutes=minutes)


def _detail(text: str, pattern: str = "") -> str:
    rows = [row.strip() for row in text.split("\n") if row.strip()]
    telling = [row for row in rows if pattern and re.search(pattern, row, re.IGNORECASE)]
    chosen = (telling or rows[-1:] or [""])[0]
    return _CREDENTIALS.sub("//", chosen.removeprefix("Fatal: "))[:DETAIL]
