"""What people type and read, in both languages, against the transcripts kept beside."""

from __future__ import annotations

import difflib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import build_transcripts
from build_app import House, house
from build_transcripts import Step

KEPT = Path(__file__).parent / "transcripts"
NAMES = sorted(path.name for path in KEPT.glob("*.txt"))
WIDEST = 100


@pytest.fixture
def made() -> Iterator[House]:
    """A house whose path is always as long, since long lines are broken by their length."""
    root = Path(tempfile.mkdtemp(prefix="phx-house-", dir="/tmp"))
    built = house(root)
    build_transcripts.put_phoenix(built)
    yield built
    shutil.rmtree(root)


@pytest.mark.parametrize("name", NAMES)
def test_a_transcript_is_what_one_reads(made: House, name: str) -> None:
    path = KEPT / name
    language = name.split(".")[1]
    kept = list(build_transcripts.read(path.read_text()))
    now = [build_transcripts.run(made, step.command, PHOENIX_LANGUAGE=language) for step in kept]
    if "REWRITE_TRANSCRIPTS" in os.environ:
        path.write_text(build_transcripts.written(now, build_transcripts.heading(path)))
        return
    for before, after in zip(kept, now, strict=True):
        assert before.words == after.words, difference(before, after)


def test_both_languages_hold_the_same_commands_and_exit_codes() -> None:
    for path in KEPT.glob("*.en.txt"):
        other = path.with_name(path.name.replace(".en.", ".fr."))
        english, french = (list(build_transcripts.read(p.read_text())) for p in (path, other))
        assert [(step.command, step.lines[-1]) for step in english] == [
            (step.command, step.lines[-1]) for step in french
        ]
        said = [(a.lines, b.lines) for a, b in zip(english, french, strict=True)]
        same = [a for a, b in said if a == b and len(a) > 1]
        assert len(same) <= len(said) // 3, same


@pytest.mark.parametrize("name", NAMES)
def test_lines_fit_a_terminal_and_hold_no_traceback(name: str) -> None:
    text = (KEPT / name).read_text()
    assert "Traceback" not in text
    lines = [line for line in text.splitlines() if not line.startswith(("$", "#"))]
    assert [line for line in lines if len(line) > WIDEST + 2 and "<root>" not in line] == []


def test_masks_hide_only_what_differs(made: House) -> None:
    text = f"{made.root}/x 2026-11-23 10:00 1.4 s 5 MB 12 files deadbeefdeadbeef 8.0/10"
    assert build_transcripts.masked(made, text) == ("<root>/x <date> <n> <n> 12 files <id> 8.0/10")


def difference(before: Step, after: Step) -> str:
    """Line by line, what is expected and what came."""
    rows = difflib.unified_diff(before.lines, after.lines, "kept", "now", lineterm="", n=1)
    return f"$ {before.command}\n" + "\n".join(rows)
