"""Which copy a drill takes: never one of an engine that is only read, which is no fault of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters.pbs import pbs_lab
from adapters.pbs.fake_pbs import running as pbs_running
from adapters.proxmox.fake_guests import House as Guests
from adapters.proxmox.fake_guests import routes
from adapters.proxmox.fake_pve import running
from adapters.proxmox.lab import SECRET, TOKEN, lab, volid
from adapters.proxmox.test_guests import PLAIN, SEEN

CONFIG = """\
version: 1
language: en
timezone: UTC
here: worker
hosts: {{pve1: {{site: home}}, worker: {{site: home}}, far: {{site: office}}}}
locations: {{nas: {{host: pve1}}, vault: {{host: far}}}}
engines:
  pve1:
    kind: proxmox
    url: {pve.url}
    fingerprint: "{pve.fingerprint}"
    token: env:PVE
    storages: {{nfs: nas}}
{place}  pbs1:
    kind: pbs
    url: {pbs.url}
    fingerprint: "{pbs.fingerprint}"
    token: env:PBS
    datastores: {{store1: vault}}
    guests: pve1
policies:
  default: {{schedule: "0 */6 * * *", keep: {{last: 7}}, because: undo, to: [pve1/nfs]}}
services:
  web: {{assets: {{traefik: {{guest: pve1/210}}}}}}
"""
PLACE = "    drills: {numbers: 9000-9004, storage: local-lvm, node: pve1}\n"
NEWEST = volid("nfs", 210, 6)


@dataclass
class House:
    """One guest, saved on a Proxmox here and on a backup server elsewhere."""

    root: Path
    pve: Any
    pbs: Any

    def drill(self, *words: str, place: str = PLACE, code: int) -> subprocess.CompletedProcess[str]:
        """Type `phoenix drill run web`."""
        path = self.root / "phoenix.yaml"
        path.write_text(CONFIG.format(pve=self.pve, pbs=self.pbs, place=place))
        path.chmod(0o600)
        secrets = {"PVE": f"{TOKEN}={SECRET}", "PBS": f"{pbs_lab.TOKEN}:{pbs_lab.SECRET}"}
        given = ("--config", str(path), "--state", str(self.root / "state"))
        done = subprocess.run(
            [sys.executable, "-m", "phoenix_dr", "drill", "run", "web", *words, *given],
            env={**secrets, "PATH": os.environ["PATH"], "HOME": str(self.root)},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, (done.stdout, done.stderr)
        return done


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The house while both fakes run."""
    guests = Guests({NEWEST: PLAIN})
    with running(lab(SEEN), routes=routes(guests)) as pve, pbs_running(pbs_lab.lab()) as pbs:
        yield House(tmp_path, pve, pbs)


def test_a_copy_that_can_be_restored_is_taken_before_one_elsewhere_that_cannot(
    house: House,
) -> None:
    told = json.loads(house.drill("--json", code=0).stdout)
    (record,) = told["records"]
    assert (record["engine"], record["ok"], told["skipped"]) == ("pve1", True, [])


@pytest.mark.parametrize("words", [("--from", "vault"), ("--point", "store1:ct/210/")])
def test_an_engine_that_is_only_read_is_named_and_gives_no_verdict(
    house: House, words: tuple[str, ...]
) -> None:
    told = json.loads(house.drill(*words, "--json", code=3).stdout)
    assert told["records"] == []
    assert [(each["reason"], each["engine"]) for each in told["skipped"]] == [
        ("only-read-there", "pbs1")
    ]
    assert "pbs1, which is only read" in " ".join(house.drill(*words, code=3).stdout.split())


def test_a_point_nobody_has_is_said_to_be_missing(house: House) -> None:
    told = json.loads(house.drill("--point", "store1:ct/777/", "--json", code=3).stdout)
    assert [each["reason"] for each in told["skipped"]] == ["no-point-to-drill"]


def test_what_a_proxmox_lacks_is_said_in_a_sentence_of_both_languages(house: House) -> None:
    said = house.drill(place="", code=3).stdout
    assert said.strip() == (
        "web/traefik: pve1 has no place for drills; set `drills:` in phoenix.yaml"
    )
    french = " ".join(house.drill("--language", "fr", place="", code=3).stdout.split())
    assert french.startswith("web/traefik : pve1 n’a pas de place pour les exercices ; indiquez")
