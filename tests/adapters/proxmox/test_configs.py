"""What a backup takes of each guest, by its configuration; storages and their own rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.proxmox.engine import engine
from adapters.proxmox.fake_pve import Fake, running
from adapters.proxmox.fake_state import Fault, Guest, Storage
from adapters.proxmox.lab import BLIND, NOW, SEEING, TOKEN, lab, token
from phoenix_dr.adapters.proxmox.volumes import has_disks_in_args, of_container, of_machine
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.proxmox import Guest as Seen
from phoenix_dr.core.proxmox import Inventory, Volume
from phoenix_dr.core.proxmox import Storage as Place

WEEK = RetentionRule(daily=7)


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A fake whose token may see everything."""
    with running(lab()) as found:
        yield found


def inventory(fake: Fake, root: Path) -> Inventory:
    """Everything the engine shows."""
    return engine(fake, root).inventory(now=NOW)


def guest(found: Inventory, vmid: int) -> Seen:
    """One guest of a look."""
    return next(each for each in found.guests if each.vmid == vmid)


def storage(found: Inventory, name: str) -> Place:
    """One storage of a look."""
    return next(each for each in found.storages if each.id == name)


def reasons(found: Inventory) -> list[tuple[str, str]]:
    """Reason and detail of every blind spot."""
    return [(spot.reason, spot.detail) for spot in found.blind_spots]


def out(volumes: tuple[Volume, ...]) -> dict[str, str]:
    """Key → reason of what is left out."""
    return {each.key: each.reason for each in volumes if not each.included}


def kept(volumes: tuple[Volume, ...]) -> list[str]:
    """Keys of what is in."""
    return [each.key for each in volumes if each.included]


# ---- Section 4: what is really in a backup ----------------------------------------------------


def test_4_the_configuration_says_what_the_server_says_of_its_jobs(
    fake: Fake, tmp_path: Path
) -> None:
    found = inventory(fake, tmp_path)
    told = {each.vmid: each.volumes for each in found.covered if each.job == "nightly"}
    for vmid in (210, 211, 216):
        assert guest(found, vmid).volumes == told[vmid]
    assert out(guest(found, 210).volumes or ()) == {"mp0": "bind", "mp1": "disabled"}
    assert out(guest(found, 216).volumes or ()) == {"scsi2": "disabled"}
    assert reasons(found) == []


def test_4_bind_mounts_and_devices_are_never_in_even_with_backup_1() -> None:
    config = {
        "rootfs": "local-lvm:vm-1-disk-0,size=8G",
        "mp0": "/srv/data,mp=/data,backup=1",
        "mp1": "/dev/sdb1,mp=/disk,backup=1",
        "mp10": "volume=local-lvm:vm-1-disk-2,mp=/c,backup=1",
        "mp2": "local-lvm:vm-1-disk-1,mp=/b",
        "unused0": "local-lvm:vm-1-disk-9",
        "hostname": "web",
    }
    found = of_container(config)
    assert [each.key for each in found] == ["rootfs", "mp0", "mp1", "mp2", "mp10"]
    assert out(found) == {"mp0": "bind", "mp1": "device", "mp2": "disabled"}
    assert found[4].name == "local-lvm:vm-1-disk-2"


def test_4_a_mount_point_without_the_key_is_out_and_a_disk_without_it_is_in() -> None:
    assert kept(of_container({"rootfs": "a:b", "mp0": "a:c,mp=/c"})) == ["rootfs"]
    assert kept(of_container({"rootfs": "a:b,backup=0", "mp0": "a:c,backup=1"})) == [
        "rootfs",
        "mp0",
    ]
    disks = {"scsi0": "a:b", "scsi1": "a:c,backup=1", "scsi2": "a:d,backup=0"}
    assert kept(of_machine(disks)) == ["scsi0", "scsi1"]


def test_4_a_raw_mount_of_a_folder_of_the_host_is_named() -> None:
    lines = [
        ["lxc.mount.entry", "/srv/films films none bind,create=dir 0 0"],
        ["lxc.mount.entry", "/dev/dri dev/dri none bind,optional,create=dir"],
        ["lxc.cgroup2.devices.allow", "c 226:0 rwm"],
        ["lxc.mount.entry", "/tank/books books none bind 0 0"],
        "odd",
        ["lxc.mount.entry"],
        ["lxc.mount.entry", ""],
    ]
    found = of_container({"rootfs": "a:b", "lxc": lines})
    assert [(each.key, each.name, each.reason) for each in found[1:]] == [
        ("lxc.mount.entry.0", "/srv/films", "bind"),
        ("lxc.mount.entry.1", "/tank/books", "bind"),
    ]
    assert of_container({"rootfs": "a:b", "lxc": "no list"}) == found[:1]


