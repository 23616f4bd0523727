"""Questions to a restored database, put by the sqlite3 program inside a sandbox.

The database is hostile until proven: a view of its own may call functions and a page may lie.
So it is opened immutable, in safe mode (no ATTACH, no extension, no file functions, no shell),
with an untrusted schema, and by another process, never by this one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

from phoenix_dr.core.evidence import CheckResult, Level
from phoenix_dr.core.model import Check, CheckKind

OPENING = "PRAGMA integrity_check(1); SELECT count(*) FROM sqlite_schema WHERE type = 'table';"
ANSWER_LIMIT = 1000
"""Characters of an answer worth reading: one number, or the first fault."""
_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Probe:
    """One question: the command that asks it, and what the answer must be at least."""

    code: str
    argv: tuple[str, ...]
    statement: str = ""
    at_least: int = 0


def query(path: str, statement: str) -> tuple[str, ...]:
    """The command that asks `statement` of the database at `path` (a path inside the sandbox)."""
    uri = f"file:{quote(os.fsencode(path))}?mode=ro&immutable=1"
    options = ("-safe", "-readonly", "-batch", "-bail", "-noheader", "-list", "-init", "/dev/null")
    return ("sqlite3", *options, "-cmd", "PRAGMA trusted_schema=OFF", uri, statement)


def sql_checks(path: str, checks: Iterable[Check]) -> tuple[Probe, ...]:
    """What to ask of a restored database: does it open whole (always), then each sql check."""
    opening = Probe("sqlite-opens", query(path, OPENING))
    return opening, *(
        Probe("sql", query(path, check.statement), check.statement, check.at_least)
        for check in checks
        if check.kind is CheckKind.SQL
    )


def verdict(probe: Probe, code: int, stdout: bytes) -> CheckResult:
    """What the exit code and answer of a probe's command prove.

    A file of 0 bytes and a database without a table open happily, and are KO here.
    """
    if probe.code == "sqlite-opens":
        return _opens(code, stdout)
    answer = first_line(stdout)
    number = _number(answer) if code == 0 and _is_single(stdout) else None
    good = number is not None and number >= probe.at_least
    return CheckResult(
        "sql",
        good,
        Level.DATA,
        (
            ("statement", probe.statement),
            ("answer", answer if code == 0 else ""),
            ("at_least", probe.at_least),
            ("exit", code),
        ),
    )


def first_line(stdout: bytes) -> str:
    """The first line of an answer as valid text of bounded length, control characters escaped."""
    text = stdout[: ANSWER_LIMIT * 4].decode("utf-8", "backslashreplace").split("\n", 1)[0]
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown[:ANSWER_LIMIT]


def _opens(code: int, stdout: bytes) -> CheckResult:
    lines = stdout[: ANSWER_LIMIT * 4].decode("utf-8", "replace").splitlines()
    whole = code == 0 and lines[:1] == ["ok"]
    tables = int(lines[1]) if whole and len(lines) > 1 and lines[1].isdecimal() else 0
    answer = first_line(stdout)
    parameters: tuple[tuple[str, str | int], ...] = (
        ("integrity", answer),
        ("tables", tables),
        ("exit", code),
    )
    return CheckResult("sqlite-opens", whole and tables > 0, Level.STARTS, parameters)


def _is_single(stdout: bytes) -> bool:
    return stdout.count(b"\n") <= 1 and len(stdout) <= ANSWER_LIMIT


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) else None
