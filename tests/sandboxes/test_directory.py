"""The folder a drill restores into: where it may lie, what it needs, what it leaves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from build_trees import write
from phoenix_dr.core.evidence import Level
from phoenix_dr.errors import DrillError
from phoenix_dr.sandboxes.base import Sandbox, command_verdict, not_run
from phoenix_dr.sandboxes.collecting import gc
from phoenix_dr.sandboxes.directory import DirectorySandbox, Spec, open_sandbox
from phoenix_dr.sandboxes.journal import new_id
from tools import program


def spec(home: Path, *, size: int = 1000, avoid: tuple[Path, ...] = ()) -> Spec:
    return Spec(home / "state", home / "drills", new_id(), size, avoid)


def refused(wanted: Spec) -> DrillError:
    with pytest.raises(DrillError) as caught:
        open_sandbox(wanted)
    return caught.value


def restored(home: Path) -> DirectorySandbox:
    program("bwrap")
    sandbox = open_sandbox(spec(home))
    write(sandbox.path / "data" / "file")
    sandbox.sanitize()
    return sandbox


def test_a_private_empty_folder(tmp_path: Path) -> None:
    sandbox: Sandbox = open_sandbox(spec(tmp_path))
    assert os.listdir(sandbox.path) == []
    for folder in (sandbox.path, sandbox.path.parent, tmp_path / "drills"):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert sandbox.close()
    assert os.listdir(tmp_path / "drills") == []


def test_too_little_space_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    found = os.statvfs(tmp_path)
    free = found.f_bavail * found.f_frsize
    error = refused(spec(tmp_path, size=free))
    assert error.code == "no-space-for-drill"
    assert int(error.parameters["needed"]) == -(-free * 12 // 10)
    assert os.listdir(tmp_path / "drills") == []
    assert not (tmp_path / "state").exists()
    open_sandbox(spec(tmp_path, size=free // 2)).close()


def test_never_below_data_or_copies(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    for asset in (tmp_path, tmp_path / "drills", tmp_path / "link"):
        error = refused(spec(tmp_path, avoid=(tmp_path / "else", asset)))
        assert error.code == "drill-dir-inside"
    assert not (tmp_path / "drills").exists()
    open_sandbox(spec(tmp_path, avoid=(tmp_path / "drills2", tmp_path / "state"))).close()


def test_a_folder_others_can_write_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "drills").mkdir()
    (tmp_path / "drills").chmod(0o777)
    assert refused(spec(tmp_path)).code == "drill-dir-unsafe"
    (tmp_path / "drills").chmod(0o755)
    open_sandbox(spec(tmp_path)).close()


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "drills")
    assert refused(spec(tmp_path)).code == "drill-dir-unusable"


def test_commands_see_the_tree_and_cannot_change_it(tmp_path: Path) -> None:
    sandbox = restored(tmp_path)
    assert sandbox.isolation.ok, sandbox.isolation
    seen = sandbox.run(("cat", "data/file"), timeout=10)
    assert (seen.code, seen.stdout) == (0, b"content\n")
    assert sandbox.run(("cat", "file"), timeout=10, cwd="/data").code == 0
    assert sandbox.run(("rm", "data/file"), timeout=10).code != 0
    assert (sandbox.path / "data" / "file").exists()
    sandbox.close()


def test_a_command_that_writes_gets_a_fresh_copy_each_time(tmp_path: Path) -> None:
    sandbox = restored(tmp_path)
    spoil = ("sh", "-c", "cat data/file && echo spoilt >data/file && cat data/file")
    for _ in range(2):
        result = sandbox.run(spoil, timeout=10, writable=True)
        assert (result.code, result.stdout) == (0, b"content\nspoilt\n")
    assert (sandbox.path / "data" / "file").read_bytes() == b"content\n"
    assert sandbox.close()
    assert os.listdir(tmp_path / "drills") == []


def test_live_data_is_invisible_to_commands(tmp_path: Path) -> None:
    """A check that reads production instead of the copy would always be green."""
    sandbox = restored(tmp_path)
    live = write(tmp_path / "live" / "file")
    assert sandbox.run(("cat", str(live)), timeout=10).code != 0
    sandbox.close()


def test_a_twin_is_a_second_folder_that_goes_too(tmp_path: Path) -> None:
    sandbox = open_sandbox(spec(tmp_path))
    twin = sandbox.twin(1000)
    write(twin / "config")
    assert twin.parent == tmp_path / "drills"
    assert len(os.listdir(tmp_path / "drills")) == 2
    with pytest.raises(DrillError):
        sandbox.twin(1 << 60)
    assert sandbox.close()
    assert os.listdir(tmp_path / "drills") == []


def test_a_kept_tree_stays_for_a_person(tmp_path: Path) -> None:
    sandbox = open_sandbox(spec(tmp_path))
    write(sandbox.path / "file")
    write(sandbox.twin(1000) / "config")
    assert sandbox.close(keep=True)
    assert (sandbox.path / "file").exists()
    assert len(os.listdir(tmp_path / "drills")) == 1
    assert gc(tmp_path / "state", tmp_path / "drills").removed == []
    assert (sandbox.path / "file").exists()


def test_results_of_commands(tmp_path: Path) -> None:
    sandbox = restored(tmp_path)
    good = command_verdict(("true",), sandbox.run(("true",), timeout=5))
    bad = command_verdict(("false",), sandbox.run(("false",), timeout=5))
    assert (good.ok, bad.ok, good.proves) == (True, False, Level.DATA)
    unrun = not_run("sql", Level.DATA, sandbox.isolation)
    assert (unrun.code, unrun.ok) == ("sql", None)
    sandbox.close()