def test_4_cd_drives_and_unused_disks_are_no_disks_and_an_efi_disk_needs_ovmf() -> None:
    config = {
        "scsi0": "a:vm-1-disk-0,size=8G",
        "ide2": "local:iso/debian.iso,media=cdrom",
        "ide3": "a:vm-1-cloudinit,media=cdrom",
        "unused0": "a:vm-1-disk-9",
        "efidisk0": "a:vm-1-disk-1,efitype=4m",
        "tpmstate0": "a:vm-1-disk-2,version=v2.0",
        "scsihw": "virtio-scsi-single",
    }
    assert kept(of_machine(config)) == ["scsi0", "tpmstate0"]
    assert out(of_machine(config)) == {"efidisk0": "efidisk"}
    assert out(of_machine({**config, "bios": "ovmf"})) == {}


def test_4_what_is_handed_through_is_named_and_in_no_backup() -> None:
    config = {
        "scsi0": "a:b",
        "hostpci0": "0000:01:00.0,pcie=1",
        "hostpci1": "mapping=gpu",
        "usb0": "host=0951:1666",
        "usb1": "spice",
        "virtiofs0": "dirid=films,cache=auto",
    }
    found = {each.key: each for each in of_machine(config)}
    assert out(tuple(found.values())) == {
        "hostpci0": "passthrough",
        "hostpci1": "passthrough",
        "usb0": "passthrough",
        "virtiofs0": "bind",
    }
    assert (found["hostpci1"].name, found["usb0"].name) == ("gpu", "0951:1666")
    assert found["virtiofs0"].name == "films"


def test_4_disks_in_raw_arguments_cannot_be_seen_and_that_is_told(
    fake: Fake, tmp_path: Path
) -> None:
    assert reasons(inventory(fake, tmp_path)) == []
    fake.state.guests[4].config["args"] = "-drive file=/tank/raw.img,if=virtio -cpu host"
    assert reasons(inventory(fake, tmp_path)) == [("proxmox-disks-unseen", "216")]
    assert not has_disks_in_args({"args": "-cpu host,+aes -device vfio-pci"})
    assert not has_disks_in_args({})


@pytest.mark.parametrize(
    "config",
    [
        {"rootfs": None, "mp0": 7, "lxc": [[1, 2], [["lxc.mount.entry"], None]], "mp99999999": "a"},
        {"scsi0": {}, "usb0": [], "hostpci0": "", "args": ["-drive"], "efidisk0": None},
        {"mp0": ",,,=,==,volume=", "rootfs": "x" * 100_000},
        {f"mp{number}": "/x" for number in range(3000)},
    ],
)
def test_4_no_configuration_however_odd_stops_a_look(config: dict[str, Any]) -> None:
    assert len(of_container(config)) <= 512
    assert len(of_machine(config)) <= 512
    has_disks_in_args(config)


def test_4_the_configuration_asked_for_is_the_one_in_force(fake: Fake, tmp_path: Path) -> None:
    inventory(fake, tmp_path)
    asked = [path for _, path in fake.asked if "/config" in path]
    assert len(asked) == 5
    assert all(path.endswith("config?current=1") for path in asked)


def test_4_a_lock_and_a_name_the_list_hides_come_from_the_configuration(
    fake: Fake, tmp_path: Path
) -> None:
    first, last = fake.state.guests[0], fake.state.guests[4]
    first.config |= {"lock": "backup", "hostname": "runner-of-old"}
    last.name, last.config = "", {**last.config, "name": "games"}
    found = inventory(fake, tmp_path)
    assert (guest(found, 200).lock, guest(found, 200).name) == ("backup", "runner")
    assert (guest(found, 216).lock, guest(found, 216).name) == ("", "games")


def test_4_configurations_the_token_may_not_read_are_not_asked_for(
    fake: Fake, tmp_path: Path
) -> None:
    acl = {**SEEING, "/vms": "NoAccess", "/vms/210": "AuditorAndRows"}
    fake.state.tokens[TOKEN] = token(acl)
    found = inventory(fake, tmp_path)
    assert [each.vmid for each in found.guests if each.volumes is not None] == [210]
    assert [path for path in fake.paths() if path.endswith("/config")] == [
        "/nodes/pve1/lxc/210/config"
    ]


def test_4_guests_of_an_offline_node_have_unknown_volumes_and_not_none_at_all(
    fake: Fake, tmp_path: Path
) -> None:
    fake.state.nodes["pve2"] = False
    found = inventory(fake, tmp_path)
    assert guest(found, 215).volumes is None
    assert guest(found, 210).volumes is not None
    assert not [path for path in fake.paths() if "/215/config" in path]


