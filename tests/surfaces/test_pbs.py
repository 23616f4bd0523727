"""The command line against a fake backup server: what its token sees, in both languages."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.pbs.fake_pbs import Fake, running
from adapters.pbs.pbs_lab import SECRET, TOKEN, lab
from adapters.pbs.pbs_state import Token

CONFIG = """\
version: 1
language: en
here: worker
hosts: {{far: {{site: office}}, worker: {{site: home}}}}
locations: {{vault: {{host: far}}, dump: {{host: worker}}}}
engines:
  dumps: {{kind: vzdump, directory: {root}/dump, location: dump}}
  pbs1:
    kind: pbs
    url: {url}
    fingerprint: "{fingerprint}"
    token: file:{root}/token
    datastores: {{store1: vault}}
    guests: dumps
policies:
  default: {{schedule: "0 */6 * * *", keep: {{last: 7}}, because: undo, to: [dumps]}}
services:
  traefik: {{assets: {{core: {{guest: dumps/210}}}}}}
"""


@dataclass
class House:
    """A configuration that names a fake."""

    fake: Fake
    config: Path

    def check(self, *arguments: str, code: int = 0) -> str:
        """Type `phoenix engine check pbs1`; what it prints."""
        state = str(self.config.parent / "state")
        words = ("engine", "check", "pbs1", *arguments)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "phoenix_dr", *words),
                *("--config", str(self.config), "--state", state),
            ],
            capture_output=True, text=True, cwd=self.config.parent, timeout=60, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, (done.stdout, done.stderr)
        assert SECRET not in done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A guest of a folder of archives whose numbers the server carries."""
    (tmp_path / "dump").mkdir()
    secret, config = tmp_path / "token", tmp_path / "phoenix.yaml"
    secret.write_text(f"{TOKEN}:{SECRET}\n")
    secret.chmod(0o600)
    with running(lab()) as fake:
        config.write_text(CONFIG.format(url=fake.url, fingerprint=fake.fingerprint, root=tmp_path))
        config.chmod(0o600)
        yield House(fake, config)


def test_the_check_shows_version_what_is_seen_and_the_lines(house: House) -> None:
    shown = house.check()
    assert "Proxmox Backup Server 4.0.11" in shown
    assert "+ sees every snapshot in store1" in shown
    assert "+ sees verify, prune and garbage collection of store1" in shown
    assert "acl update /datastore/store1 DatastoreAudit --auth-id 'phoenix@pbs!audit'" in shown
    (told,) = json.loads(house.check("--json"))
    assert (told["opened"], told["points"], told["rights"]["version"]) == (True, 3, "4.0.11")


def test_the_check_says_what_is_hidden_in_both_languages(house: House) -> None:
    house.fake.state.tokens[TOKEN] = Token(SECRET, {"/datastore/store1": "DatastoreBackup"})
    shown = house.check(code=3)
    assert "~ sees in store1 only groups it owns" in shown
    assert "- does not see the jobs of store1" in shown
    french = house.check("--language", "fr", code=3)
    assert "~ ne voit dans store1 que les groupes qui lui appartiennent" in french
    assert "proxmox-backup-manager user generate-token phoenix@pbs audit" in french
    house.fake.state.tokens[TOKEN] = Token(SECRET, {})
    assert "- sees nothing of store1" in house.check(code=3)
    assert "- ne voit rien de store1" in house.check("--language", "fr", code=3)


def test_a_refused_token_is_told_in_both_languages(house: House) -> None:
    house.fake.state.tokens[TOKEN].expired = True
    assert "engine pbs1 does not accept the token" in house.check(code=3)
    assert "le moteur pbs1 n’accepte pas le jeton" in house.check("--language", "fr", code=3)
