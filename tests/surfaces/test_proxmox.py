"""The command line against a fake Proxmox: what a token sees, and what an audit makes of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.proxmox.fake_pve import Fake, running
from adapters.proxmox.fake_state import Archive
from adapters.proxmox.lab import BLIND, SECRET, SEEING, TOKEN, lab, token

CONFIG = """\
version: 1
language: en
here: worker
hosts: {{pve1: {{site: home}}, worker: {{site: home}}}}
locations: {{nas: {{host: pve1}}}}
engines:
  pve1:
    kind: proxmox
    url: {url}
    fingerprint: "{fingerprint}"
    token: file:{token}
    storages: {{nfs: nas}}
policies:
  default: {{schedule: "0 */6 * * *", keep: {{last: 7}}, because: undo, to: [pve1/nfs]}}
services:
  dns: {{assets: {{adguard: {{guest: pve1/211}}}}}}
"""


@dataclass
class House:
    """A configuration that names a fake."""

    fake: Fake
    config: Path

    def phoenix(self, *arguments: str, code: int = 0) -> str:
        """Type a command; what it prints."""
        state = str(self.config.parent / "state")
        words = (*arguments, "--config", str(self.config), "--state", state)
        done = subprocess.run(
            [sys.executable, "-m", "phoenix_dr", *words], capture_output=True, text=True,
            cwd=self.config.parent, timeout=60, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, (done.stdout, done.stderr)
        assert SECRET not in done.stdout + done.stderr
        return done.stdout

    def allow(self, acl: dict[str, str]) -> None:
        """Give the token other roles."""
        self.fake.state.tokens[TOKEN] = token(acl)

    def coverage(self) -> dict[str, Any]:
        """What the audit says of the only asset."""
        done = subprocess.run(
            [
                *(sys.executable, "-m", "phoenix_dr", "audit", "--json"),
                *("--config", str(self.config), "--state", str(self.config.parent / "state")),
            ],
            capture_output=True, text=True, cwd=self.config.parent, timeout=60, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        (found,) = (
            each for each in json.loads(done.stdout)["coverages"] if each["asset"] == "dns/adguard"
        )
        assert isinstance(found, dict)
        return found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """One guest with a backup an hour ago."""
    now = int(datetime.now(UTC).timestamp())
    state = lab()
    state.archives = [
        Archive("nfs", f"nfs:backup/vzdump-lxc-211-2026_01_01-00_00_0{n}.tar.zst", 211, now - n)
        for n in (3600, 7200)
    ]
    secret = tmp_path / "token"
    secret.write_text(f"{TOKEN}={SECRET}\n")
    secret.chmod(0o600)
    config = tmp_path / "phoenix.yaml"
    with running(state) as fake:
        config.write_text(CONFIG.format(url=fake.url, fingerprint=fake.fingerprint, token=secret))
        config.chmod(0o600)
        yield House(fake, config)


def test_the_check_shows_version_nodes_and_what_the_token_sees(house: House) -> None:
    shown = house.phoenix("engine", "check", "pve1")
    assert "Proxmox VE 9.1.3; nodes: pve1, pve2" in shown
    assert "+ sees the described guests' backups in nfs, with their sizes" in shown
    assert "pveum acl modify / --roles PVEAuditor" in shown
    assert "pveum" not in house.phoenix("engine", "check"), "nothing is missing, nobody asked"
    (told,) = json.loads(house.phoenix("engine", "check", "--json"))
    assert (told["opened"], told["points"], told["rights"]["version"]) == (True, 2, "9.1.3")


def test_the_check_names_what_is_hidden_and_how_to_see_it(house: House) -> None:
    house.allow(BLIND)
    house.fake.state.nodes["pve2"] = False
    shown = house.phoenix("engine", "check", code=3)
    assert "nodes: pve1, pve2 (offline)" in shown
    assert "hides the backups" in shown
    assert "~ sees only when backups in nfs were made" in shown
    assert "pveum role add PhoenixRowsVM --privs VM.Audit,VM.Backup" in shown
    house.allow({})
    french = house.phoenix("engine", "check", "--language", "fr", code=3)
    assert "- ne peut pas voir les sauvegardes de nfs" in french


def test_an_auditor_token_gives_unknown_and_never_missing(house: House) -> None:
    house.allow(BLIND)
    blind = house.coverage()
    assert (blind["state"], blind["blind"]) == ("unknown", True)
    house.allow({})
    assert house.coverage()["state"] == "unknown"
    house.allow(SEEING)
    seen = house.coverage()
    assert (seen["blind"], seen["newest"] is not None) == (False, True)
    assert seen["state"] != "unknown"


def test_a_guest_that_is_really_not_saved_is_missing(house: House) -> None:
    house.fake.state.archives = []
    found = house.coverage()
    assert (found["state"], found["newest"]) == ("fail", None)


def test_a_guest_sent_elsewhere_is_still_unknown_while_its_own_engine_is_blind(
    house: House,
) -> None:
    text = house.config.read_text()
    engine = "policies:\n"
    other = f"  logs: {{kind: vzdump, directory: {house.config.parent}/dump, location: nas}}\n"
    text = text.replace(engine, other + engine).replace("to: [pve1/nfs]", "to: [logs]")
    (house.config.parent / "dump").mkdir()
    house.config.write_text(text)
    house.fake.state.archives = []
    assert house.coverage()["state"] == "fail"
    house.allow({})
    assert house.coverage()["state"] == "unknown"


def test_a_token_that_ran_out_hides_nothing_that_was_known(house: House) -> None:
    assert house.coverage()["blind"] is False
    house.fake.state.tokens[TOKEN].expired = True
    shown = house.phoenix("engine", "check", code=3)
    assert "does not accept the token" in shown
    found = house.coverage()
    assert (found["state"], found["newest"] is not None) == ("unknown", True)
