"""Read the service blocks of a plan file, whoever wrote it and in whichever language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from phoenix_dr.core.model import Criticality
from phoenix_dr.render import plan_lines as grammar
from phoenix_dr.render.phrases import LANGUAGES, sentence

_TEST = re.compile(r"(\d{4}-\d\d-\d\d)")
_RESULT = re.compile(r"\b(OK|KO)\b")


@dataclass(frozen=True, slots=True)
class Block:
    """One service of a plan file. Values are the file's own words; None is not said.

    `other` holds the lines Phoenix never writes. `retired`: below "no longer in the estate".
    """

    service: str
    criticality: Criticality | None
    objective: str
    measured: str
    data: str
    source: str
    steps: tuple[str, ...]
    depends_on: tuple[str, ...]
    last_test: date | None
    result: bool | None
    level: str
    rpo: str
    other: tuple[str, ...]
    retired: bool


def parse(text: str) -> tuple[Block, ...]:
    """The service blocks of a plan, in order; of two blocks of one service the first."""
    blocks: dict[str, Block] = {}
    retired = False
    for section in grammar.split(*grammar.take_memory(text.replace("\r\n", "\n"))):
        retired = retired or section.id == grammar.RETIRED
        kind, _, service = section.id.partition(":")
        if kind == "service" and service not in blocks:
            blocks[service] = _block(service, section.lines, retired=retired)
    return tuple(blocks.values())


def _block(service: str, lines: Sequence[str], *, retired: bool) -> Block:
    values: dict[str, str] = {}
    steps: list[str] = []
    other: list[str] = []
    for line, fenced in grammar.with_fences(lines):
        label = "" if fenced else grammar.label(line)
        if label and label not in values:
            values[label] = grammar.value(line)
        elif not fenced and "procedure" in values and (step := grammar.STEP.match(line)):
            steps.append(step[3])
        elif line.strip():
            other.append(line)
    test = values.get("test", "")
    return Block(
        service=service,
        criticality=_criticality(values.get("criticality", "")),
        objective=values.get("objective", ""),
        measured=values.get("measured", ""),
        data=values.get("data", ""),
        source=values.get("source", ""),
        steps=tuple(steps),
        depends_on=_names(values.get("dependencies", "")),
        last_test=_date(test),
        result={"OK": True, "KO": False}.get("".join(_RESULT.findall(test)[-1:])),
        level=values.get("level", ""),
        rpo=values.get("rpo", ""),
        other=tuple(other),
        retired=retired,
    )


def _criticality(value: str) -> Criticality | None:
    wanted = value.strip().casefold()
    for criticality in Criticality:
        words = {sentence(lang, f"word.criticality.{criticality.value}") for lang in LANGUAGES}
        if wanted in {word.casefold() for word in words}:
            return criticality
    return None


def _names(value: str) -> tuple[str, ...]:
    if value in {sentence(language, "word.no-dependency") for language in LANGUAGES}:
        return ()
    return tuple(name.strip() for name in value.split(",") if name.strip())


def _date(value: str) -> date | None:
    found = _TEST.search(value)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None
