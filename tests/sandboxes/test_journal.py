"""Journal and gc: after kill -9 at any moment nothing stays, and a live drill is never touched."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from build_processes import ended, forked, kill_self_before, killed
from build_trees import ordinary, write
from phoenix_dr.adapters import _command
from phoenix_dr.errors import DrillError
from phoenix_dr.sandboxes.collecting import GcReport, gc
from phoenix_dr.sandboxes.directory import DirectorySandbox, Spec, open_sandbox
from phoenix_dr.sandboxes.journal import new_id, open_journal


def opened(home: Path, drill: str | None = None) -> DirectorySandbox:
    return open_sandbox(Spec(home / "state", home / "drills", drill or new_id(), size=1000))


def collected(home: Path) -> GcReport:
    return gc(home / "state", home / "drills")


def left(home: Path) -> list[str]:
    folders = [home / "drills", home / "state" / "drills"]
    return [name for folder in folders if folder.exists() for name in os.listdir(folder)]


def whole_drill(home: Path) -> None:
    """Everything a drill makes and takes away again."""
    sandbox = opened(home)
    ordinary(sandbox.path / "data", files=3)
    write(sandbox.twin(1000) / "repository" / "config")
    sandbox.sanitize()
    if not sandbox.close():
        raise AssertionError("something stayed")


def test_a_drill_leaves_nothing(tmp_path: Path) -> None:
    whole_drill(tmp_path)
    assert left(tmp_path) == []
    assert collected(tmp_path) == GcReport()


def test_a_drill_killed_before_any_of_its_steps_leaves_nothing_after_gc(tmp_path: Path) -> None:
    live = opened(tmp_path / "home")
    write(live.path / "kept")
    mine = sorted(left(tmp_path / "home"))
    home = str(tmp_path / "home")
    codes, swept = [], 0
    for step in range(500):

        def drill(step: int = step) -> None:
            # Names are relative to open folders in places, so every path of ours counts.
            kill_self_before(step, lambda path: path.startswith(home) or not path.startswith("/"))
            whole_drill(Path(home))

        codes.append(ended(forked(drill)))
        swept += sorted(left(tmp_path / "home")) != mine
        report = collected(tmp_path / "home")
        assert (report.left, report.live) == ([], [mine[0]]), step
        assert sorted(left(tmp_path / "home")) == mine, step
        if codes[-1] == 0:
            break
    assert codes[-1] == 0
    assert set(codes[:-1]) == {-9}
    assert len(codes) > 30
    assert swept > 20
    assert (live.path / "kept").exists()
    assert live.close()
    assert left(tmp_path / "home") == []


def test_a_gc_killed_before_any_of_its_steps_can_be_run_again(tmp_path: Path) -> None:
    home = str(tmp_path)

    def abandoned() -> None:
        sandbox = opened(tmp_path)
        write(sandbox.path / "data" / "file")
        sandbox.twin(1000)
        os.kill(os.getpid(), 9)

    for step in range(200):
        assert ended(forked(abandoned)) == -9

        def collect(step: int = step) -> None:
            kill_self_before(step, lambda path: path.startswith(home) or not path.startswith("/"))
            collected(tmp_path)

        code = ended(forked(collect))
        report = collected(tmp_path)
        assert (report.left, report.live, left(tmp_path)) == ([], [], []), step
        if code == 0:
            assert step > 10
            return
    pytest.fail("gc never came to its end")


def test_a_drill_killed_in_mid_restore_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    writing = 'cd "$1"; echo $$ >pid; n=0; while :; do n=$((n+1)); echo x >"f$n"; done'

    def restoring() -> None:
        sandbox = opened(tmp_path)
        argv = ("sh", "-c", writing, "sh", str(sandbox.path))
        _command.run(argv, env={"PATH": os.defpath}, limits=_command.Limits(seconds=60))

    pid = forked(restoring)
    engine = _pid_of_engine(tmp_path / "drills")
    assert collected(tmp_path).live == [p.stem for p in (tmp_path / "state/drills").iterdir()]
    assert _is_alive(engine)
    killed(pid)
    deadline = time.monotonic() + 5
    while left(tmp_path) and time.monotonic() < deadline:
        collected(tmp_path)
    time.sleep(0.1)
    assert left(tmp_path) == []
    assert not _is_alive(engine)


def _is_alive(pid: int) -> bool:
    # An orphan that has ended may wait for a slow init to notice: it has no command line left.
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False


def _pid_of_engine(drills: Path) -> int:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for path in drills.glob("phx-*/restore/pid"):
            if (path.parent / "f20").exists():
                return int(path.read_text())
        time.sleep(0.01)
    raise AssertionError("the engine never began")


def test_a_torn_or_foreign_journal_names_nothing(tmp_path: Path) -> None:
    victim = write(tmp_path / "drills" / "phx-victim" / "file").parent
    folder = tmp_path / "state" / "drills"
    folder.mkdir(parents=True)
    line = {"tag": "phoenix-drill", "kind": "folder", "path": str(victim)}
    torn = json.dumps(line)[:-3]
    other = json.dumps({**line, "tag": "other"})
    (folder / "phx-aaaa.json").write_text(f"{torn}\n{other}\n[]\n\0\xff{{}}\n" + "9" * 99)
    assert collected(tmp_path).removed == []
    assert (victim / "file").exists()
    assert os.listdir(folder) == []


@pytest.mark.parametrize(
    "named", ["{home}/data", "{home}/drills/../data", "{home}/drills/data", "/", "phx-x",
              "{home}/drills/phx-x/../../data", "{home}/phx-data"],
)  # fmt: skip
def test_a_journal_cannot_make_gc_remove_what_is_not_a_drill_s(tmp_path: Path, named: str) -> None:
    for place in ("data", "drills/data", "phx-data"):
        write(tmp_path / place / "file")
    line = {"tag": "phoenix-drill", "kind": "folder", "path": named.format(home=tmp_path)}
    write(tmp_path / "state/drills/phx-aaaa.json", json.dumps(line).encode())
    report = collected(tmp_path)
    assert report.removed == []
    assert len(report.left) == 1
    assert all((tmp_path / p / "file").exists() for p in ("data", "drills/data", "phx-data"))


def marked(folder: Path, **fields: str) -> Path:
    write(folder / "file")
    write(folder / ".phoenix-drill", json.dumps(fields).encode())
    return folder


def test_the_sweep_takes_our_leftovers_and_nothing_else(tmp_path: Path) -> None:
    drills = tmp_path / "drills"
    ours = marked(drills / "phx-old", tag="phoenix-drill", drill="phx-old")
    outside = marked(tmp_path / "outside", tag="phoenix-drill", drill="phx-old")
    kept = [
        marked(drills / "phx-other", tag="somebody", drill="phx-other"),
        marked(drills / "other", tag="phoenix-drill", drill="phx-old"),
        write(drills / "phx-unmarked" / "file").parent,
        outside,
    ]
    (drills / "phx-link").symlink_to(outside)
    write(drills / "phx-file")
    report = collected(tmp_path)
    assert report.removed == [str(ours)]
    assert all((folder / "file").exists() for folder in kept)
    assert (drills / "phx-link").is_symlink()
    assert (drills / "phx-file").exists()


def test_a_live_drill_of_another_state_is_not_swept(tmp_path: Path) -> None:
    with_other_state = Spec(tmp_path / "other", tmp_path / "drills", new_id(), 1000)
    sandbox = open_sandbox(with_other_state)
    assert collected(tmp_path).live == [with_other_state.drill]
    assert sandbox.path.exists()
    sandbox.close()


def test_gc_of_nothing_is_fine(tmp_path: Path) -> None:
    assert gc(tmp_path / "no-state", tmp_path / "no-drills") == GcReport()


def test_a_drill_is_journalled_before_its_folder_exists(tmp_path: Path) -> None:
    with open_journal(tmp_path / "state", "phx-abcd") as journal:
        path = tmp_path / "phx-abcd"
        write(path / "in-the-way")
        with pytest.raises(DrillError) as caught:
            journal.folder(path)
        assert caught.value.code == "drill-folder-exists"
        assert str(path) not in journal.path.read_text()
        (path / "in-the-way").unlink()
        path.rmdir()
        journal.folder(path)
        assert str(path) in journal.path.read_text()
        assert path.stat().st_mode & 0o777 == 0o700
    assert not path.exists()
    assert not journal.path.exists()


@pytest.mark.parametrize("drill", ["phx-../../x", "x", "phx-", "phx-A B", "phx-" + "a" * 99, ""])
def test_a_name_that_is_none_is_refused(tmp_path: Path, drill: str) -> None:
    with pytest.raises(DrillError):
        open_journal(tmp_path, drill)
    assert os.listdir(tmp_path) == []


def test_two_drills_of_one_name_are_refused(tmp_path: Path) -> None:
    with open_journal(tmp_path, "phx-abcd"):
        with pytest.raises(DrillError) as caught:
            open_journal(tmp_path, "phx-abcd")
        assert caught.value.code == "drill-running"


def test_many_drills_and_gcs_at_once(tmp_path: Path) -> None:
    def drills() -> None:
        for _ in range(10):
            whole_drill(tmp_path)

    def collects() -> None:
        until = time.monotonic() + 1
        while time.monotonic() < until:
            if collected(tmp_path).left:
                raise AssertionError("gc left something")

    work: list[Callable[[], None]] = [drills, drills, collects, collects]
    assert [ended(pid) for pid in [forked(each) for each in work]] == [0, 0, 0, 0]
    collected(tmp_path)
    assert left(tmp_path) == []


def test_a_mount_or_link_for_drill_dir_is_resolved(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "drills").symlink_to("real")

    def abandoned() -> None:
        write(opened(tmp_path).path / "file")
        os.kill(os.getpid(), 9)

    assert ended(forked(abandoned)) == -9
    assert len(os.listdir(tmp_path / "real")) == 1
    assert len(collected(tmp_path).removed) == 1
    assert left(tmp_path) == []


def test_ids_never_collide_and_are_names_of_drills(tmp_path: Path) -> None:
    assert len({new_id() for _ in range(100)}) == 100
    open_journal(tmp_path, new_id()).close()
