"""A guest's archive is drilled without any Proxmox: unpacked, started, probed, destroyed."""

from __future__ import annotations

from pathlib import Path

from build_guest import NAME, Estate, packed, rootfs
from phoenix_dr.core.evidence import Level


def test_an_archive_becomes_a_container_that_answers_and_is_gone_again(tmp_path: Path) -> None:
    estate = Estate(tmp_path)
    packed(rootfs(tmp_path / "guest"), estate.dump / NAME)
    record = estate.drilled()
    shown = {each.code: (each.ok, dict(each.parameters)) for each in record.checks}
    assert record.ok, shown
    assert (record.level, record.ceiling) == (Level.STARTS, Level.STARTS)
    assert record.isolated
    assert not record.dirty
    assert shown["guest-probe"][1]["good"] == 3
