"""The goals of a look at a cluster that noise cannot touch, at the smallest size."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import ROOT, program


@pytest.mark.live
def test_every_page_is_asked_for_once_and_memory_is_bounded(tmp_path: Path) -> None:
    program("openssl")
    out = tmp_path / "run.json"
    run = subprocess.run(
        [sys.executable, "-m", "bench", "--smoke", "--json", out, "--only", "cluster-look"],
        cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    found = json.loads(out.read_text())
    states = {bar["id"].partition(".")[2]: bar["state"] for bar in found["bars"]}
    assert {states[each] for each in ("requests", "pages", "growth", "kept")} == {"held"}
    facts = found["cases"]["cluster_look"]["facts"]
    assert facts["backups"] == facts["points"] == 20 * facts["claims"]
    assert facts["blind"] == 0
    # Nine tenths of the backups less, their pages are not asked for.
    gone = facts["backups"] * 9 // 10 // 500
    assert facts["requests"] - facts["requests_of_a_tenth"] == gone
    assert [name for name in os.listdir(tmp_path) if name.startswith("phoenix-")] == []