def test_1_a_guest_that_went_away_meanwhile_is_told_and_the_others_are_read(
    fake: Fake, tmp_path: Path
) -> None:
    fake.state.faults["/nodes/pve1/lxc/211/config"] = Fault(status=500, reason="does not exist")
    found = inventory(fake, tmp_path)
    assert guest(found, 211).volumes is None
    assert guest(found, 216).volumes is not None
    assert reasons(found) == [("proxmox-configs-unread", "211")]


def test_1_a_node_that_stops_answering_is_not_asked_a_thousand_times(
    fake: Fake, tmp_path: Path
) -> None:
    more = [Guest(1000 + n, "lxc", "pve2", f"n{n}", {"rootfs": "a:b"}) for n in range(300)]
    fake.state.guests += more
    for each in more:
        path = f"/nodes/pve2/lxc/{each.vmid}/config"
        fake.state.faults[path] = Fault(status=595, reason="No route to host")
    found = inventory(fake, tmp_path)
    assert len([path for path in fake.paths() if path.endswith("/config")]) < 40
    assert guest(found, 210).volumes is not None
    assert all(guest(found, each.vmid).volumes is None for each in more)
    ((reason, detail),) = reasons(found)
    assert reason == "proxmox-configs-unread"
    assert detail.count(",") == 5, "five are named and the rest counted"


# ---- Section 5: storages ----------------------------------------------------------------------


def test_9_the_rule_of_a_storage_is_read_and_no_rule_is_not_unknown(
    fake: Fake, tmp_path: Path
) -> None:
    found = inventory(fake, tmp_path)
    nfs, local = storage(found, "nfs"), storage(found, "local")
    assert (nfs.keep, nfs.keep_known) == (RetentionRule(last=7), True)
    assert (local.keep, local.keep_known) == (None, True)


@pytest.mark.parametrize(
    ("rule", "keep"),
    [
        ("keep-daily=7", WEEK),
        ({"keep-daily": "7"}, WEEK),
        ({"keep-daily": 7, "keep-weekly": "0"}, WEEK),
        ("keep-all=1", RetentionRule()),
        ({"keep-all": "1"}, RetentionRule()),
    ],
)
def test_3_a_rule_is_a_text_or_an_object_with_texts_or_numbers(
    fake: Fake, tmp_path: Path, rule: Any, keep: RetentionRule
) -> None:
    fake.state.storages[0].prune = rule
    found = storage(inventory(fake, tmp_path), "nfs")
    assert (found.keep, found.keep_known) == (keep, True)


@pytest.mark.parametrize("rule", ["keep-moons=3", {"keep-daily": "many"}, 7, ["keep-last=1"]])
def test_3_a_rule_nobody_understands_is_unknown(fake: Fake, tmp_path: Path, rule: Any) -> None:
    fake.state.storages[0].prune = rule
    found = storage(inventory(fake, tmp_path), "nfs")
    assert (found.keep, found.keep_known) == (None, False)


def test_5_rules_of_storages_the_token_may_not_see_are_unknown(fake: Fake, tmp_path: Path) -> None:
    fake.state.faults["/storage"] = Fault(status=500, reason="cfs-lock")
    found = inventory(fake, tmp_path)
    assert storage(found, "nfs").keep_known is False
    assert ("proxmox-said", "/storage: cfs-lock") in reasons(found)


def test_5_a_storage_that_is_switched_off_is_there_and_off(fake: Fake, tmp_path: Path) -> None:
    fake.state.storages.append(Storage("old", disabled=True, prune="keep-last=3"))
    fake.state.storages.append(Storage("isos", content="iso", disabled=True))
    found = inventory(fake, tmp_path)
    old = storage(found, "old")
    assert (old.disabled, old.active, old.inactive) == (True, (), ("pve1", "pve2"))
    assert (old.shared, old.total, old.keep) == (True, None, RetentionRule(last=3))
    assert "isos" not in {each.id for each in found.storages}
    assert not storage(found, "nfs").disabled


def test_5_a_storage_a_job_names_and_nobody_has_is_nowhere(fake: Fake, tmp_path: Path) -> None:
    found = inventory(fake, tmp_path)
    assert {job.storage for job in found.jobs or ()} == {"nfs", "gone"}
    assert "gone" not in {each.id for each in found.storages}
    fake.state.storages.append(Storage("gone", shared=0, type="dir", nodes=("pve2",)))
    fake.state.nodes["pve2"] = False
    there = storage(inventory(fake, tmp_path), "gone")
    assert (there.disabled, there.active, there.inactive) == (False, (), ())


def test_5_an_auditor_sees_configurations_and_still_no_rows(fake: Fake, tmp_path: Path) -> None:
    fake.state.tokens[TOKEN] = token(BLIND)
    found = inventory(fake, tmp_path)
    assert guest(found, 210).volumes is not None
    assert storage(found, "nfs").keep_known
    assert all(each.size is None for each in found.archives)
