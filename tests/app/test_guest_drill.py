"""A guest's archive is drilled without any Proxmox: unpacked, started, probed, destroyed."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build_guest import CONF, NAME, Estate, packed, require_lxc, rootfs, zipped
from phoenix_dr.app import guest_drill
from phoenix_dr.core.evidence import DrillRecord, Level
from phoenix_dr.sandboxes.lxc_leftovers import cgroups

PRIVILEGED = CONF.replace("unprivileged: 1\n", "")
BOTH = pytest.mark.parametrize("conf", [CONF, PRIVILEGED], ids=["unprivileged", "privileged"])
OWN_IDS = ["/bin/sh", "-c", "'test $(id -u) = 0 && ls -n /srv/health | grep 472'"]
"""Only where the ids of the guest are its own again."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Services here answer at once or never."""
    monkeypatch.setattr(guest_drill, "PAUSE", 0.02)
    monkeypatch.setattr(guest_drill, "READY_SECONDS", 2.0)


def test_an_archive_becomes_a_container_that_answers_and_is_gone_again(tmp_path: Path) -> None:
    record = stocked(tmp_path).drilled()
    assert record.ok, record.checks
    assert (record.level, record.ceiling) == (Level.STARTS, Level.STARTS)
    assert record.isolated
    assert not record.dirty
    assert shown(record) == {
        "files-present": True, "archive-content": True, "guest-owners": True,
        "guest-starts": True, "guest-probe": True,
    }  # fmt: skip


def shown(record: DrillRecord) -> dict[str, bool | None]:
    """Checks and how they went."""
    return {each.code: each.ok for each in record.checks}


def error(record: DrillRecord) -> str:
    """Name of what stopped the restore of a record that is KO."""
    assert (record.ok, record.level) == (False, Level.EXISTS)
    [check] = record.checks
    return str(dict(check.parameters)["error"])


def stocked(tmp_path: Path, conf: str = CONF, **estate: Any) -> Estate:
    """An estate with one archive of a guest with this configuration."""
    require_lxc()
    made = Estate(tmp_path, **estate)
    packed(rootfs(tmp_path / "guest", conf), made.dump / NAME)
    return made


def test_a_flipped_copy_is_ko_and_the_archive_is_not_touched(tmp_path: Path) -> None:
    estate = stocked(tmp_path)
    before = (estate.dump / NAME).read_bytes()
    record = estate.drilled(mutate=True)
    assert (error(record), record.mutated) == ("archive-damaged", True)
    assert (estate.dump / NAME).read_bytes() == before


def cut(estate: Estate) -> None:
    os.truncate(estate.dump / NAME, (estate.dump / NAME).stat().st_size - 1)


def headless(estate: Estate) -> None:
    packed(estate.root / "guest", estate.dump / NAME, "./bin")


def shifted(estate: Estate) -> None:
    os.chown(estate.root / "guest/srv/health", 100_472, 100_472)
    packed(estate.root / "guest", estate.dump / NAME)


def renamed(estate: Estate) -> None:
    held = estate.root / "guest/etc/vzdump/pct.conf"
    held.write_text(held.read_text().replace("vm-210", "vm-211"))
    packed(estate.root / "guest", estate.dump / NAME)


def flipped(estate: Estate) -> None:
    data = bytearray((estate.dump / NAME).read_bytes())
    data[len(data) * 2 // 3] ^= 1
    (estate.dump / NAME).write_bytes(data)


@BOTH
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (flipped, "archive-damaged"),
        (cut, "archive-damaged"),
        (headless, "archive-no-conf"),
        (shifted, "archive-owner-unmapped"),
        (renamed, "archive-other-guest"),
    ],
)
def test_a_spoilt_archive_is_ko_by_its_name(
    tmp_path: Path, spoil: Callable[[Estate], None], code: str, conf: str
) -> None:
    estate = stocked(tmp_path, conf)
    spoil(estate)
    assert error(estate.drilled()) == code


@pytest.mark.parametrize(
    "mount",
    [
        "mp0: /srv/data,mp=/data,backup=1\n",
        "mp0: local-lvm:vm-210-disk-1,mp=/data,size=8G\n",
        "mp0: local-lvm:vm-210-disk-1,mp=/data,backup=0,size=8G\n",
    ],
)
def test_what_no_archive_holds_is_named_and_caps_the_level(tmp_path: Path, mount: str) -> None:
    record = stocked(tmp_path, CONF + mount).drilled()
    assert (record.ok, record.level) == (True, Level.RESTORES)
    [absent] = [dict(each.parameters) for each in record.checks if each.code == "guest-mount"]
    assert (absent["mount"], absent["path"]) == ("mp0", "/data")
    assert shown(record)["guest-probe"] is True


