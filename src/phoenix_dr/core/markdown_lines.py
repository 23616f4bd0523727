"""A Markdown file as lines that are edited one at a time; everything else stays as it is.

Line ends (also mixed ones), a missing last one, and bytes that are no text survive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")
_FENCE = re.compile(r"\s{0,3}(```|~~~)")


@dataclass(frozen=True, slots=True)
class Lines:
    """A text and its lines, each with its own end."""

    text: str
    rows: tuple[str, ...] = field(init=False)
    told: tuple[bool, ...] = field(init=False)
    """False for lines inside a comment or a fenced block: they say nothing."""

    def __post_init__(self) -> None:
        rows = tuple(re.findall(r"[^\n]*\n|[^\n]+", self.text))
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "told", _told(rows))

    def is_told(self, number: int) -> bool:
        """Whether a line counts."""
        return self.told[number]

    @property
    def end(self) -> str:
        """The line end this file uses."""
        return "\r\n" if self.rows and self.rows[0].endswith("\r\n") else "\n"

    @property
    def is_open(self) -> bool:
        """Whether a comment or a fence was begun and never ended: all below it says nothing."""
        return bool(_told((*self.rows, "x\n"))[len(self.rows) :] == (False,))

    def has(self, line: str) -> bool:
        """Whether a line stands there just so, anywhere."""
        return any(row.rstrip() == line for row in self.rows)

    def section(self, title: str, level: int = 2) -> tuple[int, int]:
        """Numbers of the first line below a heading and of the one after its last.

        Both are the number of lines when there is no such heading.
        """
        begin = next(
            (n + 1 for n in range(len(self.rows)) if self._heading(n) == (level, title)), None
        )
        if begin is None:
            return len(self.rows), len(self.rows)
        for number in range(begin, len(self.rows)):
            found = self._heading(number)
            if found is not None and found[0] <= level:
                return begin, number
        return begin, len(self.rows)

    def with_line(self, title: str, line: str, *, level: int = 2) -> str:
        """The text with a line after the last one of a section that is not empty.

        A section that is not there is made at the end.
        """
        begin, at = self.section(title, level)
        if begin == 0 or self._heading(begin - 1) != (level, title):
            gap = [self.end] if self.rows and self.rows[-1].strip() else []
            head = f"{'#' * level} {title}{self.end}"
            made = [*gap, head, self.end, f"{line}{self.end}"]
            return "".join([*self._ended(len(self.rows)), *made])
        while at > begin and not self.rows[at - 1].strip():
            at -= 1
        gap = [] if at > begin and _is_item(self.rows[at - 1]) else [self.end]
        if gap and at < len(self.rows) and not self.rows[at].strip():
            at, gap = at + 1, []
        return "".join([*self._ended(at), *gap, f"{line}{self.end}", *self.rows[at:]])

    def replaced(self, number: int, row: str) -> str:
        """The text with one line instead of another; `row` has its line end."""
        return "".join([*self.rows[:number], row, *self.rows[number + 1 :]])

    def _ended(self, at: int) -> list[str]:
        """The lines before one, the last of which has an end."""
        made = list(self.rows[:at])
        if made and not made[-1].endswith("\n"):
            made[-1] += self.end
        return made

    def _heading(self, number: int) -> tuple[int, str] | None:
        found = _HEADING.fullmatch(self.rows[number].strip()) if self.told[number] else None
        return (len(found[1]), found[2]) if found else None


def one_line(text: str) -> str:
    """A text of anybody on one line, without what would end a cell, a line or a comment."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(plain.split())


def cell(text: str) -> str:
    """A text as one cell of a table."""
    return one_line(text).replace("|", "\\|")


def _told(rows: tuple[str, ...]) -> tuple[bool, ...]:
    told: list[bool] = []
    fence, comment = "", False
    for row in rows:
        mark = _FENCE.match(row)
        if fence:
            told.append(False)
            fence = "" if mark and mark[1] == fence else fence
        elif comment:
            told.append(False)
            comment = "-->" not in row
        elif mark:
            told.append(False)
            fence = mark[1]
        else:
            opened = row.find("<!--")
            comment = opened >= 0 and "-->" not in row[opened:]
            told.append(opened < 0 or bool(row[:opened].strip()))
    return tuple(told)


def _is_item(row: str) -> bool:
    return bool(re.match(r"\s*([-*+]|\d+[.)]|\|)\s?", row)) or row[:2] == "  "
