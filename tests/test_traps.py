"""Every test the pages of traps name is there, and every group of traps has some."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = {
    name: (ROOT / "docs" / "engines" / f"{name}-traps.md").read_text(encoding="utf-8")
    for name in ("proxmox", "longhorn")
}
GROUPS = {"proxmox": (*range(3, 10), 13), "longhorn": range(1, 6)}
NAMED = re.compile(r"`(test_\w+)`")
ROW = re.compile(r"^\| (?!trap|pain|---)(.+?) \|.*\|(.*)\|$", re.MULTILINE)


@cache
def written() -> frozenset[str]:
    """Names of all tests."""
    return frozenset(
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def missing(text: str) -> list[str]:
    """Names in a text that no test has."""
    return sorted(set(NAMED.findall(text)) - written())


@pytest.mark.parametrize("page", PAGES)
def test_every_test_the_page_names_is_there(page: str) -> None:
    assert missing(PAGES[page]) == []


def test_a_name_that_is_none_is_found() -> None:
    assert missing("`test_that_nobody_wrote`") == ["test_that_nobody_wrote"]


@pytest.mark.parametrize(
    "row",
    [row for text in PAGES.values() for row in ROW.findall(text)],
    ids=lambda row: str(row[0])[:50],
)
def test_every_trap_names_a_test(row: tuple[str, str]) -> None:
    assert NAMED.search(row[1])


@pytest.mark.parametrize(
    ("page", "group"), [(page, group) for page, groups in GROUPS.items() for group in groups]
)
def test_every_group_of_traps_has_its_table(page: str, group: int) -> None:
    part = re.split(r"^## ", PAGES[page], flags=re.MULTILINE)
    [mine] = [each for each in part if each.startswith(f"{group}. ")]
    assert len(ROW.findall(mine)) >= 3
