"""Keep-sets recorded from the tools' own dry runs; `tests/oracle/record.py` renews them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import SystemRandom
from typing import Any

import pytest

from oracle import borg_says, record
from oracle.histories import History, from_row
from phoenix_dr.core.retention_dialects import Dialect, restic_dialect
from tools import program

FILES = sorted(record.GOLDEN.glob("*.jsonl"))
MOST_BYTES = 1_000_000


def answers(path: Path) -> tuple[dict[str, Any], list[record.Answer]]:
    """Head and answers of a golden file."""
    head, *rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return head, [from_row(row) for row in rows]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_we_keep_exactly_what_the_tool_said_it_keeps(path: Path) -> None:
    head, recorded = answers(path)
    assert len({one for one, _, _ in recorded if one.times}) >= 450
    assert record.differences(recorded, Dialect(head["dialect"]), head["now"]) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_another_reading_or_another_clock_is_caught(path: Path) -> None:
    head, recorded = answers(path)
    own = Dialect(head["dialect"])
    for wrong in {Dialect.RESTIC, Dialect.RESTIC_BEFORE_16, Dialect.BORG} - {own}:
        assert record.differences(recorded, wrong, head["now"])
    in_utc = [(History("UTC", one.times), asked, kept) for one, asked, kept in recorded]
    assert record.differences(in_utc, own, head["now"])


def test_both_tools_are_recorded_in_little_room() -> None:
    assert {path.stem.partition("-")[0] for path in FILES} == {"restic", "borg"}
    assert sum(path.stat().st_size for path in FILES) < MOST_BYTES


@pytest.mark.live
@pytest.mark.parametrize(
    ("tool", "ask"), [("restic", record.ask_restic), ("borg", record.ask_borg)]
)
def test_fifty_fresh_histories(tool: str, ask: Callable[..., list[record.Answer]]) -> None:
    path, seed, now = program(tool), SystemRandom().randrange(10**9), borg_says.now()
    dialect = Dialect.BORG if tool == "borg" else restic_dialect(record.version(path))
    with tempfile.TemporaryDirectory() as folder:
        fresh = ask(path, Path(folder) / "repository", seed=seed, count=50, now=now)
    assert len(fresh) >= 50
    assert record.differences(fresh, dialect, now) == [], f"seed {seed}"
