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
from dataclasses import replace
from pathlib import Path

import pytest

from build_guest_image import CONF, HOSTILE, SIGNATURE, TEXT, disk, flipped, start
from build_processes import as_user, forked, killed
from build_vma import Vma
from phoenix_dr.app.machine_drill import MachineDrill, drill_archive
from phoenix_dr.core.evidence import Level
from phoenix_dr.errors import EngineError, EngineUnreachable
from phoenix_dr.sandboxes import qemu, qemu_line
from phoenix_dr.sandboxes.collecting import gc
from phoenix_dr.sandboxes.directory import Spec, open_sandbox
from phoenix_dr.sandboxes.journal import new_id
from phoenix_dr.sandboxes.qemu_conf import parse_conf
from phoenix_dr.sandboxes.qemu_console import Wanted
from tools import program

# Not for their time: installing QEMU would take longer than the tests do.
NO_DISK = "no-bootable-device"
HERE = Wanted(TEXT.decode(), seconds=20, polls=1)


@pytest.fixture
def _qemu() -> None:
    program("qemu-system-x86_64")
    program("bwrap")


class Drills:
    """Archives drilled in a folder that must be empty again afterwards."""

    def __init__(self, tmp_path: Path) -> None:
        self.archive = tmp_path / "vzdump-qemu-100.vma"
        self.state, self.folder = tmp_path / "state", tmp_path / "drills"

    def write(self, content: bytes, conf: bytes | None = CONF) -> None:
        configs = {} if conf is None else {"qemu-server.conf": conf}
        self.archive.write_bytes(Vma({"drive-scsi0": content}, configs).archive())

    def drill(self, wanted: Wanted = HERE) -> MachineDrill:
        event = threading.Event()
        found = drill_archive(
            self.archive, self.folder, state=self.state, environ=os.environ, cancel=event,
            wanted=wanted,
        )  # fmt: skip
        assert found.clean
        return found

    def left(self) -> list[Path]:
        return [*self.folder.glob("*"), *self.state.glob("drills/*")]


@pytest.fixture
def drills(tmp_path: Path, _qemu: None) -> Iterator[Drills]:
    tmp_path.chmod(0o755)
    found = Drills(tmp_path)
    yield found
    assert found.left() == []
    # What a killed jail held ends a moment after it.
    until = time.monotonic() + 10
    while running(found.folder) and time.monotonic() < until:
        time.sleep(0.05)
    assert running(found.folder) == []


def running(folder: Path) -> list[str]:
    """Processes that live in a drill's jail: what they have mounted lies below its folder."""
    found = []
    ours = os.fsencode(Path(*folder.parts[-2:])) + b"/phx-"
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if ours in (path / "mountinfo").read_bytes():
                found.append((path / "comm").read_text().strip())
        except OSError:
            continue
    return found


def why(found: MachineDrill) -> str:
    """Code of the failed check, with its reason."""
    failed = [check for check in found.checks if check.ok is not True]
    return " ".join(f"{c.code} {dict(c.parameters).get('reason', '')}".strip() for c in failed)


@pytest.mark.parametrize(
    ("chipset", "key"),
    [("pc", "scsi0"), ("pc", "ide0"), ("q35", "virtio0"), ("q35", "sata1"), ("q35", "ide0")],
)
def test_a_machine_out_of_an_archive_starts(drills: Drills, chipset: str, key: str) -> None:
    conf = f"machine: {chipset}\nscsihw: virtio-scsi-pci\nmemory: 64\n{key}: a:b\n".encode()
    content = disk()
    drills.archive.write_bytes(Vma({f"drive-{key}": content}, {"qemu-server.conf": conf}).archive())
    found = drills.drill()
    assert (found.ok, found.level) == (True, Level.STARTS), (found.booted, found.checks)
    assert found.booted is not None
    assert found.booted.accelerator in ("tcg", "kvm")
    assert 0 < found.booted.seconds < 20
    assert TEXT.decode() in found.booted.said
    assert [phase.name for phase in found.phases] == ["fetch", "start"]


def test_a_hostile_configuration_starts_like_any_other(drills: Drills) -> None:
    drills.write(disk(), HOSTILE.replace(b"machine: pc -drive file=/etc/shadow\n", b"").replace(
        b"scsihw: virtio-scsi-pci,file=/etc/shadow\n", b""))  # fmt: skip
    found = drills.drill()
    assert found.level is Level.STARTS, (found.booted, found.checks)
    assert dict(found.checks[-1].parameters)["ignored"] == "args, hookscript, hostpci0, usb0"


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
    drills: Drills, content: bytes, reason: str
) -> None:
    drills.write(content)
    found = drills.drill(replace(HERE, seconds=2.5 if reason == "not-up-in-time" else 20))
    assert (found.ok, found.level, why(found)) == (False, Level.RESTORES, f"vm-starts {reason}")


