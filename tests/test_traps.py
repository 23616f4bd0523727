"""Every test the page of traps names is there, and every group of traps has some."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "engines" / "proxmox-traps.md"
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


def test_every_test_the_page_names_is_there() -> None:
    assert missing(PAGE.read_text()) == []


def test_a_name_that_is_none_is_found() -> None:
    assert missing("`test_that_nobody_wrote`") == ["test_that_nobody_wrote"]


@pytest.mark.parametrize("row", ROW.findall(PAGE.read_text()), ids=lambda row: str(row[0])[:50])
def test_every_trap_names_a_test(row: tuple[str, str]) -> None:
    assert NAMED.search(row[1])


@pytest.mark.parametrize("group", [*range(3, 10), 13])
def test_every_group_of_traps_has_its_table(group: int) -> None:
    part = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)
    [mine] = [each for each in part if each.startswith(f"{group}. ")]
    assert len(ROW.findall(mine)) >= 3
