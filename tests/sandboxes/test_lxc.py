"""A real container: what it can reach, what it may take, and that nothing of it stays."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from build_guest import open_folder, require_lxc, rootfs
from build_processes import ended, forked, killed
from phoenix_dr.adapters import _idmap
from phoenix_dr.adapters._idmap import BASE
from phoenix_dr.errors import EngineError
from phoenix_dr.sandboxes import lxc, lxc_config, lxc_leftovers
from phoenix_dr.sandboxes.collecting import gc
from phoenix_dr.sandboxes.directory import DirectorySandbox, Spec, open_sandbox
from phoenix_dr.sandboxes.journal import new_id
from phoenix_dr.sandboxes.lxc_config import CGROUPS, Shape, config, is_unified

SHAPE = Shape("adguard", 96)


@pytest.fixture
def home() -> Path:
    """A folder for state and drills that a guest's root can reach."""
    require_lxc()
    return open_folder()


def opened(home: Path) -> DirectorySandbox:
    return open_sandbox(Spec(home / "state", home / "drills", new_id(), size=1000))


def filled(place: DirectorySandbox) -> None:
    """Put a guest where a restore would have put it."""
    rootfs(place.path)
    os.chown(place.path, BASE, BASE)
    for path in place.path.rglob("*"):
        os.chown(path, BASE, BASE, follow_symlinks=False)


@pytest.fixture
def running(home: Path) -> Iterator[lxc.Container]:
    """A started container, destroyed after the test."""
    place = opened(home)
    container = lxc.Container(place, threading.Event())
    filled(place)
    container.start(SHAPE)
    yield container
    assert container.stop()
    assert lxc_leftovers.cgroups(container.name) == []
    assert place.close()
    assert list(Path("/run/lxc").glob(f"**/*{container.name}*")) == []


def said(container: lxc.Container, *argv: str) -> str:
    return container.run(argv, timeout=20).stdout.decode()


def test_a_guest_sees_itself_alone(running: lxc.Container) -> None:
    assert running.is_running
    assert said(running, "id", "-u") == "0\n"
    assert said(running, "cat", "/proc/sys/kernel/hostname") == "adguard\n"
    names = said(running, "ls", "/sys/class/net").split()
    assert names == ["lo"]
    assert said(running, "cat", "/proc/net/route").splitlines()[1:] == []
    assert said(running, "wget", "-qO-", "http://127.0.0.1:3000/health") == "fine\n"
    away = running.run(("wget", "-qO-", "http://192.0.2.1/"), timeout=20)
    assert away.code != 0
    assert b"unreachable" in away.stderr
    assert "PHOENIX" not in said(running, "sh", "-c", "set")
    assert "/sbin/init" not in said(running, "ps").replace("init", "", 1)


def test_a_guest_is_nobody_outside(running: lxc.Container) -> None:
    pid = running._pid()
    assert os.stat(f"/proc/{pid}").st_uid == BASE
    made = running.run(("sh", "-c", "mknod /srv/disk b 8 0 || echo refused"), timeout=20)
    assert b"refused" in made.stdout
    for path in ("/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern"):
        assert running.run(("sh", "-c", f"echo x >{path}"), timeout=20).code != 0


def limit(container: lxc.Container, controller: str, name: str) -> int:
    group = f"lxc.payload.{container.name}"
    folder = CGROUPS / group if is_unified() else CGROUPS / controller / group
    return int((folder / name).read_text())


def test_a_guest_gets_no_more_than_its_limits(running: lxc.Container) -> None:
    name = "memory.max" if is_unified() else "memory.limit_in_bytes"
    assert limit(running, "memory", name) == 96 << 20
    assert limit(running, "pids", "pids.max") == lxc_config.PROCESSES
    greedy = ("dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=1")
    assert running.run(greedy, timeout=20).code != 0
    assert running.is_running


def test_commands_that_are_slow_or_loud_end(running: lxc.Container) -> None:
    assert running.run(("sleep", "60"), timeout=0.5).code == 124
    assert running.run(("dd", "if=/dev/zero", "bs=1M", "count=8"), timeout=20).code == 125
    assert running.run(("no-such-program",), timeout=20).code != 0
    assert running.is_running


def test_a_guest_that_ends_is_not_running(running: lxc.Container) -> None:
    running.run(("kill", "-9", "-1"), timeout=20)
    running.run(("sh", "-c", "kill -USR1 1"), timeout=20)  # halt, to busybox's init
    until = time.monotonic() + 10
    while running.is_running and time.monotonic() < until:
        time.sleep(0.05)
    assert not running.is_running


def test_a_full_disk_ends_the_guest(home: Path) -> None:
    place = opened(home)
    container = lxc.Container(place, threading.Event(), least=0)
    filled(place)
    container.start(SHAPE)
    container.require_free(1 << 60)
    container._ended.wait(10)
    assert container.lacks_room
    assert not container.is_running
    assert container.stop()
    assert place.close()


def test_a_tree_without_init_is_said_not_to_start(home: Path) -> None:
    place = opened(home)
    container = lxc.Container(place, threading.Event())
    filled(place)
    (place.path / "sbin/init").unlink()
    with pytest.raises(EngineError) as caught:
        container.start(SHAPE)
    assert caught.value.code == "guest-not-started"
    assert "/sbin/init" in str(caught.value.parameters["detail"])
    assert container.stop()
    assert place.close()