def test_a_volume_in_the_archive_does_not_cap_the_level(tmp_path: Path) -> None:
    mount = "mp0: local-lvm:vm-210-disk-1,mp=/data,backup=1,size=8G\n"
    assert stocked(tmp_path, CONF + mount).drilled().level is Level.STARTS


def test_an_archive_of_a_privileged_guest_is_drilled_unprivileged(tmp_path: Path) -> None:
    record = stocked(tmp_path, PRIVILEGED, probe=OWN_IDS).drilled()
    assert (record.ok, record.level) == (True, Level.STARTS), record.checks
    [said] = [dict(each.parameters) for each in record.checks if each.code == "guest-privileged"]
    assert said == {"run": "unprivileged"}


def test_a_service_that_needs_more_rights_than_it_gets_is_no_verdict(tmp_path: Path) -> None:
    record = stocked(tmp_path, PRIVILEGED, probe=["/bin/false"]).drilled()
    assert (record.ok, record.level, record.ceiling) == (True, Level.RESTORES, Level.STARTS)
    assert shown(record)["guest-probe"] is None
    [why] = [dict(each.parameters) for each in record.checks if each.code == "guest-probe"]
    assert why["reason"] == "run-unprivileged"


def test_a_console_is_not_what_a_container_is_asked_by(tmp_path: Path) -> None:
    estate = stocked(tmp_path)
    old = estate.config.read_text()
    new = re.sub(r"command: \[.*\]", "console: up", old)
    assert old != new
    estate.config.write_text(new)
    record = estate.drilled()
    assert (record.ok, record.level, record.ceiling) == (True, Level.RESTORES, Level.STARTS)
    assert shown(record)["guest-probe"] is None


def test_a_service_that_does_not_answer_is_ko(tmp_path: Path) -> None:
    require_lxc()
    estate = Estate(tmp_path, probe=["/bin/sh", "-c", "'exit 3'"])
    packed(rootfs(tmp_path / "guest"), estate.dump / NAME)
    record = estate.drilled()
    assert (record.ok, record.level) == (False, Level.RESTORES)
    assert (shown(record)["guest-starts"], shown(record)["guest-probe"]) == (True, False)


@BOTH
def test_owners_of_whoever_packed_it_again_are_ko(tmp_path: Path, conf: str) -> None:
    estate = stocked(tmp_path, conf)
    for path in (tmp_path / "guest", *(tmp_path / "guest").rglob("*")):
        os.chown(path, 1000, 1000, follow_symlinks=False)
    packed(tmp_path / "guest", estate.dump / NAME)
    record = estate.drilled()
    assert (record.ok, record.level) == (False, Level.INTEGRITY)
    [wrong] = [dict(each.parameters) for each in record.checks if each.code == "guest-owners"]
    assert wrong == {"path": "/", "owner": 1000}
    assert "guest-starts" not in shown(record)


def more(estate: Estate, *members: tuple[str, bytes, str]) -> None:
    """Put members (name, type, link) behind the tree of the archive."""
    path = estate.dump / NAME
    plain = subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout
    held = io.BytesIO(plain)
    with tarfile.open(fileobj=held, mode="a") as tar:
        for name, kind, link in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.devmajor, info.mode = kind, link, 8, 0o4777
            tar.addfile(info)
    zipped(held.getvalue(), path)


def test_device_nodes_are_left_out_and_the_guest_is_healthy(tmp_path: Path) -> None:
    estate = stocked(tmp_path)
    nodes = (("./srv/disk", tarfile.BLKTYPE, ""), ("./dev/sda", tarfile.BLKTYPE, ""))
    more(estate, *nodes)
    record = estate.drilled()
    assert (record.ok, record.level) == (True, Level.STARTS), record.checks


def test_an_archive_that_reaches_outside_reaches_nothing(tmp_path: Path) -> None:
    estate = stocked(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o777)
    outside.chmod(0o777)
    more(
        estate,
        ("./out", tarfile.SYMTYPE, str(outside)),
        ("./out/through", tarfile.REGTYPE, ""),
        ("../../../escaped", tarfile.REGTYPE, ""),
        (f"{outside}/absolute", tarfile.REGTYPE, ""),
    )
    estate.drilled()
    assert os.listdir(outside) == []
    assert [path for path in estate.drill_dir.rglob("*") if path.name == "escaped"] == []


