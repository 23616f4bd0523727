"""Virtual machines through the whole of Phoenix: drilled, reported, audited; twins and bombs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from build_guest_image import CONF, TEXT, disk
from build_machine import NAME, Machines, facts, require_qemu, why
from build_vma import Vma, claiming
from phoenix_dr.app import drills, machine_drill
from phoenix_dr.core.evidence import Level
from phoenix_dr.sandboxes import qemu_console
from tools import program

BIG = disk(size=4 << 20)
CONFIG = "qemu-server.conf"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines here speak at once or never."""
    require_qemu()
    monkeypatch.setattr(machine_drill, "HEARD_SECONDS", 20.0)
    monkeypatch.setattr(qemu_console, "POLL", 0.1)


@pytest.fixture
def estate(tmp_path: Path) -> Machines:
    return Machines(tmp_path)


def phoenix(estate: Machines, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "phoenix_dr", *words],
        env=estate.environ, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


def asked(estate: Machines, *words: str) -> Any:
    found = phoenix(estate, *words, "--json")
    assert found.stdout, found.stderr
    return json.loads(found.stdout)


def test_a_drilled_machine_is_reported_and_audited(estate: Machines) -> None:
    estate.write()
    zipped(estate, estate.archive.read_bytes())
    assert "never-drilled" in json.dumps(asked(estate, "audit"))
    ran = phoenix(estate, "drill", "run", "dns", "--language", "fr")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"« {TEXT.decode()} »" in ran.stdout
    said = phoenix(estate, "drill", "report")
    assert (said.returncode, "tcg" in said.stdout or "kvm" in said.stdout) == (0, True), said
    audit = json.dumps(asked(estate, "audit"))
    assert "never-drilled" not in audit
    with estate.context() as ctx:
        [record] = ctx.ledger.drills()
    assert (record.ok, record.level, record.dirty) == (True, Level.STARTS, False)
    assert estate.left() == []


def zipped(estate: Machines, raw: bytes) -> None:
    """The archive packed by zstd instead of plain."""
    path = estate.dump / f"{NAME}.zst"
    argv = [program("zstd"), "-q", "-c"]
    path.write_bytes(subprocess.run(argv, input=raw, capture_output=True, check=True).stdout)
    estate.archive.unlink(missing_ok=True)


@pytest.mark.parametrize("packed", [True, False])
def test_a_twin_of_a_machine_is_caught_and_its_passes_count(estate: Machines, packed: bool) -> None:
    estate.write()
    if packed:
        zipped(estate, estate.archive.read_bytes())
    record = estate.drilled(mutate=True)
    assert (record.ok, record.level, record.mutated) == (False, Level.EXISTS, True)
    code = "archive-damaged" if packed else "vma-extent"
    assert facts(record, "restore")["error"] == code
    assert estate.drilled().level is Level.STARTS


def test_8_a_flipped_bit_where_nothing_runs_is_not_seen_and_the_record_says_so(
    estate: Machines,
) -> None:
    """VMA proves structure, not content: a plain archive passes, and claims no more than that."""
    content = bytearray(BIG)
    content[3 << 20] = 1
    raw = bytearray(Vma({"drive-scsi0": bytes(content)}, {"qemu-server.conf": CONF}).archive())
    at = len(raw) - 4096
    raw[at] ^= 2
    estate.archive.write_bytes(raw)
    record = estate.drilled()
    assert (record.ok, record.level) == (True, Level.STARTS)
    [said] = [each for each in record.checks if each.code == "archive-content"]
    assert said.ok is None
    zipped(estate, estate.archive.read_bytes())
    [said] = [each for each in estate.drilled().checks if each.code == "archive-content"]
    assert said.ok is True


def test_a_bomb_is_ko_by_what_its_machine_could_hold(estate: Machines) -> None:
    estate.archive.write_bytes(claiming(1 << 40, Vma({"drive-scsi0": disk()}, {CONFIG: CONF})))
    zipped(estate, estate.archive.read_bytes())
    record = estate.drilled()
    assert (record.ok, facts(record, "restore")["error"]) == (False, "archive-too-large")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
def test_a_bomb_that_fills_the_disk_is_no_verdict_and_leaves_nothing(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    tmpfs = ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0711", "tmpfs", str(small)]
    subprocess.run(tmpfs, check=True, timeout=20)
    try:
        estate = Machines(tmp_path / "estate", drill_dir=small)
        estate.write(disk() + b"bomb" * (16 << 20), CONF.replace(b",size=1M", b""))
        zipped(estate, estate.archive.read_bytes())
        with estate.context() as ctx:
            report = drills.run(ctx, drills.DrillRequest(("dns",)))
            assert (report.records, ctx.ledger.drills()) == ((), ())
        assert [error.code for _, error in report.failed] == ["no-space"]
        assert estate.left() == []
    finally:
        subprocess.run(["umount", str(small)], check=True, timeout=20)


def test_a_guest_that_was_a_container_once_is_drilled_as_what_its_point_is(
    estate: Machines,
) -> None:
    """The number stays, the kind may change: it is the point's, not the asset's."""
    estate.write()
    (estate.dump / NAME.replace("qemu", "lxc").replace(".vma", ".tar")).write_bytes(b"")
    record = estate.drilled(choice=NAME)
    assert (record.point, record.level) == (NAME, Level.STARTS)
    other = estate.drilled(choice=NAME.replace("qemu", "lxc").replace(".vma", ".tar"))
    assert (other.ok, why(other)) == (False, "restore")
