"""The goals of a look at a Proxmox and of reading a VMA archive that noise cannot touch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import ROOT, program

WORDS = ("--only", "proxmox-look,vma-read")


@pytest.mark.live
def test_requests_pages_and_memory_hold(tmp_path: Path) -> None:
    program("openssl")
    out = tmp_path / "run.json"
    run = subprocess.run(
        [sys.executable, "-m", "bench", "--smoke", "--json", out, *WORDS],
        cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    found = json.loads(out.read_text())
    states = {bar["id"]: bar["state"] for bar in found["bars"] if not bar["noise"]}
    assert states["proxmox-look.requests"] == states["proxmox-look.pages"] == "held"
    # Extents of 4 MiB come and go: small disks differ by one or two of them, whatever their size.
    assert found["cases"]["vma_read"]["values"]["grown_mib"] < 8
    facts = found["cases"]["proxmox_look"]["facts"]
    assert facts["archives"] == facts["points"] == 1000
    assert facts["blind"] == 0
    assert facts["requests"] == facts["requests_of_a_tenth"] > facts["guests"]
    # The certificate of the cluster is its own process' to remove.
    assert [name for name in os.listdir(tmp_path) if name.startswith("phoenix-")] == []
