"""What the configuration of a virtual machine may ask of QEMU, and what its console means."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_guest_image import HOSTILE, start
from phoenix_dr.errors import EngineError
from phoenix_dr.sandboxes import qemu_line
from phoenix_dr.sandboxes.qemu_conf import Bios, Machine, parse_conf
from phoenix_dr.sandboxes.qemu_console import Console, Wanted
from phoenix_dr.sandboxes.qemu_line import Accelerator, Firmware, accelerators

NO_DISK = "no-bootable-device"


def test_a_configuration_becomes_a_machine() -> None:
    conf = (
        b"#notes: bios: ovmf\n#qmdump#map:scsi0:drive-scsi0:local:raw:\nagent: 1\n"
        b"bios: ovmf\nboot: order=scsi1;ide2;net0\ncores: 1\nsockets: 2\n"
        b"efidisk0: local:vm-1-disk-9,efitype=4m,size=4M\nide2: none,media=cdrom\n"
        b"machine: pc-q35-8.1+pve0\nmemory: current=1024\nscsihw: virtio-scsi-single\n"
        b"scsi0: local:vm-1-disk-0,size=1M,backup=0\nscsi1: local:vm-1-disk-1\n"
        b"sata0: local:iso/x.iso,media=cdrom\nvirtio10: local:vm-1-disk-2\nserial0: socket\n"
        b"tpmstate0: local:vm-1-disk-3\n[PENDING]\nbios: seabios\n[before]\nvirtio1: local:x\n"
    )
    assert parse_conf(conf) == Machine(
        bios=Bios.OVMF,
        chipset="q35",
        controller="virtio-scsi-pci",
        disks=("scsi1", "virtio10"),
        left_out=("scsi0",),
        order=("scsi1",),
        cores=2,
        memory=1024,
        serial=True,
        ignored=("tpmstate0",),
    )


@pytest.mark.parametrize(
    ("line", "order"),
    [
        (b"", ("ide1",)),
        (b"boot: cdn", ("ide1",)),
        (b"boot: c\nbootdisk: virtio0", ("virtio0",)),
        (b"boot: order=virtio0;ide1", ("virtio0", "ide1")),
        (b"boot: order=net0", ()),
        (b"boot: order=", ()),
    ],
)
def test_the_disk_to_start_from_is_the_one_proxmox_takes(
    line: bytes, order: tuple[str, ...]
) -> None:
    assert parse_conf(b"virtio0: a:b\nide1: a:c\n" + line).order == order


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (b"arch: aarch64", "arch=aarch64"),
        (b"bios: coreboot", "bios=coreboot"),
        (b"machine: virt", "machine=virt"),
        (b"scsihw: nvme", "scsihw=nvme"),
    ],
)
def test_what_would_be_another_machine_is_named_and_not_guessed(line: bytes, named: str) -> None:
    assert parse_conf(b"scsi0: a:b\n" + line).unsupported == (named,)
    assert parse_conf(b"scsi0: a:b\nmachine: q35,viommu=intel\narch: x86_64").unsupported == ()


def test_a_configuration_without_a_disk_is_an_error() -> None:
    with pytest.raises(EngineError, match="vm-conf-no-disk"):
        parse_conf(b"memory: 64\nide2: local:iso/x.iso,media=cdrom\nscsi31: a:b\n")


def test_nothing_of_a_hostile_configuration_reaches_the_command_line() -> None:
    machine = parse_conf(HOSTILE)
    assert machine.disks == ("scsi0",)
    assert (machine.memory, machine.cores) == (2048, 2)
    assert machine.ignored == ("args", "hookscript", "hostpci0", "usb0")
    assert not machine.serial
    line = qemu_line.command_line(start(replace(machine, unsupported=())))
    same = qemu_line.command_line(start(parse_conf(b"scsi0: a:b\nmemory: 2048\ncores: 2")))
    assert line == same
    assert line[line.index("-nic") :][:2] == ("-nic", "none")
    assert "shadow" not in " ".join(line)


@given(st.binary(max_size=300))
def test_no_configuration_brings_words_of_its_own(junk: bytes) -> None:
    """Whatever it says, the line is made of words the closed lists of ours already make."""
    machine = parse_conf(b"scsi0: a:b\n" + junk.replace(b"[", b""))
    for word in qemu_line.qemu(start(replace(machine, unsupported=()))):
        for part in word.replace("=", ",").split(","):
            assert (
                part.replace("-", "").replace("_", "").replace("/", "").replace(".", "").isalnum()
            )
            assert not part.startswith("/") or part.startswith("/disks/")


@pytest.mark.parametrize(
    ("conf", "device"),
    [
        (b"virtio3: a:b", "virtio-blk-pci,drive=virtio3,bootindex=1"),
        (b"ide3: a:b", "ide-hd,bus=ide.1,unit=1,drive=ide3,bootindex=1"),
        (b"ide3: a:b\nmachine: q35", "ide-hd,bus=ide.3,drive=ide3,bootindex=1"),
        (b"sata5: a:b", "ide-hd,bus=sata.5,drive=sata5,bootindex=1"),
        (b"scsi9: a:b", "scsi-hd,bus=hba1.0,scsi-id=2,drive=scsi9,bootindex=1"),
        (
            b"scsi9: a:b\nscsihw: virtio-scsi-pci",
            "scsi-hd,bus=hba0.0,channel=0,scsi-id=0,lun=9,drive=scsi9,bootindex=1",
        ),
    ],
)
def test_disks_hang_where_they_did(conf: bytes, device: str) -> None:
    assert device in qemu_line.qemu(start(parse_conf(conf)))


def test_ovmf_gets_its_code_read_only_and_the_kept_variables(tmp_path: Path) -> None:
    code, variables, kept = (tmp_path / name for name in ("code", "variables", "efidisk0"))
    variables.write_bytes(bytes(528))
    machine = parse_conf(b"bios: ovmf\nscsi0: a:b\nefidisk0: a:c,efitype=4m")
    one = start(machine, ("scsi0",))
    one = replace(one, firmware=Firmware(code, variables), disks={**one.disks, "efidisk0": kept})
    for size, store in ((4096, "/disks/efidisk0"), (100, str(variables))):
        kept.write_bytes(bytes(size))
        line = qemu_line.qemu(one)
        assert f"if=pflash,unit=0,format=raw,readonly=on,file={code}" in line
        assert f"if=pflash,unit=1,format=raw,snapshot=on,size=528,file={store}" in line
        assert not any(word.startswith("file=/disks/efidisk0,") for word in line)


@pytest.mark.skipif(os.geteuid() != 0, reason="others open it or not, whatever its mode")
def test_kvm_is_tried_only_where_nobody_could_open_it(tmp_path: Path) -> None:
    device = tmp_path / "kvm"
    tcg = Accelerator("tcg")
    assert accelerators(device) == (tcg,)
    device.touch()
    os.chown(device, 0, 0)
    for mode, group, first in ((0o600, 0, None), (0o660, 0, None), (0o660, 77, 77), (0o666, 0, 0)):
        device.chmod(mode)
        os.chown(device, 0, group)
        kvm = Accelerator("kvm", first or None)
        assert accelerators(device) == ((tcg,) if first is None else (kvm, tcg))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"SeaBIOS (version 1.16)\nBooting from Hard Disk...\nNo bootable device.", NO_DISK),
        (b"BdsDxe: No bootable option or device was found.", NO_DISK),
        (b"[ 1.0] Kernel panic - not syncing: VFS: Unable to mount root fs", "kernel-panic"),
        (b"error: no such partition.\nEntering rescue mode...\ngrub rescue>", "boot-loader"),
        (b"ALERT! UUID=x does not exist. Dropping to a shell!\n(initramfs) ", "no-root"),
        (b"SeaBIOS (version 1)\nup: hello\n" * 5, "reboot-loop"),
        (b"SeaBIOS (version 1)\nup: hello\nKernel panic - not syncing", "kernel-panic"),
        (b"SeaBIOS (version 1)\nup: hello\nSeaBIOS (version 1)\nup: hello\n", ""),
    ],
)  # fmt: skip
def test_what_a_machine_says_is_judged_however_it_is_cut(said: bytes, reason: str) -> None:
    for size in (1, 7, len(said)):
        console = Console(Wanted("up: hello", polls=0))
        for at in range(0, len(said), size):
            console.hear(said[at : at + size])
        assert (console.reason, console.is_up) == (reason, not reason)


def test_a_machine_that_starts_over_is_not_up_yet() -> None:
    console = Console(Wanted(polls=0))
    console.hear(b"SeaBIOS (version 1)\nhost login: ")
    assert console.is_up
    console.hear(b"SeaBIOS (version 1)\n")
    assert not console.is_decided


def test_the_firmware_alone_never_counts_as_up() -> None:
    console = Console(Wanted("SeaBIOS (version", polls=0))
    console.hear(b"SeaBIOS (version 1.16)\nBooting from Hard Disk...")
    assert not console.is_up


def test_much_noise_takes_little_memory_and_no_control_characters_pass() -> None:
    console = Console(Wanted(polls=0))
    for _ in range(64):
        console.hear(b"\x1b[31m\x07noise\r\n" * 4096)
    console.hear(b"the \x1b[2Jend\x00")
    assert len(console.said) <= 2000
    assert console.said.endswith("noise\nthe end")