def test_a_shell_with_a_flipped_bit_is_ko_where_nothing_can_be_started(tmp_path: Path) -> None:
    """A plain tar has no checksum: only running what came out tells."""
    estate = stocked(tmp_path)
    estate.drill_dir.chmod(0o700)
    (estate.dump / NAME).unlink()
    busybox = tmp_path / "guest/bin/busybox"
    whole = busybox.read_bytes()
    plain = NAME.removesuffix(".zst")
    for content, ok in ((whole, True), (whole[:4096] + bytes(len(whole) - 4096), False)):
        busybox.write_bytes(content)
        made = packed(tmp_path / "guest", tmp_path / "zipped" / NAME)
        raw = subprocess.run(["zstd", "-dc", made], check=True, capture_output=True).stdout
        (estate.dump / plain).write_bytes(raw)
        record = estate.drilled()
        assert (record.ok, shown(record)["guest-programs"]) == (ok, ok), record.checks
        assert shown(record)["archive-content"] is None


def test_a_guest_that_cannot_start_is_ko(tmp_path: Path) -> None:
    estate = stocked(tmp_path)
    (tmp_path / "guest/sbin/init").unlink()
    packed(tmp_path / "guest", estate.dump / NAME)
    record = estate.drilled()
    assert (record.ok, record.level, shown(record)["guest-starts"]) == (
        False, Level.RESTORES, False,
    )  # fmt: skip


def test_without_a_probe_a_running_guest_proves_that_it_came_back_whole(tmp_path: Path) -> None:
    estate = stocked(tmp_path)
    text = estate.config.read_text()
    estate.config.write_text(text[: text.index("    checks:")])
    record = estate.drilled()
    assert (record.ok, record.level, record.ceiling) == (True, Level.RESTORES, Level.RESTORES)
    assert shown(record)["guest-starts"] is True


def test_where_no_container_can_run_the_files_are_restored_and_the_level_says_so(
    tmp_path: Path,
) -> None:
    estate = stocked(tmp_path)
    estate.drill_dir.chmod(0o700)
    record = estate.drilled()
    assert (record.ok, record.level, record.ceiling) == (True, Level.RESTORES, Level.STARTS)
    [start] = [dict(each.parameters) for each in record.checks if each.code == "guest-starts"]
    assert start == {"reason": "folder-closed", "detail": str(estate.drill_dir)}
    assert shown(record) == {
        "files-present": True, "archive-content": True, "guest-owners": None,
        "guest-starts": None, "guest-programs": True,
    }  # fmt: skip
    assert record.isolated


@BOTH
def test_a_drill_killed_in_the_middle_leaves_nothing_after_gc(tmp_path: Path, conf: str) -> None:
    estate = stocked(tmp_path, conf, probe=["/bin/sleep", "'60'"])
    child = subprocess.Popen(
        [sys.executable, "-m", "phoenix_dr", "drill", "run", "dns"],
        env=estate.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    name = until(lambda: probed(estate))
    assert estate.left()
    child.kill()
    child.wait(10)
    collected = subprocess.run(
        [sys.executable, "-m", "phoenix_dr", "drill", "gc"],
        env=estate.environ, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert collected.returncode == 0, collected.stderr
    assert estate.left() == []
    assert cgroups(name) == []
    assert [pid for pid in os.listdir("/proc") if pid.isdigit() and name in cmdline(pid)] == []
    assert name not in Path("/proc/self/mountinfo").read_text()
    assert list(Path("/run/lxc").glob(f"**/*{name}*")) == []


def probed(estate: Estate) -> str:
    """Id of the drill whose guest is being asked; empty until then."""
    for path in (estate.root / "state/drills").glob("phx-*.json"):
        running = [pid for pid in os.listdir("/proc") if pid.isdigit()]
        if any("lxc-attach" in (line := cmdline(pid)) and path.stem in line for pid in running):
            return path.stem
    return ""


def cmdline(pid: str) -> str:
    try:
        return Path("/proc", pid, "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (OSError, UnicodeDecodeError):
        return ""


def until(found: Callable[[], str]) -> str:
    end = time.monotonic() + 60
    while not (name := found()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return name
