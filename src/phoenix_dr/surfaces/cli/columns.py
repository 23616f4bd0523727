"""How wide this terminal is."""

from __future__ import annotations

import shutil

WIDEST = 100


def columns() -> int:
    """Columns to fill: the terminal's, at most 100; 100 when there is none."""
    return min(WIDEST, max(60, shutil.get_terminal_size((WIDEST, 24)).columns))
