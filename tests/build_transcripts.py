"""Transcripts: what a person types and reads, kept as text files and run again for real.

A transcript holds commands (`$ …`, run by sh in a house of its own), what they print (errors
after `! `) and their exit code (`[3]`). Times, sizes, ids and the house's path are masked in both;
spaces and line breaks do not count, since they follow the width of what is masked.
To write the files anew: REWRITE_TRANSCRIPTS=1 pytest tests/surfaces
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from build_app import House

SPACE = "[ \u00a0\u202f]"
PHASES = "provision|fetch|start|check|préparer|récupérer|démarrer|vérifier"
MASKS = (
    (r"\b[0-9a-f]{12,64}\b", "<id>"),
    (r"\b\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?)?", "<date>"),
    (rf"\b\d+([.,]\d+)?{SPACE}?(ms|s|min|B|kB|MB|o|ko|Mo)\b", "<n>"),
    (rf"\b({PHASES})( +)\d+[.,]\d", r"\1\2<n>"),
    (r"\bjust now\b|<n> ago\b|à l’instant|il y a <n>", "<age>"),
    (r"\bphx-[0-9a-f]+", "phx-<id>"),
    (r"#\d+\b", "#<n>"),
    (r"-{3,}", "---"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One command, and everything it printed (masked) with its exit code as the last line."""

    command: str
    lines: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """What counts when two runs are compared."""
        return " ".join(self.lines).split()


def read(text: str) -> Iterator[Step]:
    """The steps of a transcript; `#` lines at its top are for readers."""
    command, lines = "", list[str]()
    for line in text.splitlines():
        if line.startswith("$ "):
            command, lines = line[2:], []
        elif command and re.fullmatch(r"\[\d+\]", line):
            yield Step(command, (*lines, line))
        elif command:
            lines.append(line)


def run(house: House, command: str, **environ: str) -> Step:
    """Type a command in the house, where `phoenix` is ours."""
    done = subprocess.run(
        ["sh", "-c", command], env={**house.environ, **environ}, cwd=house.root, check=False,
        capture_output=True, timeout=180, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    out = [line.rstrip() for line in masked(house, done.stdout.decode()).splitlines()]
    errors = [f"! {line}".rstrip() for line in masked(house, done.stderr.decode()).splitlines()]
    return Step(command, (*out, *errors, f"[{done.returncode}]"))


def masked(house: House, text: str) -> str:
    """The text without what differs from run to run."""
    text = text.replace(str(house.root), "<root>")
    for pattern, mask in MASKS:
        text = re.sub(pattern, mask, text)
    return text


def written(steps: list[Step], heading: str) -> str:
    """A transcript as its file holds it."""
    parts = [f"$ {step.command}\n" + "".join(f"{line}\n" for line in step.lines) for step in steps]
    return heading + "\n" + "\n".join(parts)


def put_phoenix(house: House) -> None:
    """A program `phoenix` on the house's PATH that runs this checkout."""
    path = house.root / "bin" / "phoenix"
    path.write_text(f'#!/bin/sh\nexec {sys.executable} -m phoenix_dr "$@"\n')
    path.chmod(0o755)


def heading(path: Path) -> str:
    """The comment lines at the top of a transcript."""
    lines = path.read_text().splitlines(keepends=True)
    return "".join(takewhile(lambda line: line.startswith("#"), lines))
