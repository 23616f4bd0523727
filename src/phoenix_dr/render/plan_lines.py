"""The grammar of the plan file: sections, labelled bullets, steps, lines Phoenix remembers.

Labels and headings are known in every language, so a plan may change language and still be
recognised. Lines Phoenix wrote are remembered by a short hash in a comment at the end of the
file; every other line belongs to a person.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from phoenix_dr.render.phrases import LANGUAGES, phrases

TITLE = "title"
RETIRED = "section:retired"
CHANGES = "section:changes"
FILL_IN = frozenset({"who"})
"""Labels whose value a person writes; a written value replaces the blank one."""

STEP = re.compile(r"^( {1,4})(\d+)[.)] +(.*)$")
_HEADING = re.compile(r"^#{1,2}\s+\S")
_SERVICE = re.compile(r"^##\s+Service\s*:\s*(.+?)\s*$")
_BULLET = re.compile(r"^- ([^:]{1,60}?)\s*:(?:\s+(.*))?$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_MEMORY = re.compile(r"^<!-- phoenix-lines:([0-9a-f\s]*)-->[ \t]*$", re.MULTILINE)
_TORN_MEMORY = re.compile(r"^<!-- phoenix-lines:(.*?)^-->[ \t]*$", re.MULTILINE | re.DOTALL)
_HASHES = re.compile(r"^[ \t]*(?:[0-9a-f]{8}[ \t]*)*$")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of level one or two (empty before the first) and the lines below it.

    `id` is `title`, `service:NAME`, `section:NAME`, or empty for a section of a person's own.
    `kept` lines follow the others and are kept for ever, as if a person wrote them (a log).
    """

    id: str
    heading: str
    lines: tuple[str, ...]
    kept: tuple[str, ...] = ()


def section_id(heading: str) -> str:
    """The identity of a level-two heading in any language; empty when Phoenix never writes it."""
    if found := _SERVICE.match(heading):
        return f"service:{found[1]}"
    return _sections().get(heading.removeprefix("## ").strip(), "")


@cache
def _sections() -> dict[str, str]:
    return {words: f"section:{name}" for name, words in _named("plan.section.")}


@cache
def _labels() -> dict[str, str]:
    return {words.casefold(): name for name, words in _named("plan.label.")}


def _named(prefix: str) -> Iterator[tuple[str, str]]:
    for language in LANGUAGES:
        for code, words in phrases(language).items():
            if code.startswith(prefix):
                yield code.removeprefix(prefix), words


def label(line: str) -> str:
    """The name of the labelled bullet this line is, in any language; else empty."""
    found = _BULLET.match(line)
    return _labels().get(found[1].strip().casefold(), "") if found else ""


def value(line: str) -> str:
    """What stands after the colon of a bullet."""
    found = _BULLET.match(line)
    return (found[2] or "").strip() if found else ""


def split(text: str, known: Collection[str] = ()) -> list[Section]:
    """The sections of a file. Headings inside code fences are text.

    `known` are hashes of lines Phoenix wrote; no fence may swallow a heading among them. The title
    is the one among them; only where it is gone is it the first heading, which a person rewrote.
    """
    sections: list[Section] = []
    name = heading = ""
    titled = any(_is_title(line.rstrip(), known) for line in text.split("\n"))
    lines: list[str] = []
    for line, fenced in with_fences(text.split("\n"), known):
        if fenced or not _HEADING.match(line):
            lines.append(line)
            continue
        sections.append(Section(name, heading, tuple(lines)))
        lines, heading = [], line.rstrip()
        first = not titled and not any(section.heading for section in sections)
        rewritten = first and heading.startswith("# ")
        name = TITLE if rewritten or _is_title(heading, known) else section_id(heading)
    return [*sections, Section(name, heading, tuple(lines))]


def _is_title(heading: str, known: Collection[str]) -> bool:
    return heading.startswith("# ") and remembered(TITLE, heading) in known


def with_fences(lines: Iterable[str], known: Collection[str] = ()) -> Iterator[tuple[str, bool]]:
    """Each line and whether it is part of a fenced block, its fences included.

    A fence that never closes, or not before a heading among the `known` lines, is no fence.
    """
    every = list(lines)
    closing = -1
    for number, line in enumerate(every):
        if number > closing:
            closing = _closing(every, number, known=known)
        yield line, number <= closing


def _closing(lines: list[str], number: int, *, known: Collection[str]) -> int:
    found = _FENCE.match(lines[number])
    if not found:
        return -1
    fence = found[1]
    for later in range(number + 1, len(lines)):
        line = lines[later]
        if _HEADING.match(line) and remembered(section_id(line), line) in known:
            return -1
        if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
            return later
    return -1


def take_memory(text: str) -> tuple[str, set[str]]:
    """The text without the comment that remembers lines, and the hashes it held.

    Lines someone wrote inside the comment are kept.
    """
    hashes: set[str] = set()

    def taken(found: re.Match[str]) -> str:
        lines = found[1].split("\n")
        hashes.update(h for line in lines if _HASHES.match(line) for h in line.split())
        return "\n".join(line for line in lines if not _HASHES.match(line))

    count = 1
    while count:
        text, count = _MEMORY.subn(taken, text)
    return _TORN_MEMORY.sub(taken, text), hashes


def memory(hashes: Iterable[str]) -> str:
    """The comment that remembers lines, wrapped."""
    ordered = sorted(hashes)
    rows = [" ".join(ordered[i : i + 10]) for i in range(0, len(ordered), 10)]
    return "<!-- phoenix-lines:\n" + "\n".join(rows) + "\n-->"


def remembered(section: str, line: str) -> str:
    """The hash of a line within its section; a step's number does not count."""
    fact = f"{section}\0{plain(line)}"
    return hashlib.blake2s(fact.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()


def plain(line: str) -> str:
    """A line without indentation and step number."""
    found = STEP.match(line)
    return (found[3] if found else line).strip()
