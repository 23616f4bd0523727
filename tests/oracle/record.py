"""Record golden keep-sets: `PYTHONPATH=tests python tests/oracle/record.py restic|borg SEED COUNT`.

Asks the real tool, compares every answer with ours, prints the differences, and writes what the
tests compare with ever after to `tests/core/golden/TOOL-VERSION.jsonl`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from oracle import borg_says, restic_says
from oracle.histories import History, as_row, clear_of, history, rule, within_seconds
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.retention_dialects import Dialect, restic_dialect, select

GOLDEN = Path(__file__).resolve().parents[1] / "core" / "golden"
RULES = 24
WORKERS = 2

Answer = tuple[History, RetentionRule, set[int]]
"""What was asked of a tool, and the times it keeps."""


def version(program: str) -> str:
    """The number in the first line a program says of itself: `restic 0.14.0 compiled …`."""
    option = "version" if "restic" in program else "--version"
    said = subprocess.run([program, option], capture_output=True, text=True, check=True)
    return said.stdout.split()[1]


def ask_restic(restic: str, folder: Path, *, seed: int, count: int, now: int) -> list[Answer]:
    """Every history under every one of RULES rules: restic judges all in one go."""
    random = Random(seed)
    histories = [history(random, now=now) for _ in range(count)]
    rules = [rule(random) for _ in range(RULES)]
    said = restic_says.answers(restic, folder, histories, rules)
    return [
        (one, asked, kept)
        for asked, row in zip(rules, said, strict=True)
        for one, kept in zip(histories, row, strict=True)
    ]


def ask_borg(borg: str, folder: Path, *, seed: int, count: int, now: int) -> list[Answer]:
    """Every history under a rule of its own: borg judges one prefix at a time."""
    random = Random(seed)
    rules = [rule(random) for _ in range(count)]
    pairs = [
        (clear_of(now - within_seconds(asked), history(random, now=now)), asked) for asked in rules
    ]

    def part(number: int) -> Iterator[Answer]:
        mine = pairs[number::WORKERS]
        histories, wanted = [one for one, _ in mine], [asked for _, asked in mine]
        kept = borg_says.answers(borg, folder / str(number), histories, wanted)
        return zip(histories, wanted, kept, strict=True)

    with ThreadPoolExecutor(WORKERS) as pool:
        return [answer for answers in pool.map(part, range(WORKERS)) for answer in answers]


def ours(one: History, asked: RetentionRule, *, dialect: Dialect, now: int) -> set[int]:
    """The times we say the tool keeps."""
    kept = select(one.times, asked, zone=ZoneInfo(one.zone), dialect=dialect, now=now)
    return {one.times[position] for position in (range(len(one.times)) if kept is None else kept)}


def differences(answers: list[Answer], dialect: Dialect, now: int) -> list[Answer]:
    """The answers ours do not agree with."""
    return [each for each in answers if ours(each[0], each[1], dialect=dialect, now=now) != each[2]]


def main(tool: str, seed: int, count: int) -> int:
    """Record one tool's answers; 1 when ours differ anywhere."""
    program = shutil.which(tool) or sys.exit(f"{tool} is not on PATH")
    now = borg_says.now()
    with tempfile.TemporaryDirectory() as folder:
        ask = ask_restic if tool == "restic" else ask_borg
        answers = ask(program, Path(folder) / "repository", seed=seed, count=count, now=now)
    number = version(program)
    dialect = restic_dialect(number) if tool == "restic" else Dialect.BORG
    wrong = differences(answers, dialect, now)
    points = sum(len(one.times) for one, _, _ in answers)
    print(f"{tool} {number}: {len(answers)} keep-sets, {points} verdicts, {len(wrong)} differ")  # noqa: T201
    # Of restic's many answers two for each history: enough to hold us to, small enough for git.
    chosen = [
        each
        for at, each in enumerate(answers)
        if tool != "restic" or (at // count - at % count) % RULES in (0, 7)
    ]
    head: dict[str, Any] = {"tool": tool, "version": number, "seed": seed, "now": now}
    lines = [{**head, "dialect": dialect}, *(as_row(*each) for each in chosen)]
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    (GOLDEN / f"{tool}-{number}.jsonl").write_text(text, encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
