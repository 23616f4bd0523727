"""Answers of PVE 8 and of PVE 9 to the same questions about the same cluster mean the same.

They are built from the documented forms (proxmox.md 1 to 6): in 8 numbers come as texts, keys that
have their default are missing, rules are texts or objects the other way round, and a refusal has
no `message`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from adapters.proxmox.engine import engine
from adapters.proxmox.fake_pve import running
from adapters.proxmox.fake_state import Fault, State
from adapters.proxmox.lab import NOW, SEEING, TOKEN, token
from phoenix_dr.adapters._http import Refusal
from phoenix_dr.adapters.proxmox.failures import failure
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.proxmox import Inventory

RELEASES = ("pve8", "pve9")


def recorded(release: str) -> dict[str, Any]:
    """Answers by path and refusals by name."""
    path = Path(__file__).parent / "answers" / f"{release}.json"
    found = json.loads(path.read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def shown(release: str, root: Path) -> Inventory:
    """What the engine makes of the answers of a release, over real HTTPS."""
    state = State(nodes={"pve1": True}, tokens={TOKEN: token(SEEING)})
    for path, data in recorded(release)["answers"].items():
        body = json.dumps({"data": data}).encode()
        state.faults[quote(path, safe="/")] = Fault(status=200, reason="OK", body=body)
    with running(state) as fake:
        found = engine(fake, root).inventory(now=NOW)
        assert set(fake.paths()) <= state.faults.keys(), "every answer is a recorded one"
    return found


def test_2_4_5_both_releases_show_the_same_cluster(tmp_path: Path) -> None:
    old, new = (shown(release, tmp_path) for release in RELEASES)
    assert (old.version, new.version) == ("8.0.4", "9.1.3")
    assert replace(old, version="") == replace(new, version="")


@pytest.mark.parametrize("release", RELEASES)
def test_2_guests_of_a_release(release: str, tmp_path: Path) -> None:
    nextcloud, games = shown(release, tmp_path).guests
    assert (nextcloud.vmid, nextcloud.tags, nextcloud.pool) == (210, ("prod", "web"), "prod")
    assert (games.vmid, games.running, games.lock) == (216, False, "backup")
    assert [(each.key, each.reason) for each in nextcloud.volumes or ()] == [
        ("rootfs", ""),
        ("mp0", "bind"),
    ]
    assert [(each.key, each.included) for each in games.volumes or ()] == [("scsi0", True)]


@pytest.mark.parametrize("release", RELEASES)
def test_3_5_jobs_storages_and_archives_of_a_release(release: str, tmp_path: Path) -> None:
    found = shown(release, tmp_path)
    rule = RetentionRule(daily=7, weekly=4)
    (job,) = found.jobs or ()
    assert (job.enabled, job.every, job.exclude, job.keep) == (True, True, (215,), rule)
    by_name = {each.id: each for each in found.storages}
    assert (by_name["nfs"].keep, by_name["nfs"].available) == (rule, 3000)
    assert (by_name["old"].disabled, by_name["old"].shared) == (True, True)
    assert not by_name["local"].shared
    assert [(each.vmid, each.size, each.protected) for each in found.archives] == [
        (210, 3486489024, True),
        (216, 9486489024, False),
    ]
    assert found.blind_spots == ()


@pytest.mark.parametrize("release", RELEASES)
def test_6_results_per_guest_of_a_release(release: str, tmp_path: Path) -> None:
    runs = {run.vmid: run for run in shown(release, tmp_path).runs}
    assert (runs[210].ok, runs[210].left_out) == (True, ("mp0",))
    assert (runs[216].ok, runs[216].detail) == (
        False,
        "job failed with err -5 - Input/output error",
    )


def told(release: str, name: str) -> tuple[str, dict[str, Any]]:
    """Code and facts of the error a refusal becomes."""
    said = recorded(release)["refusals"][name]
    body = b"" if said["body"] is None else json.dumps(said["body"]).encode()
    error = failure("pve1", Refusal(said["status"], said["reason"], body))
    assert error is not None
    return error.code, dict(error.parameters)


@pytest.mark.parametrize(
    ("name", "code", "detail"),
    [
        ("param", "proxmox-said", "storagee: property is not defined"),
        ("right", "proxmox-right", "/storage/nfs, Datastore.Allocate"),
        ("gone", "proxmox-said", "Configuration file 'nodes/pve1/lxc/999.conf' does not exist"),
        ("token", "proxmox-token", ""),
    ],
)
def test_1_a_refusal_without_message_says_the_same(name: str, code: str, detail: str) -> None:
    assert told("pve8", name) == told("pve9", name)
    found, facts = told("pve8", name)
    assert found == code
    assert str(facts.get("detail", "")).startswith(detail)
