"""The row of an agent in a project's agent-manifest.csv (seed-ecosystem.md F5)."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from enum import StrEnum

from phoenix_dr.core.agent import NAME
from phoenix_dr.core.markdown_lines import one_line


class Listed(StrEnum):
    """How a manifest stands to our agent."""

    ADDED = "added"
    THERE = "there"
    NONE = "none"
    UNREAD = "unread"


def listed(text: str) -> Listed:
    """Whether our agent is in a manifest (THERE) or can be added (ADDED); UNREAD for no manifest.

    A table that ends inside a quote cannot be added to: the row would vanish in it.
    """
    rows = _rows(text)
    if rows is None or "name" not in rows[0]:
        return Listed.UNREAD
    at = rows[0].index("name")
    there = any(row[at : at + 1] == [NAME] for row in rows[1:])
    return Listed.THERE if there else Listed.ADDED


def with_agent(text: str, told: Mapping[str, str]) -> str:
    """The table with a row for our agent by its own columns; unchanged unless it can be added."""
    rows = _rows(text)
    if rows is None or listed(text) is not Listed.ADDED:
        return text
    end = "\r\n" if "\r\n" in text else "\n"
    gap = "" if text.endswith("\n") else end
    cells = (one_line(told.get(name, "")).replace('"', '""') for name in rows[0])
    row = ",".join(f'"{cell}"' for cell in cells)
    return f"{text}{gap}{row}{end}"


def _rows(text: str) -> list[list[str]] | None:
    lines = re.findall(r"[^\n]*\n|[^\n]+", text.removeprefix("\ufeff"))
    try:
        rows = [row for row in csv.reader(lines, strict=True) if row]
    except csv.Error:
        return None
    return rows or None
