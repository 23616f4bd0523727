"""The choice of a tool as a project's decisions log holds it, and what is said of tools there.

Our own line is the one `memory_lines.with_decision` writes; of people's lines those count that
name the asset and say `OSS first`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from phoenix_dr.core.markdown_lines import Lines, one_line
from phoenix_dr.core.memory_lines import Decision, with_decision
from phoenix_dr.core.oss_tools import TOOLS

HEAD = "OSS first"
MOST = 3
"""Lines of a project's own references shown beside one tool."""
LONGEST = 240
"""Characters of such a line."""
WIDEST = 10_000
"""Characters of a line that is still read."""
_OURS = re.compile(
    r"- \[\d{4}-\d{2}-\d{2}\] \[phoenix\] \[ARCH\] OSS first(?: \(\d+\))? : "
    r"(?P<need>\S.*?) → (?P<tool>[a-z]+) — (?P<why>.*?)(?: \| Écarté : .*)?"
)
_THEIRS = re.compile(r"\bOSS[ -]first\b", re.IGNORECASE)
_MARKUP = re.compile(r"^[\s>*+|#-]+|[\s|]+$")
_WORDS = {
    tool.id: re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, tool.words))})(?!\w)", re.IGNORECASE)
    for tool in TOOLS
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which tool (or `custom`) was taken for a need, why, and what was not, each with a reason."""

    need: str
    tool: str
    because: str
    refused: tuple[str, ...] = ()


def with_choice(text: str, choice: Choice, *, day: date) -> str:
    """The decisions log with this choice; unchanged while it is the newest one of its need."""
    made = tuple(logged(text, choice.need))
    why = plain(choice.because)
    if made and made[-1] == (choice.tool, why):
        return text
    # A title that stands there already would not be written again, though the choice came back.
    number = f" ({len(made) + 1})" if made else ""
    title = f"{HEAD}{number} : {choice.need} → {choice.tool}"
    return with_decision(text, Decision(day, title, why, choice.refused, architecture=True))


def logged(text: str, need: str) -> Iterator[tuple[str, str]]:
    """(tool, why) of each choice of ours for a need, in the order of the log."""
    for row in _told(text):
        found = _OURS.fullmatch(row.rstrip())
        if found is not None and found["need"] == need:
            yield found["tool"], found["why"]


def states(text: str, names: Iterable[str]) -> bool:
    """Whether a line of anybody says `OSS first` and one of these names as a whole word."""
    wanted = [re.compile(rf"(?<![\w/.-]){re.escape(name)}(?![\w/]|[.-]\w)") for name in names]
    return any(
        _THEIRS.search(row) and any(each.search(row) for each in wanted) for row in _told(text)
    )


def mentions(text: str) -> Mapping[str, tuple[str, ...]]:
    """Lines of free text that name a tool, by its id: what a project itself says of it."""
    found: dict[str, list[str]] = {tool.id: [] for tool in TOOLS}
    for row in _told(text):
        for tool, words in _WORDS.items():
            if len(found[tool]) < MOST and words.search(row):
                found[tool].append(_plain(row))
    return {tool: tuple(rows) for tool, rows in found.items() if rows}


def plain(because: str) -> str:
    """A reason of anybody as it stands in a line, without what would end it there."""
    return one_line(because.replace("|", "/"))


def _told(text: str) -> Iterator[str]:
    lines = Lines(text)
    rows = ((row, lines.is_told(number)) for number, row in enumerate(lines.rows))
    return (row for row, told in rows if told and len(row) <= WIDEST)


def _plain(row: str) -> str:
    said = _MARKUP.sub("", one_line(row).replace("**", ""))
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"
