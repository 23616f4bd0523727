"""A drill of a container whose archive lies behind ssh, from phoenix.yaml to the record."""

from __future__ import annotations

from pathlib import Path

import pytest

from build_far import cutting, sshd
from build_guest import NAME, Estate, packed, require_lxc, rootfs
from phoenix_dr.app import drills
from phoenix_dr.core.evidence import Level


@pytest.mark.parametrize("cut", [False, True])
def test_an_archive_behind_ssh_is_drilled_and_a_broken_transfer_is_no_verdict(
    tmp_path: Path, cut: bool
) -> None:
    require_lxc()
    made = Estate(tmp_path)
    packed(rootfs(tmp_path / "guest"), made.dump / NAME)
    dying = cutting(tmp_path / "cut", 500_000)
    with sshd(tmp_path / "keys", dying if cut else "internal-sftp") as server:
        text = made.config.read_text().replace(
            f"directory: {made.dump}",
            f"directory: '{server.address(made.dump)}', known_hosts: {server.known}, "
            f"identity: {server.identity}",
        )
        made.config.write_text(text)
        if not cut:
            record = made.drilled()
            assert (record.ok, record.level) == (True, Level.STARTS), record
            return
        with made.context() as ctx:
            report = drills.run(ctx, drills.DrillRequest(("dns",)))
            assert (report.records, ctx.ledger.drills()) == ((), ())
    [(asset, error)] = report.failed
    assert (asset, error.code) == ("dns/adguard", "dump-away")
    assert made.left() == []
