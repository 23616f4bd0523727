"""An engine of kind proxmox in phoenix.yaml: what it becomes, and every fault in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from build_config import estate, written
from phoenix_dr import config
from phoenix_dr.config import reading
from phoenix_dr.core.model import EngineSpec, SecretRef
from phoenix_dr.errors import ConfigError

PRINT = ":".join(["AB"] * 32)
HOUSE = f"""\
version: 1
here: pve1
hosts: {{pve1: {{site: home}}}}
locations: {{nas: {{host: pve1}}}}
engines:
  pve1:
    kind: proxmox
    url: https://pve1.lan:8006
    fingerprint: "{PRINT}"
    token: file:~/pve1.token
    storages: {{nfs-4tb: nas}}
    apply: handoff
policies:
  default: {{schedule: "@daily", keep: {{last: 7}}, because: undo, to: [pve1/nfs-4tb]}}
services:
  dns: {{assets: {{adguard: {{guest: pve1/211}}}}}}
"""
TRUST = f'    fingerprint: "{PRINT}"\n'


def changed(old: str, new: str) -> str:
    """The house with one piece replaced."""
    assert HOUSE.count(old) == 1, old
    return HOUSE.replace(old, new)


def test_it_knows_the_asset_of_each_guest_by_its_number(tmp_path: Path) -> None:
    made = estate(tmp_path, HOUSE)
    assert made.engines["pve1"] == EngineSpec(
        id="pve1",
        kind="proxmox",
        locations={"nfs-4tb": "nas"},
        password=SecretRef("file", "/home/ada/pve1.token"),
        apply="handoff",
        archives={"211": "dns/adguard"},
        settings={"url": "https://pve1.lan:8006", "fingerprint": PRINT},
    )
    assert made.destinations(made.asset("dns/adguard")) == ("pve1/nfs-4tb",)
    assert config.check(written(tmp_path, HOUSE)) == config.CheckReport((), ())


@pytest.mark.parametrize(
    ("new", "found"),
    [
        ("    ca: ~/ca.pem\n", {"ca": "/home/ada/ca.pem"}),
        ("    insecure: true\n", {"insecure": "1"}),
        ("    insecure: false\n", {}),
        ("", {}),
    ],
)
def test_whose_certificate_is_believed(tmp_path: Path, new: str, found: dict[str, str]) -> None:
    made = estate(tmp_path, changed(TRUST, new))
    url = {"url": "https://pve1.lan:8006"}
    assert dict(made.engines["pve1"].settings) == url | found


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("https://pve1", "http://pve1", ("engines.pve1.url", "proxmox-https")),
        ("https://pve1", "https://me:pw@pve1", ("engines.pve1.url", "bad-url")),
        ("    url: https://pve1.lan:8006\n", "", ("engines.pve1", "missing-key")),
        ("{nfs-4tb: nas}", "{}", ("engines.pve1.storages", "empty-block")),
        ("    storages: {nfs-4tb: nas}\n", "", ("engines.pve1", "missing-key")),
        (
            "{nfs-4tb: nas}",
            "{nfs-4tb: nass}",
            ("engines.pve1.storages.nfs-4tb", "unknown-location"),
        ),
        (PRINT, "AB:XY", ("engines.pve1.fingerprint", "bad-fingerprint")),
        (TRUST, TRUST + "    insecure: true\n", ("engines.pve1", "proxmox-trust")),
        (TRUST, TRUST + "    ca: /ca.pem\n", ("engines.pve1", "proxmox-trust")),
        ("file:~/pve1.token", "phoenix@pve!a=b", ("engines.pve1.token", "bare-secret")),
        ("    token:", "    tokens:", ("engines.pve1.tokens", "unknown-key-close")),
        ("pve1/nfs-4tb", "pve1/other", ("policies.default.to.0", "unknown-place")),
        ("pve1/211", "pve1/x", ("services.dns.assets.adguard.guest", "bad-guest")),
        ("pve1/211", "pve2/211", ("services.dns.assets.adguard.guest", "unknown-engine")),
    ],
)
def test_what_cannot_be_right_is_a_fault(
    tmp_path: Path, old: str, new: str, fault: tuple[str, str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        reading.load(written(tmp_path, changed(old, new)), tmp_path)
    assert fault in [(each.path, each.code) for each in caught.value.problems]
    assert "me:pw" not in repr(caught.value.problems)


def test_two_assets_cannot_be_one_guest(tmp_path: Path) -> None:
    text = changed("{guest: pve1/211}", "{guest: pve1/211}, again: {guest: pve1/211}")
    with pytest.raises(ConfigError) as caught:
        reading.load(written(tmp_path, text), tmp_path)
    assert [each.code for each in caught.value.problems] == ["named-twice"]
