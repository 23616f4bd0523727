"""The goals that noise cannot touch: engine processes counted, work that grows with its data."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools import ROOT, program

PHOENIX = Path(sys.executable).parent / "phoenix"
Run = subprocess.CompletedProcess[str]


def bench(out: Path, *words: str | Path) -> Run:
    """One run of the harness at its smallest size."""
    return subprocess.run(
        [sys.executable, "-m", "bench", "--smoke", "--json", out, *words],
        cwd=ROOT, env={**os.environ, "TMPDIR": str(out.parent)},
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip


def judged(out: Path) -> dict[str, dict[str, Any]]:
    """Verdicts by goal."""
    return {bar["id"]: bar for bar in json.loads(out.read_text())["bars"]}


@pytest.mark.live
def test_engine_processes_and_growth_hold(tmp_path: Path) -> None:
    program("restic")
    out = tmp_path / "run.json"
    run = bench(out, "--only", "P2,P8,P9.engines")
    assert run.returncode == 0, run.stdout + run.stderr
    bars = judged(out)
    quiet = {name: bars[name]["found"] for name, bar in bars.items() if not bar["noise"]}
    assert quiet.pop("P8.growth") <= 12
    assert quiet == {"P2": 1, "P8.engines": 0, "P9.engines": 0}
    assert os.listdir(tmp_path) == ["run.json"], "temporary data is left"


def test_deciding_takes_no_more_memory_for_more_points(tmp_path: Path) -> None:
    out = tmp_path / "run.json"
    run = bench(out, "--only", "P13")
    assert run.returncode == 0, run.stdout + run.stderr
    bars = judged(out)
    assert set(bars) == {"P13.select", "P13.decide", "P13.growth", "P13.memory"}
    assert bars["P13.memory"]["state"] == "held"
    kept = json.loads(out.read_text())["cases"]["deciding"]["facts"]["kept"]
    assert 0 < kept["restic"] == kept["decide"] < kept["borg"]


def wrapper(path: Path, *lines: str) -> Path:
    """A command that stands for phoenix."""
    path.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_second_engine_process_is_a_goal_missed(tmp_path: Path) -> None:
    program("restic")
    wasteful = wrapper(tmp_path / "wasteful", "restic version >&2", f'exec {PHOENIX} "$@"')
    out = tmp_path / "run.json"
    run = bench(out, "--only", "P2", "--phoenix", wasteful)
    assert run.returncode == 0, run.stdout + run.stderr
    found = judged(out)["P2"]
    assert found["state"] == "MISSED"
    assert found["found"] > 1


@pytest.mark.parametrize(
    ("lines", "said"), [(("exit 9",), "ended with 9"), (("echo '{\"copies\": []}'",), "no point")]
)
def test_a_failed_side_is_no_measurement(tmp_path: Path, lines: tuple[str], said: str) -> None:
    program("restic")
    broken = wrapper(tmp_path / "broken", *lines)
    run = bench(tmp_path / "run.json", "--only", "P2", "--phoenix", broken)
    assert run.returncode == 1, run.stdout + run.stderr
    assert said in judged(tmp_path / "run.json")["P2"]["reason"]
    assert sorted(os.listdir(tmp_path)) == ["broken", "run.json"]


def test_a_missing_engine_is_skipped_and_said(tmp_path: Path) -> None:
    out = tmp_path / "run.json"
    run = subprocess.run(
        [sys.executable, "-m", "bench", "--smoke", "--json", out, "--only", "P1,P2"],
        cwd=ROOT, env={"PATH": str(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert {bar["state"] for bar in judged(out).values()} == {"skipped"}
    assert run.stdout.count("restic is not installed") == 2
