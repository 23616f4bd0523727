"""What the documentation tests read out of the code and out of the pages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools import ROOT

DOCS = ROOT / "docs"
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
TYPED = re.compile(r"(?:^|[`$(]|\.venv/bin/)\s*phoenix((?: +[a-z][a-z-]*)+)", re.MULTILINE)
LATER = frozenset({"phoenix location prove"})
"""Named in a remedy, and not there yet."""


def markdown() -> list[Path]:
    """Every page of the project that people read."""
    own = list(ROOT.glob("*.md"))
    return sorted([*own, *DOCS.rglob("*.md"), *(ROOT / "changes").glob("*.md")])


def broken_links(page: Path, text: str) -> list[str]:
    """Relative links of a page that lead to no file, and anchors without their heading."""
    found = []
    for link in LINK.findall(text):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there, page, text)):
            found.append(link)
    return found


def anchors(there: Path, page: Path, text: str) -> set[str]:
    """Anchors of the headings of a page."""
    body = text if there == page else there.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", body, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each).strip().lower().replace(" ", "-") for each in headings}


def commands_typed(text: str) -> set[str]:
    """`phoenix WORD…` as it would be typed, from code of a page."""
    code = re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)
    return {f"phoenix{each}" for part in code for each in TYPED.findall(part)}


@dataclass(frozen=True, slots=True)
class Raised:
    """A finding as the code makes it; no owner when it depends on the asset."""

    severities: frozenset[str]
    owners: frozenset[str]


def findings_raised(sources: Iterable[str]) -> dict[str, Raised]:
    """Finding code -> severities and owners, from the calls that make findings."""
    made: dict[str, Raised] = {}
    for call in (node for text in sources for node in ast.walk(ast.parse(text))):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "_finding":
            grave = {n.attr.lower() for n in ast.walk(call.args[1]) if isinstance(n, ast.Attribute)}
            owners = frozenset(strings(call.args[3]))
            for code in strings(call.args[0]):
                made[code] = Raised(frozenset(grave & SEVERITIES), owners)
    return made


SEVERITIES = {"critical", "warning", "unknown", "info"}


def strings(node: ast.AST) -> Iterator[str]:
    """Text constants of an expression, the test of a conditional left out."""
    if isinstance(node, ast.IfExp):
        yield from (*strings(node.body), *strings(node.orelse))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def table(text: str) -> dict[str, list[str]]:
    """First cell in backticks -> the other cells, of every table of a page."""
    rows = re.findall(r"^\| `([^`|]+)` \|(.*)\|$", text, re.MULTILINE)
    return {code: [cell.strip() for cell in rest.split(" | ")] for code, rest in rows}
