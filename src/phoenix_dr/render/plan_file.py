"""Bring a plan file up to date without losing what people wrote into it.

Lines Phoenix wrote earlier (remembered by hash) are replaced by the fresh ones. Every other line
stays, anchored to the generated line it followed. A labelled bullet a person rewrote is kept
below the fresh one. A service that left the estate is moved, whole, to the end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from phoenix_dr.render import plan_lines as grammar
from phoenix_dr.render.phrases import sentence
from phoenix_dr.render.plan_lines import Section
from phoenix_dr.render.plan_weave import Anchor, Chunk, key, weave

_SETTLES = 6
"""How often a merged file is read again at the most."""


@dataclass(slots=True)
class _Old:
    """The existing file: bodies by section, people's own sections by the section they follow."""

    bodies: dict[str, list[str]] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
    own: dict[str, list[Section]] = field(default_factory=dict)
    retired: list[str] = field(default_factory=list)


def merge(existing: str, fresh: Sequence[Section], *, language: str) -> str:
    """The file's new text: the `fresh` sections with everything people wrote in `existing`.

    Merging the result again changes nothing: where a person's code fence comes to stand beside
    lines of ours, it may open or close on others than before, so it is read until it stays.
    """
    text = _merged(existing, fresh, language)
    for _ in range(_SETTLES):
        before, text = text, _merged(text, fresh, language)
        if before == text:
            break
    return text


def _merged(existing: str, fresh: Sequence[Section], language: str) -> str:
    text, known = grammar.take_memory(existing.replace("\r\n", "\n"))
    gone = _retired(language)
    known |= {found for each in (*fresh, gone) for found in _hashes(each, each.kept)}
    old = _read(text, {section.id for section in fresh}, known=known)
    sections = [*fresh, gone] if old.retired else list(fresh)
    _keep_leftovers(old, {section.id for section in sections}, known=known)
    merger = _Merger(old, frozenset(known), language)
    blocks = [*merger.own("")]
    for section in sections:
        blocks += [merger.merged(section), *merger.own(section.id)]
    for name in old.retired:
        blocks += [_block(old.headings[name], old.bodies[name]), *merger.own(name)]
    written = {found for section in sections for found in _hashes(section)}
    written |= {found for name in old.retired for found in merger.written(name)}
    parts = [block for block in blocks if block.strip()]
    return "\n\n".join([*parts, grammar.memory(written)]) + "\n"


def _hashes(section: Section, more: Sequence[str] = ()) -> Iterator[str]:
    for line in (section.heading, *section.lines, *more):
        if line.strip():
            yield grammar.remembered(section.id, line)


def _retired(language: str) -> Section:
    heading = f"## {sentence(language, 'plan.section.retired')}"
    return Section(grammar.RETIRED, heading, ("", sentence(language, "plan.retired")))


def _read(text: str, wanted: Collection[str], *, known: Collection[str]) -> _Old:
    old, anchor, at_the_end = _Old(), "", False
    for section in grammar.split(text, known):
        name = section.id
        if not name:
            old.own.setdefault(anchor, []).append(section)
            continue
        leaving = name.startswith("service:") and name not in wanted
        if leaving and name not in old.bodies:
            old.retired.append(name)
        old.bodies.setdefault(name, []).extend(section.lines)
        old.headings.setdefault(name, section.heading)
        at_the_end = at_the_end or name == grammar.RETIRED
        if not leaving or at_the_end:
            anchor = name
    return old


def _keep_leftovers(old: _Old, wanted: Collection[str], *, known: Collection[str]) -> None:
    """Sections Phoenix no longer writes: what people added there joins the section before."""
    previous = ""
    for name, body in old.bodies.items():
        if name in wanted or name in old.retired:
            previous = name
            continue
        people = [line for line in body if grammar.remembered(name, line) not in known]
        if previous:
            old.bodies[previous] += ["", *people]
        else:
            old.own.setdefault("", []).append(Section("", "", tuple(people)))
        old.own[previous] = [*old.own.get(previous, []), *old.own.pop(name, [])]


def _block(heading: str, lines: Sequence[str]) -> str:
    return "\n".join([heading, *lines] if heading else lines).strip("\n")


@dataclass(frozen=True, slots=True)
class _Merger:
    old: _Old
    known: frozenset[str]
    language: str

    def own(self, name: str) -> Iterator[str]:
        """The sections people put after the section of this id."""
        for section in self.old.own.get(name, []):
            yield _block(section.heading, section.lines)

    def written(self, name: str) -> Iterator[str]:
        """Hashes of the lines of a section that Phoenix once wrote."""
        lines = (self.old.headings[name], *self.old.bodies[name])
        return (found for line in lines if (found := grammar.remembered(name, line)) in self.known)

    def merged(self, section: Section) -> str:
        """One section of ours with what people added to it."""
        heading = section.heading
        theirs = self.old.headings.get(section.id, heading)
        if section.id == grammar.TITLE and not self._wrote(section, theirs):
            heading = theirs
        fresh, chunks = [*section.lines, *section.kept], list(self._chunks(section))
        for chunk in chunks:
            if chunk.fills:
                fresh = [chunk.lines[0] if grammar.label(x) == chunk.fills else x for x in fresh]
        return _block(heading, weave(fresh, [chunk for chunk in chunks if not chunk.fills]))

    def _wrote(self, section: Section, line: str) -> bool:
        return bool(line.strip()) and grammar.remembered(section.id, line) in self.known

    def _chunks(self, section: Section) -> Iterator[Chunk]:
        """What people wrote, with the generated lines before it."""
        labels = {grammar.label(line) for line in section.lines} - {""}
        blanks = set(labels & grammar.FILL_IN)
        before: list[Anchor] = []
        chunk, steps = Chunk([]), 0
        for line, fenced in grammar.with_fences(self.old.bodies.get(section.id, [])):
            ours = not fenced and self._wrote(section, line)
            label = "" if fenced or ours else grammar.label(line)
            if not ours and label not in labels:
                chunk.lines.append(line)
                continue
            yield chunk
            steps += bool(ours and grammar.STEP.match(line))
            before.append(
                (grammar.plain(line), key(line, steps)) if ours else ("", f"label:{label}")
            )
            yield from () if ours else self._rewritten(line, label, before, blanks)
            chunk = Chunk(list(before))
        yield chunk

    def _rewritten(
        self, line: str, label: str, before: list[Anchor], blanks: set[str]
    ) -> Iterable[Chunk]:
        """A labelled bullet whose value a person wrote."""
        if not grammar.value(line):
            return ()
        if label in blanks:
            blanks.remove(label)
            return (Chunk([], [line], fills=label),)
        kept = sentence(self.language, "plan.edited", line=line.removeprefix("- "))
        return (Chunk(list(before), [kept]),)
