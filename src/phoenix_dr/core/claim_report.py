"""What a check job read in a restored claim; its words come from a pod, so nothing is believed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

LONGEST = 4096
"""Characters a pod can leave behind when it ends."""
MOST = 1 << 62
NAME = 120
"""Characters kept of a name."""


@dataclass(frozen=True, slots=True)
class ClaimReport:
    """Files by number, `size` in bytes, and how many of them were `read` to their end in time.

    `databases` are SQLite files by their first bytes: `sound` passed integrity_check, `faulty`
    did not, and the others could not be asked here. `names` are the first few that could not be
    read or are faulty. `reached` says whether the pod got through to its cluster, None when nobody
    could tell. `code` is how the asked command ended, None when it was not run.
    """

    files: int = 0
    size: int = 0
    read: int = 0
    unreadable: int = 0
    databases: int = 0
    sound: int = 0
    faulty: int = 0
    names: tuple[str, ...] = ()
    reached: bool | None = None
    code: int | None = None

    @property
    def unasked(self) -> int:
        """Databases nobody could ask."""
        return max(self.databases - self.sound - self.faulty, 0)


def report_of(text: str) -> ClaimReport | None:
    """The report in what a pod left behind; None for anything else."""
    try:
        found = json.loads(text) if len(text) <= LONGEST else None
    except (ValueError, RecursionError):
        return None
    counts = ("files", "size", "read", "unreadable", "databases", "sound", "faulty")
    if not isinstance(found, dict) or not all(_is_count(found.get(name)) for name in counts):
        return None
    names, reached, code = found.get("names"), found.get("reached"), found.get("code")
    return ClaimReport(
        **{name: found[name] for name in counts},
        names=tuple(_plain(each) for each in (names if isinstance(names, list) else ())[:5]),
        reached=reached if isinstance(reached, bool) else None,
        code=code if isinstance(code, int) and _is_count(code) and code < 256 else None,
    )


def text_of(report: ClaimReport) -> str:
    """The report as `report_of` reads it."""
    return json.dumps(asdict(report))


def _is_count(found: Any) -> bool:
    return isinstance(found, int) and not isinstance(found, bool) and 0 <= found < MOST


def _plain(name: object) -> str:
    text = str(name)[:NAME]
    return "".join(char if char.isprintable() else " " for char in text)
