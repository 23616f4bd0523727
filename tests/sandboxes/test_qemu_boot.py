"""Virtual machines out of VMA archives, started in a real QEMU: those that work and those not."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from build_guest_image import CONF, HOSTILE, SIGNATURE, TEXT, disk, flipped, start
from build_machine import Machines, facts, require_qemu, why
from build_processes import as_user, forked, killed
from build_vma import Vma
from phoenix_dr import config
from phoenix_dr.app import drills as running_drills
from phoenix_dr.app import machine_drill
from phoenix_dr.app.drill_folder import drill_dir
from phoenix_dr.core.evidence import Level
from phoenix_dr.sandboxes import qemu, qemu_console, qemu_line
from phoenix_dr.sandboxes.collecting import gc
from phoenix_dr.sandboxes.directory import Spec, open_sandbox
from phoenix_dr.sandboxes.journal import new_id
from phoenix_dr.sandboxes.qemu_conf import parse_conf
from phoenix_dr.sandboxes.qemu_console import Wanted
from tools import program

# Not for their time: installing QEMU would take longer than the tests do.
NO_DISK = "no-bootable-device"
HERE = Wanted(TEXT.decode(), seconds=20, polls=1)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines here speak at once or never."""
    require_qemu()
    monkeypatch.setattr(machine_drill, "HEARD_SECONDS", 20.0)
    monkeypatch.setattr(machine_drill, "DUMB_SECONDS", 2.0)
    monkeypatch.setattr(qemu_console, "POLL", 0.1)


@pytest.fixture
def drills(tmp_path: Path) -> Iterator[Machines]:
    found = Machines(tmp_path)
    yield found
    assert found.left() == []
    # What a killed jail held ends a moment after it.
    until = time.monotonic() + 10
    while running(found.drill_dir) and time.monotonic() < until:
        time.sleep(0.05)
    assert running(found.drill_dir) == []


def running(folder: Path) -> list[str]:
    """Processes that live in a drill's jail: what they have mounted lies below its folder."""
    found = []
    ours = os.fsencode(Path(*folder.parts[-1:])) + b"/"
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if ours in (path / "mountinfo").read_bytes():
                found.append((path / "comm").read_text().strip())
        except OSError:
            continue
    return found


@pytest.mark.parametrize(
    ("chipset", "key"),
    [("pc", "scsi0"), ("pc", "ide0"), ("q35", "virtio0"), ("q35", "sata1"), ("q35", "ide0")],
)
def test_a_machine_out_of_an_archive_starts(drills: Machines, chipset: str, key: str) -> None:
    conf = f"machine: {chipset}\nscsihw: virtio-scsi-pci\nmemory: 64\n{key}: a:b\n".encode()
    content = disk()
    drills.archive.write_bytes(Vma({f"drive-{key}": content}, {"qemu-server.conf": conf}).archive())
    found = drills.drilled()
    assert (found.ok, found.level, found.ceiling) == (True, Level.STARTS, Level.STARTS), found
    booted = facts(found, "vm-starts")
    assert booted["accelerator"] in ("tcg", "kvm")
    assert 0 <= int(booted["seconds"]) < 20
    assert TEXT.decode() in str(booted["said"])
    assert facts(found, "vm-service") == {"mark": TEXT.decode()}
    assert [phase.name for phase in found.phases] == [
        "provision", "fetch", "check", "start", "check",
    ]  # fmt: skip
    assert found.isolated