def test_a_truncated_archive_is_ko_before_anything_starts(drills: Drills) -> None:
    drills.write(disk())
    drills.archive.write_bytes(drills.archive.read_bytes()[:-5000])
    found = drills.drill()
    assert (found.ok, found.booted, why(found)) == (False, None, "restore")


def test_an_archive_without_its_configuration_is_ko(drills: Drills) -> None:
    drills.write(disk(), None)
    found = drills.drill()
    assert (found.ok, found.booted) == (False, None)
    assert dict(found.checks[0].parameters)["error"] == "vm-conf-missing"


def test_an_archive_whose_parts_overwrite_each_other_is_ko(drills: Drills) -> None:
    configs = {"qemu-server.conf": CONF, "drive-scsi0.raw": b"other"}
    drills.archive.write_bytes(Vma({"drive-scsi0": disk()}, configs).archive())
    found = drills.drill()
    assert (found.ok, found.booted) == (False, None)
    assert dict(found.checks[0].parameters)["error"] == "vma-file-exists"


@pytest.mark.skipif(os.geteuid() != 0, reason="is an unprivileged user already")
def test_an_unprivileged_user_starts_it_too(drills: Drills) -> None:
    drills.write(disk())
    folder = Path(tempfile.mkdtemp())
    archive = Path(shutil.copy(drills.archive, folder))
    for path in (folder, archive):
        os.chown(path, 12345, 12345)

    def as_anybody() -> bool:
        found = drill_archive(
            archive, folder / "drills", state=folder / "state", environ=os.environ,
            cancel=threading.Event(), wanted=HERE,
        )  # fmt: skip
        return found.level is Level.STARTS and found.clean

    try:
        assert as_user(12345, as_anybody)
    finally:
        shutil.rmtree(folder)


def test_a_disk_the_archive_should_hold_and_does_not_is_ko(drills: Drills) -> None:
    drills.write(disk(), CONF + b"scsi1: a:b\n")
    assert why(drills.drill()) == "vm-disk-here"


def test_a_disk_left_out_on_purpose_caps_the_level(drills: Drills) -> None:
    drills.write(disk(), CONF + b"scsi1: a:b,backup=0\n")
    found = drills.drill()
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
    drills: Drills, conf: bytes, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qemu_line, "_FIRMWARE", {False: (), True: ()})
    drills.write(disk(), conf)
    found = drills.drill()
    assert (found.ok, found.level, why(found)) == (True, Level.RESTORES, f"vm-starts {reason}")


@pytest.mark.parametrize(("serial", "ok"), [(b"", True), (b"serial0: socket\n", False)])
def test_silence_is_ko_only_of_a_guest_with_a_console(
    drills: Drills, serial: bytes, ok: bool
) -> None:
    drills.write(disk(), CONF + serial)
    found = drills.drill(Wanted(seconds=2))
    assert (found.ok, found.level) == (ok, Level.RESTORES)
    assert why(found) == f"vm-starts {'no-console' if ok else 'not-up-in-time'}"


def test_an_archive_that_is_not_there_says_nothing_about_a_backup(drills: Drills) -> None:
    with pytest.raises(EngineUnreachable, match="archive-missing"):
        drills.drill()


def test_the_disk_is_the_same_afterwards_though_the_guest_wrote(
    drills: Drills, tmp_path: Path
) -> None:
    place = open_sandbox(Spec(drills.state, drills.folder, new_id(), 1 << 20))
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


def test_cancelling_stops_the_machine(drills: Drills) -> None:
    drills.write(disk(text=b"something else"))
    event = threading.Event()
    timer = threading.Timer(1.0, event.set)
    timer.start()
    with pytest.raises(EngineError, match="cancelled"):
        drill_archive(
            drills.archive, drills.folder, state=drills.state, environ=os.environ, cancel=event,
            wanted=HERE,
        )  # fmt: skip
    timer.join()


def test_kill_9_leaves_no_machine_and_gc_takes_the_rest(drills: Drills) -> None:
    drills.write(disk(text=b"something else"))
    child = forked(lambda: drills.drill(replace(HERE, seconds=60)))
    until = time.monotonic() + 20
    while not any("qemu" in name for name in running(drills.folder)) and time.monotonic() < until:
        time.sleep(0.05)
    assert any("qemu" in name for name in running(drills.folder))
    killed(child)
    until = time.monotonic() + 5
    while running(drills.folder) and time.monotonic() < until:
        time.sleep(0.05)
    assert running(drills.folder) == []
    assert drills.left() != []
    report = gc(drills.state, drills.folder)
    assert (report.live, report.left) == ([], [])
