"""Requests between agents in a project's shared context, read and written line by line.

Many agents edit that file: nothing but the lines meant is touched, whatever else stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from phoenix_dr.core.markdown_lines import Lines, one_line
from phoenix_dr.errors import UsageError

SECTION = "Requêtes inter-agents"
OURSELVES = "phoenix"
_LINE = re.compile(
    r"\s*[-*]\s+\[(?P<done>[ xX])\]\s*\[(?P<source>[^\]→]+?)\s*(?:→|->)\s*(?P<target>[^\]]+?)\]"
    r"\s*(?P<text>.*)"
)
_CONTINUED = re.compile(r"\s{2,}\S")


class Sibling(StrEnum):
    """The agents Phoenix may ask, and no others."""

    FORGE = "forge"
    VAULT = "vault"
    FLOW = "flow"
    HAWK = "hawk"
    HELM = "helm"


@dataclass(frozen=True, slots=True)
class Request:
    """One request: who asks whom for what; `done` when it is checked off."""

    source: str
    target: str
    text: str
    done: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """Equal for the same request, however it is spaced, done or not."""
        return self.source.lower(), self.target.lower(), one_line(self.text)


def asking(target: Sibling, text: str) -> Request:
    """What we ask of a sibling. Raises UsageError for a text that says nothing."""
    said = one_line(text)
    if not said:
        raise UsageError("request-empty", target=target.value)
    return Request(OURSELVES, target.value, said)


def requests(text: str) -> tuple[Request, ...]:
    """Every request of the section, in order; a request may go on in indented lines."""
    lines = Lines(text)
    return tuple(request for request, _ in _found(lines))


def inbox(text: str) -> tuple[Request, ...]:
    """What others ask of us and nobody has checked off."""
    return tuple(r for r in requests(text) if r.target.lower() == OURSELVES and not r.done)


def with_request(text: str, request: Request) -> str:
    """The text with this request at the end of its section; unchanged when it is there already.

    One that was checked off is there, too. The section is made where there is none.
    """
    lines = Lines(text)
    mark = "x" if request.done else " "
    line = f"- [{mark}] [{request.source}→{request.target}] {one_line(request.text)}"
    # In a file whose comment never ends nothing is told: it must not grow all the same.
    if any(each.key == request.key for each, _ in _found(lines)) or lines.has(line):
        return text
    return lines.with_line(SECTION, line)


def with_done(text: str, request: Request) -> str:
    """The text with this request checked off; unchanged when it is not there, or is done."""
    lines = Lines(text)
    for each, index in _found(lines):
        if each.key == request.key and not each.done:
            return lines.replaced(index, lines.rows[index].replace("[ ]", "[x]", 1))
    return text


def _found(lines: Lines) -> Iterator[tuple[Request, int]]:
    """Requests of the section with the number of their first line; those in comments are none."""
    begin, end = lines.section(SECTION)
    number = begin
    while number < end:
        match = _LINE.match(lines.rows[number]) if lines.is_told(number) else None
        first = number
        number += 1
        if match is None:
            continue
        said = [match["text"].strip()]
        while number < end and _goes_on(lines.rows[number]):
            said.append(lines.rows[number].strip())
            number += 1
        source, target = match["source"].strip(), match["target"].strip()
        done = match["done"] != " "
        yield Request(source, target, one_line(" ".join(said)), done), first


def _goes_on(row: str) -> bool:
    return bool(_CONTINUED.match(row)) and not _LINE.match(row)