def test_a_hostile_configuration_starts_like_any_other(drills: Machines) -> None:
    drills.write(disk(), HOSTILE.replace(b"machine: pc -drive file=/etc/shadow\n", b"").replace(
        b"scsihw: virtio-scsi-pci,file=/etc/shadow\n", b""))  # fmt: skip
    found = drills.drilled()
    assert found.level is Level.STARTS, found.checks
    assert facts(found, "vm-starts")["ignored"] == "args, hookscript, hostpci0, usb0"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (bytes(1 << 20), NO_DISK),
        (flipped(disk(), SIGNATURE), NO_DISK),
        (flipped(disk(), disk().index(TEXT)), "not-up-in-time"),
        (flipped(disk(), 6), "not-up-in-time"),
        (disk("fault"), "reboot-loop"),
        (disk("off"), "powered-off"),
        (disk(text=b"Kernel panic - not syncing"), "kernel-panic"),
    ],
    ids=["zeroed", "signature", "text", "code", "fault", "off", "panic"],
)
def test_an_archive_that_is_whole_and_does_not_start_is_ko(
    drills: Machines, content: bytes, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if reason == "not-up-in-time":
        monkeypatch.setattr(machine_drill, "HEARD_SECONDS", 2.5)
    drills.write(content)
    found = drills.drilled()
    assert (found.ok, found.level, why(found)) == (False, Level.RESTORES, f"vm-starts {reason}")


def test_a_truncated_archive_is_ko_before_anything_starts(drills: Machines) -> None:
    drills.write(disk())
    drills.archive.write_bytes(drills.archive.read_bytes()[:-5000])
    found = drills.drilled()
    assert (found.ok, found.level, why(found)) == (False, Level.EXISTS, "restore")


def test_an_archive_without_its_configuration_is_ko(drills: Machines) -> None:
    drills.write(disk(), None)
    found = drills.drilled()
    assert found.ok is False
    assert facts(found, "restore")["error"] == "vm-conf-missing"


def test_an_archive_whose_parts_overwrite_each_other_is_ko(drills: Machines) -> None:
    configs = {"qemu-server.conf": CONF, "drive-scsi0.raw": b"other"}
    drills.archive.write_bytes(Vma({"drive-scsi0": disk()}, configs).archive())
    found = drills.drilled()
    assert found.ok is False
    assert facts(found, "restore")["error"] == "vma-file-exists"


@pytest.mark.skipif(os.geteuid() != 0, reason="is an unprivileged user already")
def test_an_unprivileged_user_starts_it_too() -> None:
    folder = Path(tempfile.mkdtemp())
    made = Machines(folder)
    made.write()
    for path in (folder, *folder.rglob("*"), made.drill_dir):
        os.chown(path, 12345, 12345)
    try:
        assert as_user(12345, lambda: made.drilled().level is Level.STARTS)
    finally:
        shutil.rmtree(folder)


def test_a_disk_the_archive_should_hold_and_does_not_is_ko(drills: Machines) -> None:
    drills.write(disk(), CONF + b"scsi1: a:b\n")
    assert why(drills.drilled()) == "vm-disk-here"


def test_a_disk_left_out_on_purpose_caps_the_level(drills: Machines) -> None:
    drills.write(disk(), CONF + b"scsi1: a:b,backup=0\n")
    found = drills.drilled()
    assert (found.ok, found.level, why(found)) == (True, Level.RESTORES, "vm-disk-here")


@pytest.mark.parametrize(
    ("conf", "reason"),
    [
        (b"boot: order=net0\nscsi0: a:b", "starts-elsewhere"),
        (b"bios: coreboot\nscsi0: a:b", "unsupported"),
        (b"bios: ovmf\nefidisk0: a:c,efitype=8m\nscsi0: a:b", "no-firmware"),
    ],
)
def test_what_cannot_be_started_here_stops_below_starts(
    drills: Machines, conf: bytes, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qemu_line, "_FIRMWARE", {False: (), True: ()})
    drills.write(disk(), conf)
    found = drills.drilled()
    assert (found.ok, found.level, why(found)) == (True, Level.RESTORES, f"vm-starts {reason}")


@pytest.mark.parametrize(("serial", "ok"), [(b"", True), (b"serial0: socket\n", False)])
def test_silence_is_ko_only_of_a_guest_with_a_console(
    tmp_path: Path, serial: bytes, ok: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine_drill, "HEARD_SECONDS", 2.0)
    estate = Machines(tmp_path, check="")
    estate.write(disk(), CONF + serial)
    found = estate.drilled()
    assert (found.ok, found.level) == (ok, Level.RESTORES)
    assert why(found) == f"vm-starts {'no-console' if ok else 'not-up-in-time'}"


@pytest.mark.parametrize(
    ("check", "reason", "ceiling"),
    [
        ("", "no-text", Level.RESTORES),
        ("{asset: adguard, command: [/bin/true]}", "no-agent", Level.STARTS),
    ],
)
def test_a_login_prompt_proves_the_system_and_not_the_service(
    tmp_path: Path, check: str, reason: str, ceiling: Level
) -> None:
    estate = Machines(tmp_path, check=check)
    estate.write(disk(text=b"guest login:"))
    found = estate.drilled()
    assert (found.ok, found.level, found.ceiling) == (True, Level.RESTORES, ceiling)
    assert why(found) == f"vm-service {reason}"


def test_the_disk_is_the_same_afterwards_though_the_guest_wrote(
    drills: Machines, tmp_path: Path
) -> None:
    place = open_sandbox(Spec(drills.root / "state", drills.drill_dir / "x", new_id(), 1 << 20))
    try:
        raw = place.path / "drive-ide0.raw"
        raw.write_bytes(disk("write"))
        before = hashlib.sha256(raw.read_bytes()).digest()
        machine = parse_conf(b"ide0: a:b\nmemory: 64")
        event = threading.Event()
        found = qemu.boot(machine, {"ide0": raw}, place, wanted=HERE, cancel=event)
        assert found.ok, found
        assert hashlib.sha256(raw.read_bytes()).digest() == before
        assert list((place.folder / "overlay").iterdir()) == []
    finally:
        place.close()


def test_that_guest_really_writes_where_it_may(tmp_path: Path) -> None:
    """The broken twin of the test before: the same machine without its overlay."""
    raw = tmp_path / "disk"
    raw.write_bytes(disk("write"))
    line = " ".join(qemu_line.qemu(start(parse_conf(b"ide0: a:b\nmemory: 64"))))
    line = line.replace("/disks/ide0", str(raw)).replace(",snapshot=on", "")
    argv = [program("qemu-system-x86_64"), *line.split()[1:]]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as machine:
        until = time.monotonic() + 10
        while raw.read_bytes() == disk("write") and time.monotonic() < until:
            time.sleep(0.05)
        machine.kill()
    assert raw.read_bytes() != disk("write")


def test_cancelling_stops_the_machine_and_says_nothing(drills: Machines) -> None:
    drills.write(disk(text=b"something else"))
    with drills.context() as ctx:
        timer = threading.Timer(1.5, ctx.cancel.set)
        timer.start()
        report = running_drills.run(ctx, running_drills.DrillRequest(("dns",)))
        timer.join()
        assert (report.records, ctx.ledger.drills()) == ((), ())
    assert [error.code for _, error in report.failed] == ["cancelled"]


def test_kill_9_leaves_no_machine_and_gc_takes_the_rest(
    drills: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine_drill, "HEARD_SECONDS", 60.0)
    drills.write(disk(text=b"something else"))
    child = forked(drills.drilled)
    until = time.monotonic() + 20
    while not any("qemu" in name for name in running(drills.drill_dir)):
        assert time.monotonic() < until
        time.sleep(0.05)
    killed(child)
    until = time.monotonic() + 5
    while running(drills.drill_dir) and time.monotonic() < until:
        time.sleep(0.05)
    assert running(drills.drill_dir) == []
    assert drills.left() != []
    folder = drill_dir(config.settings(drills.environ))
    report = gc(drills.root / "state", folder)
    assert (report.live, report.left) == ([], [])
    assert str(drills.drill_dir) not in Path("/proc/self/mountinfo").read_text()