def test_a_process_of_the_host_is_not_taken_for_shut_in() -> None:
    seen = lxc.shut_in(os.getpid())
    assert (seen.ok, seen.reason) == (False, "leaky")
    assert "uid_map" in seen.detail


def test_mapped_ids_alone_are_not_shut_in(home: Path) -> None:
    sleep = _idmap.mapped(("/bin/sleep", "30"), environ=lxc.ENV)
    child = forked(lambda: os.execvpe(sleep[0], sleep, lxc.ENV))
    until = time.monotonic() + 10
    while "uid_map" in (seen := lxc.shut_in(first_below(child))).detail:
        assert time.monotonic() < until
        time.sleep(0.02)
    os.kill(first_below(child), signal.SIGKILL)
    ended(child)
    # Its ids are the guest's; the network is still ours.
    assert (seen.ok, "route" in seen.detail or "eth" in seen.detail) == (False, True)


def first_below(pid: int) -> int:
    """The deepest descendant of a process, or the process itself."""
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return first_below(int(below[0])) if below else pid


def test_a_closed_folder_and_a_missing_program_are_named(home: Path) -> None:
    assert lxc.available(home / "drills").ok
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    found = lxc.available(closed / "drills")
    assert (found.ok, found.reason, found.detail) == (False, "folder-closed", str(closed))
    found = lxc.available(home / "drills", environ={"PATH": str(home)})
    assert (found.ok, found.reason, found.detail) == (
        False, "program-missing", "lxc-usernsexec",
    )  # fmt: skip


@pytest.mark.parametrize("unified", [True, False])
def test_the_configuration_is_written_from_nothing(unified: bool) -> None:
    text = config(Path("/x/restore"), SHAPE, unified=unified, apparmor="unconfined")
    assert "include" not in text
    assert "hook" not in text
    assert ("cgroup2.memory.max" in text) is unified
    assert ("cgroup.memory.limit_in_bytes" in text) is not unified
    assert f"lxc.idmap = u 0 {BASE} {_idmap.COUNT}" in text


def test_a_killed_drill_leaves_nothing_after_gc(home: Path) -> None:
    name = home / "name"

    child = forked(lambda: left_running(home, name))
    drill_id, init = told(name)
    assert gc(home / "state", home / "drills").live == [drill_id]
    assert os.path.exists(f"/proc/{init}")
    killed(child)
    report = gc(home / "state", home / "drills")
    assert report.left == []
    assert not alive(int(init))
    assert lxc_leftovers.cgroups(drill_id) == []
    assert os.listdir(home / "drills") == []
    assert os.listdir(home / "state/drills") == []
    assert drill_id not in Path("/proc/self/mountinfo").read_text()
    assert list(Path("/run/lxc").glob(f"**/*{drill_id}*")) == []


def test_gc_destroys_a_container_whose_journal_is_lost(home: Path) -> None:
    name = home / "name"
    child = forked(lambda: left_running(home, name))
    drill_id, init = told(name)
    killed(child)
    (home / f"state/drills/{drill_id}.json").unlink()
    assert gc(home / "state", home / "drills").left == []
    assert not alive(int(init))
    assert lxc_leftovers.cgroups(drill_id) == []
    assert os.listdir(home / "drills") == []


def left_running(home: Path, name: Path) -> None:
    """Start a container, tell its name and the number of its init, and wait to be killed."""
    place = opened(home)
    container = lxc.Container(place, threading.Event())
    filled(place)
    container.start(SHAPE)
    name.write_text(f"{container.name} {container._pid()}")
    time.sleep(60)


def told(name: Path) -> list[str]:
    """What `left_running` told."""
    until = time.monotonic() + 30
    while not name.exists() or not name.read_text():
        assert time.monotonic() < until
        time.sleep(0.02)
    return name.read_text().split()


def alive(pid: int) -> bool:
    """Whether a process still does anything; one nobody waited for does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_gc_kills_what_still_runs_in_a_dead_drills_cgroup(home: Path) -> None:
    group = CGROUPS if is_unified() else CGROUPS / "pids"
    drill = new_id()
    made = [group / f"lxc.payload.{drill}", group / f"lxc.payload.{drill}/inner"]
    for each in made:
        each.mkdir()
    child = forked(lambda: time.sleep(60))
    (made[1] / "cgroup.procs").write_text(str(child))
    other = group / f"lxc.payload.{new_id()}"
    other.mkdir()
    try:
        assert lxc_leftovers.destroy(home / drill)
        assert ended(child) != 0
        assert not made[0].exists()
        assert other.exists()
    finally:
        other.rmdir()


def test_only_the_drills_own_lock_of_lxc_is_removed(home: Path) -> None:
    folder = lxc_leftovers.home(home / new_id())
    locks = Path(f"{lxc_leftovers.LOCKS}{home}")
    mine = Path(f"{lxc_leftovers.LOCKS}{folder.parent}")
    mine.mkdir(parents=True)
    (mine / f".{folder.name}").touch()
    (locks / ".other").touch()
    try:
        assert lxc_leftovers.destroy(folder)
        assert os.listdir(locks) == [".other"]
    finally:
        shutil.rmtree(locks)
