"""The seed's example as typed: five containers, daily at 03:00, seven days, storage local."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from build_app import Ran
from build_jobs import NAMES, archive
from phoenix_dr.core.evidence import Evidence
from phoenix_dr.ledger import open_ledger

CONFIG = """\
version: 1
language: en
timezone: Europe/Paris
here: worker1
hosts: {pve1: {site: home}, worker1: {site: home}}
locations: {system: {host: pve1}}
engines:
  pve1:
    kind: proxmox
    url: https://pve1.lan:8006
    token: file:/etc/phoenix/pve1.token
    storages: {local: system}
    apply: handoff
  home: {kind: restic, repository: /srv/restic, location: system, password: "file:/etc/phoenix/pw"}
policies:
  guests: {schedule: "0 3 * * *", keep: {daily: 7}, because: undo a bad upgrade, to: [pve1/local]}
  default: {schedule: "0 3 * * *", keep: {daily: 7}, because: the same, to: [home]}
services:
  k3s: {assets: {vm: {guest: pve1/220}}}
"""


def house(root: Path) -> Path:
    """phoenix.yaml of the seed's example."""
    path = root / "phoenix.yaml"
    guests = "".join(
        f"  {name}: {{assets: {{guest: {{guest: pve1/{vmid}, policy: guests}}}}}}\n"
        for vmid, name in NAMES.items()
    )
    path.write_text(CONFIG + guests, encoding="utf-8")
    path.chmod(0o600)
    return path


def phoenix(config: Path, *arguments: str) -> Ran:
    """Type a command."""
    words = (*arguments, "--config", str(config), "--state", str(config.parent / "state"))
    done = subprocess.run(
        [sys.executable, "-m", "phoenix_dr", *words], capture_output=True, text=True,
        cwd=config.parent, timeout=60, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


def test_the_seeds_example_is_one_job_prepared_with_honest_findings(tmp_path: Path) -> None:
    config = house(tmp_path)
    told = phoenix(config, "protect", "plan", "pve1", "--handoff", "out", "--json")
    (made,) = json.loads(told.out)
    assert made["jobs"] == [
        {
            "id": "phoenix-guests", "schedule": "03:00", "storage": "local",
            "vmid": "200,210,211,215,216", "enabled": "1", "mode": "snapshot", "compress": "zstd",
            "prune-backups": "keep-daily=7", "remove": "1", "repeat-missed": "0",
            "comment": "Phoenix: policy guests",
        }
    ]  # fmt: skip
    found = {(each["code"], each["subject"]) for each in made["findings"]}
    assert {code for code, _ in found} == {
        "jobs-unseen", "guest-in-no-job", "schedule-too-thin", "copies-on-own-host",
    }  # fmt: skip
    assert ("guest-in-no-job", "k3s/vm") in found
    assert (made["changes"], made["losses"], made["state"]) == (None, [], "prepared")
    assert made["unseen"] == list(NAMES)
    names = {path.name for path in (tmp_path / "out" / "pve1").iterdir()}
    assert names == {"README.md", "backup-jobs.yml", "backup-jobs.tf", "backup-jobs.sh"}
    said = phoenix(config, "protect", "plan", "--handoff", "out")
    assert "- [ ] [phoenix→forge] configure the vzdump schedule of pve1: phoenix-guests" in said.out
    assert "Not handed over, not applied, not verified." in said.out
    french = phoenix(config, "protect", "plan", "--handoff", "out", "--language", "fr")
    assert "[phoenix→forge] configurer vzdump schedule" in french.out


def test_a_first_run_that_would_delete_is_shown_and_not_handed_over(tmp_path: Path) -> None:
    config = house(tmp_path)
    now = datetime.now(UTC)
    days = [f"{now - timedelta(days=day):%Y-%m-%dT03:00}" for day in range(1, 11)]
    ledger = open_ledger(tmp_path / "state" / "ledger.db")
    points = tuple(archive(210, day) for day in days)
    ledger.record(Evidence("pve1", now, points))
    ledger.close()
    shown = phoenix(config, "protect", "plan")
    assert "What the first run would remove:" in shown.out
    assert "of guests 200, 211, 215, 216 is unknown" in shown.out
    (made,) = json.loads(phoenix(config, "protect", "plan", "--json").out)
    (loss,) = made["losses"]
    assert (loss["asset"], len(loss["points"]), loss["remaining"]) == ("core/guest", 4, 7)
    refused = phoenix(config, "protect", "plan", "--handoff", "out")
    assert (refused.code, "would remove 4 archives" in refused.err) == (20, True)
    assert not (tmp_path / "out").exists()


def test_what_is_no_proxmox_and_files_of_others_are_refused(tmp_path: Path) -> None:
    config = house(tmp_path)
    assert phoenix(config, "protect", "plan", "home").code == 2
    assert phoenix(config, "protect", "plan", "nowhere").code == 2
    mine = tmp_path / "out" / "pve1" / "README.md"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine\n")
    assert phoenix(config, "protect", "plan", "--handoff", "out").code == 2
    assert [path.name for path in mine.parent.iterdir()] == ["README.md"]
    config.write_text(config.read_text().replace("0 3 * * *", "0 3 L * *"))
    refused = phoenix(config, "protect", "plan")
    assert (refused.code, "“L”" in refused.err) == (2, True)
