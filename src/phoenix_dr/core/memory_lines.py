"""Rows Phoenix leaves in a project's memory: handoffs, decisions, learnings, contradictions.

Formats are those of the seed's project (seed-ecosystem.md F13 to F18); where it has several, the
one that its own tools read. Times are local to the project, as people write them there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher

from phoenix_dr.core.markdown_lines import Lines, cell, one_line

PENDING, DONE = "⏳", "✅"
ALIKE = 0.85
"""Two learnings more alike than this are one; the longer one stays."""
COMPARED = 300
"""Learnings compared with one another; comparing more would take seconds."""
HANDOFF_HEAD = "| Date | Transfert | Demande | Statut |\n|------|-----------|---------|--------|\n"
CONTRADICTIONS = "Contradictions Actives"
CONTRADICTION_HEAD = (
    "| Date | Agent source | Ancienne mémoire | Nouvelle mémoire | Statut | Résolution |\n"
    "|------|--------------|------------------|------------------|--------|------------|\n"
)
_NAMED = re.compile(r"`([^`]+)`")
"""Two learnings that name different things so are two, however alike their other words."""
_LEARNING = re.compile(r"- \[(\d{4}-\d{2}-\d{2})\] (.*)")
_CELLS = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Handoff:
    """Work that went to a sibling; `done` once evidence showed it."""

    at: datetime
    source: str
    target: str
    text: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, why, and what was refused; `architecture` marks one that binds others."""

    day: date
    title: str
    why: str
    refused: tuple[str, ...] = ()
    architecture: bool = False


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Memory says one thing and evidence another."""

    day: date
    old: str
    new: str


def with_handoff(text: str, handoff: Handoff) -> str:
    """The log with a row for this transfer; unchanged while the same one is still open."""
    rows = (row for row, _ in _handoffs(Lines(text)))
    if any(_same(row, handoff) and not row.done for row in rows):
        return text
    mark = DONE if handoff.done else PENDING
    row = (
        f"| {handoff.at:%Y-%m-%d %H:%M} | {handoff.source} → {handoff.target} "
        f"| {cell(handoff.text)} | {mark} |\n"
    )
    head = "" if "|" in text else HANDOFF_HEAD
    gap = "" if not text or text.endswith("\n") else "\n"
    return f"{text}{gap}{head}{row}"


def with_handed(text: str, handoff: Handoff) -> str:
    """The log with this transfer done; unchanged when it is not there, or is."""
    lines = Lines(text)
    for row, number in _handoffs(lines):
        if _same(row, handoff) and not row.done:
            before, mark, after = lines.rows[number].rpartition(PENDING)
            return lines.replaced(number, f"{before}{DONE}{after}") if mark else text
    return text


def handoffs(text: str) -> tuple[Handoff, ...]:
    """Every transfer of the log that can be read."""
    return tuple(row for row, _ in _handoffs(Lines(text)))


def with_decision(text: str, decision: Decision) -> str:
    """The log with a bullet below its day; unchanged when that title is there already."""
    mark = "[ARCH] " if decision.architecture else ""
    title = one_line(decision.title)
    begin = f"- [{decision.day}] [phoenix] {mark}{title}"
    lines = Lines(text)
    if any(f"] [phoenix] {mark}{title} — " in row for row in lines.rows):
        return text
    refused = "; ".join(map(one_line, decision.refused))
    line = f"{begin} — {one_line(decision.why)}" + (f" | Écarté : {refused}" if refused else "")
    return lines.with_line(f"{decision.day}", line)


def with_party_decision(
    text: str, what: str, *, day: date, subject: str, panel: tuple[str, ...]
) -> str:
    """The log with what a round table decided, one bullet below its day."""
    told = (f"Sujet : {one_line(subject)}", f"Décision : {one_line(what)}",
            f"Panel : {', '.join(panel)}")  # fmt: skip
    line = f"- [{day}] [party-mode] {' | '.join(told)}"
    lines = Lines(text)
    return text if lines.has(line) else lines.with_line(f"{day}", line)


def with_learning(text: str, what: str, *, day: date) -> str:
    """The list with this learning; one much like it is there once, the longer of the two."""
    said = one_line(what)
    lines = Lines(text)
    for number, row in enumerate(lines.rows):
        found = _LEARNING.match(row)
        if found is None or not _alike(found[2].strip(), said):
            continue
        if len(found[2].strip()) >= len(said):
            return text
        return lines.replaced(number, f"- [{day}] {said}{lines.end}")
    gap = "" if not text or text.endswith("\n") else lines.end
    return f"{text}{gap}- [{day}] {said}{lines.end}"


def learnings(text: str) -> tuple[str, ...]:
    """What was learnt, in order."""
    found = (_LEARNING.match(row) for row in Lines(text).rows)
    return tuple(each[2].strip() for each in found if each)


def with_merged_learnings(text: str) -> str:
    """The list without learnings much like a longer one, or an earlier one as long."""
    lines = Lines(text)
    found = [(n, match) for n, row in enumerate(lines.rows) if (match := _LEARNING.match(row))]
    kept: list[str] = []
    gone: set[int] = set()
    for number, match in sorted(found[:COMPARED], key=lambda pair: -len(pair[1][2].strip())):
        said = match[2].strip()
        if any(_alike(each, said) for each in kept):
            gone.add(number)
        else:
            kept.append(said)
    return "".join(row for number, row in enumerate(lines.rows) if number not in gone)


def with_contradiction(text: str, found: Contradiction) -> str:
    """The log with an active row for this contradiction; unchanged when it is active already."""
    old, new = cell(found.old), cell(found.new)
    lines = Lines(text)
    begin, end = lines.section(CONTRADICTIONS)
    section = lines.rows[begin:end]
    if any(f"| {old} | {new} | {PENDING}" in row for row in section):
        return text
    row = f"| {found.day} | phoenix | {old} | {new} | {PENDING} actif | |"
    if any(line.lstrip().startswith("|") for line in section):
        return lines.with_line(CONTRADICTIONS, row)
    made = lines.with_line(CONTRADICTIONS, CONTRADICTION_HEAD.rstrip("\n"))
    return Lines(made).with_line(CONTRADICTIONS, row)


def _handoffs(lines: Lines) -> Iterator[tuple[Handoff, int]]:
    for number, row in enumerate(lines.rows):
        cells = [part.strip() for part in _CELLS.split(row.strip().strip("|"))]
        if len(cells) < 4 or "→" not in cells[1]:
            continue
        try:
            at = datetime.strptime(cells[0], "%Y-%m-%d %H:%M")  # noqa: DTZ007 - local, as written
        except ValueError:
            continue
        source, _, target = cells[1].partition("→")
        text = cells[2].replace("\\|", "|")
        yield Handoff(at, source.strip(), target.strip(), text, DONE in cells[-1]), number


def _same(one: Handoff, other: Handoff) -> bool:
    return (one.source, one.target, one_line(one.text)) == (
        other.source, other.target, one_line(other.text),
    )  # fmt: skip


def _alike(one: str, other: str) -> bool:
    if not _is_part(set(_NAMED.findall(one)), set(_NAMED.findall(other))):
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    # The quick bounds are never below the ratio.
    return matcher.real_quick_ratio() > ALIKE < matcher.quick_ratio() and matcher.ratio() > ALIKE


def _is_part(one: set[str], other: set[str]) -> bool:
    return one <= other or other <= one
