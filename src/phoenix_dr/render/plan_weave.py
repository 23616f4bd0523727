"""Put people's lines back among freshly generated ones, each after the line it followed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from phoenix_dr.render import plan_lines as grammar

Anchor = tuple[str, str]
"""A generated line as (plain text, key); the key survives a change of the text."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines of a person, and the generated lines before them, nearest last.

    `fills` names the label whose blank value these lines replace.
    """

    before: list[Anchor]
    lines: list[str] = field(default_factory=list)
    fills: str = ""

    @property
    def is_blank(self) -> bool:
        """True when nothing but blank lines is in it."""
        return not any(map(str.strip, self.lines))


def key(line: str, step: int) -> str:
    """What stays the same of a generated line: its label, its row, its number among steps."""
    if grammar.STEP.match(line):
        return f"step:{step}"
    if label := grammar.label(line):
        return f"label:{label}"
    return f"row:{line.split('|')[1].strip()}" if line.startswith("|") else ""


def weave(fresh: Sequence[str], chunks: Iterable[Chunk]) -> list[str]:
    """Fresh lines with every chunk in its place, steps numbered anew."""
    places: dict[int, list[list[str]]] = {}
    anchors = _anchors(fresh)
    for chunk in chunks:
        if not chunk.is_blank:
            places.setdefault(_position(chunk.before, anchors), []).append(chunk.lines)
    lines: list[str] = []
    for index in range(-1, len(fresh)):
        lines += fresh[index : index + 1] if index >= 0 else []
        if index in places:
            following = "".join(fresh[index + 1 : index + 2])
            lines += _spaced(places[index], after_blank=bool(lines) and not lines[-1].strip())
            lines += [""] if following.strip() and not places[index][-1][-1].strip() else []
    return _numbered(lines)


def _anchors(fresh: Sequence[str]) -> list[Anchor]:
    anchors, steps = [], 0
    for line in fresh:
        steps += bool(grammar.STEP.match(line))
        anchors.append((grammar.plain(line), key(line, steps)))
    return anchors


def _position(before: Sequence[Anchor], anchors: Sequence[Anchor]) -> int:
    """Index of the nearest line still there, else of as many lines on; -1 is before the first."""
    for anchor in reversed(before):
        if anchor in anchors:
            return anchors.index(anchor)
        for index, (text, name) in enumerate(anchors):
            if (anchor[0] and anchor[0] == text) or (anchor[1] and anchor[1] == name):
                return index
    written = [index for index, (text, _) in enumerate(anchors) if text]
    return written[: len(before)][-1] if before and written else -1


def _spaced(chunks: Sequence[list[str]], *, after_blank: bool) -> list[str]:
    """Chunks in a row: at most one blank line between them and before the first."""
    lines: list[str] = []
    blank = False
    for chunk in chunks:
        first = next(i for i, line in enumerate(chunk) if line.strip())
        last = next(i for i, line in enumerate(reversed(chunk)) if line.strip())
        if (first or blank) and (lines or not after_blank):
            lines.append("")
        lines += chunk[first : len(chunk) - last]
        blank = bool(last)
    return lines


def _numbered(lines: Sequence[str]) -> list[str]:
    """Steps below a labelled bullet numbered in order, whoever wrote them."""
    numbered, step, counting = [], 0, False
    for line, fenced in grammar.with_fences(lines):
        if not fenced and line.strip() and not line.startswith(" "):
            step, counting = 0, bool(grammar.label(line))
        found = grammar.STEP.match(line) if counting and not fenced else None
        step += bool(found)
        numbered.append(f"{found[1]}{step}. {found[3]}" if found else line)
    return numbered
