"""What goes wrong for real: passwords, locks, disks, mounts, networks, kills."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from build_restic import (
    BOTH,
    NOW,
    ONE,
    PASSWORD,
    SHORT,
    Bench,
    bench,
    place_empty,
    processes,
    restoring,
    taking,
    tree,
    used,
    wrapper,
)
from phoenix_dr.core.model import SecretRef
from phoenix_dr.core.plan import ReadData
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

ROOT = os.geteuid() == 0
NOBODY = 65534
HUGE = 200_000_000_000
"""Bytes of a sparse file restic reads for minutes."""


def waited(condition: object, seconds: float = 15.0) -> bool:
    """Whether a call came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def huge(path: Path) -> Path:
    """A file that takes restic long and the disk nothing."""
    with path.open("wb") as file:
        file.truncate(HUGE)
    return path


def locks(it: Bench) -> list[str]:
    """Names of complete locks in the repository."""
    return [name for name in os.listdir(it.repository / "locks") if len(name) == 64]


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


@contextmanager
def exclusively_locked(it: Bench) -> Iterator[subprocess.Popen[bytes]]:
    """Somebody else's `check` holds the repository, asleep in the middle of its work."""
    holder = it.by_hand("check")
    assert waited(lambda: locks(it))
    holder.send_signal(signal.SIGSTOP)
    try:
        yield holder
    finally:
        holder.send_signal(signal.SIGCONT)
        holder.communicate(timeout=30)


@BOTH
def test_a_wrong_password_is_refused_everywhere(tmp_path: Path, version: str) -> None:
    it, _ = used(tmp_path, version)
    (tmp_path / "password").write_text("wrong\n")
    with pytest.raises(EngineDenied, match="wrong-password"):
        it.engine.observe(now=NOW)
    assert it.error(taking(it.source)).code == "wrong-password"


@BOTH
def test_a_missing_repository_is_unreachable_not_empty(tmp_path: Path, version: str) -> None:
    it = bench(tmp_path, version)
    with pytest.raises(EngineUnreachable, match="repository-missing"):
        it.engine.observe(now=NOW)
    assert it.error(taking(it.source)).code == "repository-missing"
    assert it.engine.fingerprint() is None
    assert not it.repository.exists()


@BOTH
def test_a_missing_point_is_named_so(tmp_path: Path, version: str) -> None:
    it, _ = used(tmp_path, version)
    absent = "0" * 64
    assert it.error(restoring(absent, it.restored())).code == "point-missing"
    with pytest.raises(EngineError, match="point-missing"):
        list(it.engine.contents(absent, cancel=it.cancel))
    # 0.14 looks for it again and again; the time limit ends that, its words say why.
    impatient = it.changed(patience=replace(SHORT, question=2.0)).engine
    with pytest.raises(EngineError, match="point-missing"):
        impatient.mutate(absent, [str(it.source)], into=tmp_path / "twin", cancel=it.cancel)


@BOTH
def test_a_foreign_lock_is_waited_for_and_never_removed(tmp_path: Path, version: str) -> None:
    it, made = used(tmp_path, version)
    with exclusively_locked(it) as holder:
        held = locks(it)
        error = it.error(taking(it.source))
        assert error.code == "repository-locked"
        assert f"(PID {holder.pid})" in str(error.parameters["holder"])
        assert locks(it) == held
        # Looking takes no lock and is never held up.
        assert [point.id for point in it.engine.observe(now=NOW).points] == [made.id]
        patient = it.changed(patience=replace(SHORT, lock=20.0))
        release = threading.Timer(0.5, holder.send_signal, [signal.SIGCONT])
        release.start()
        assert patient.take().made[0].complete is True
        release.join()


@BOTH
def test_a_source_that_is_gone_or_empty_starts_nothing(tmp_path: Path, version: str) -> None:
    it, _ = used(tmp_path, version)
    counted, log = it.counted()
    empty = tmp_path / "unmounted"
    (empty / "only" / "folders").mkdir(parents=True)
    (tmp_path / "nothing").touch()
    for path, code in (
        (tmp_path / "gone", "source-missing"),
        (empty, "source-empty"),
        (tmp_path / "nothing", "source-empty"),
    ):
        assert counted.error(taking(path)).code == code
    assert counted.error(taking(it.source, tmp_path / "gone")).code == "source-missing"
    assert log.read_text() == ""
    assert len(it.engine.observe(now=NOW).points) == 1


@ONE
def test_an_unmounted_mount_starts_nothing_at_all(tmp_path: Path, version: str) -> None:
    it, made = used(tmp_path, version)
    counted, log = it.counted()
    shelf = counted.changed(mount=str(tmp_path))
    calls = (
        lambda: shelf.engine.observe(now=NOW),
        lambda: shelf.engine.fingerprint(),
        lambda: shelf.engine.prepare(),
        lambda: list(shelf.engine.contents(made.id, cancel=it.cancel)),
        lambda: shelf.take(),
        lambda: shelf.do(ReadData("home", "1/1")),
        lambda: shelf.do(restoring(made.id, it.restored())),
        lambda: shelf.engine.mutate(made.id, made.paths, into=tmp_path / "t", cancel=it.cancel),
    )
    for call in calls:
        with pytest.raises(EngineUnreachable, match="not-mounted") as caught:
            call()
        assert caught.value.parameters["mount"] == str(tmp_path)
    assert log.read_text() == ""
    assert counted.changed(mount="/").engine.observe(now=NOW).points


@BOTH
def test_a_disk_that_fills_up_leaves_no_point(tmp_path: Path, version: str) -> None:
    it, made = used(tmp_path, version)
    big = tmp_path / "big"
    big.write_bytes(os.urandom(3_000_000))
    small = wrapper(tmp_path / "small", "prlimit", "--fsize=500000", program=it.engine.spec.program)
    assert it.changed(program=small).error(taking(big)).code == "no-space"
    assert [point.id for point in it.engine.observe(now=NOW).points] == [made.id]


@BOTH
@pytest.mark.skipif(not ROOT, reason="only root can mount a small disk")
def test_a_disk_that_is_full_is_named_instead_of_a_time_limit(tmp_path: Path, version: str) -> None:
    it, _ = used(tmp_path, version)
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", disk], check=True)
    try:
        shutil.copytree(it.repository, disk / "r")
        fill(disk / "filler")
        impatient = replace(SHORT, action=4.0)
        full = it.changed(repository=str(disk / "r"), patience=impatient)
        assert full.error(taking(it.source)).code == "no-space"
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A scratch directory every account can reach."""
    with tempfile.TemporaryDirectory(prefix="phx-open-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


@BOTH
def test_what_could_not_be_read_is_listed_and_makes_the_point_incomplete(
    open_folder: Path, version: str
) -> None:
    it = bench(open_folder, version)
    it = it.changed(password=SecretRef("env", "PW"), environ={"PW": PASSWORD})
    place_empty(it.repository)
    closed = it.source / "closed\nfile"
    closed.write_text("secret")
    (it.source / "closed").mkdir()
    if ROOT:
        # restic runs as nobody, from a copy nobody can reach.
        program = open_folder / "restic"
        shutil.copy(shutil.which(it.engine.spec.program or "") or "", program)
        drop = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
        it = it.changed(program=wrapper(open_folder / "nobody", *drop, program=str(program)))
        (open_folder / "cache").mkdir(mode=0o777)
        (open_folder / "cache").chmod(0o777)
        (open_folder / "cache" / "restic").mkdir()
        (open_folder / "cache" / "restic").chmod(0o777)
        os.chown(it.repository, NOBODY, NOBODY)
        for path in it.repository.rglob("*"):
            os.chown(path, NOBODY, NOBODY)
    closed.chmod(0o000)
    (it.source / "closed").chmod(0o000)
    try:
        done = it.take()
    finally:
        (it.source / "closed").chmod(0o700)
    [point] = done.made
    assert point.complete is False
    assert sorted(done.unread) == sorted(map(str, [it.source / "closed", closed]))
    into = it.restored()
    into.chmod(0o777)
    it.do(restoring(point.id, into))
    assert {os.path.basename(path) for path in tree(into)} == {b"page.txt", b"data.bin"}


@BOTH
def test_a_network_that_answers_nothing_ends_in_time(tmp_path: Path, version: str) -> None:
    it = bench(tmp_path, version)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        started = time.monotonic()
        far = it.changed(
            repository=f"rest:http://user:hunter2@127.0.0.1:{port}/",
            patience=replace(SHORT, question=1.0),
        )
        with pytest.raises(EngineUnreachable) as caught:
            far.engine.observe(now=NOW)
        assert caught.value.code in {"command-timeout", "network"}
        assert "hunter2" not in str(caught.value)
        assert time.monotonic() - started < 10
    assert far.engine.fingerprint() is None
    with pytest.raises(EngineUnreachable, match="network"):
        far.engine.observe(now=NOW)


@ONE
def test_a_program_that_is_not_there_is_named(tmp_path: Path, version: str) -> None:
    it = bench(tmp_path, version).changed(program="restic-of-tomorrow")
    with pytest.raises(EngineUnreachable, match="program-missing"):
        it.engine.observe(now=NOW)


@ONE
def test_a_password_everyone_can_read_is_refused(tmp_path: Path, version: str) -> None:
    it, _ = used(tmp_path, version)
    (tmp_path / "password").chmod(0o644)
    with pytest.raises(EngineDenied, match="secret-readable"):
        it.engine.observe(now=NOW)


@BOTH
def test_a_damaged_snapshot_is_a_blind_spot(tmp_path: Path, version: str) -> None:
    it, made = used(tmp_path, version)
    file = it.repository / "snapshots" / made.id
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-1] + b"\0")
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    evidence = it.engine.observe(now=NOW)
    assert evidence.points == ()
    assert [(spot.reason, spot.detail) for spot in evidence.blind_spots] == [
        ("snapshot-unreadable", "1")
    ]


@BOTH
def test_cancel_stops_a_backup_and_leaves_no_lock(tmp_path: Path, version: str) -> None:
    it, made = used(tmp_path, version)

    def cancel() -> None:
        # Progress comes after the lock; 0.14 forgets one it is just making.
        waited(lambda: it.seen)
        it.cancel.set()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    error = it.error(taking(huge(tmp_path / "huge")))
    canceller.join()
    assert error.code == "cancelled"
    assert locks(it) == []
    assert [point.id for point in it.engine.observe(now=NOW).points] == [made.id]


KILLED = """
import sys
sys.path[:0] = {path!r}
from pathlib import Path
from build_restic import Bench, Restic, SHORT, places, taking, EngineSpec, SecretRef
root = Path({root!r})
spec = EngineSpec("home", "restic", {repository!r}, {{"": "shelf"}},
                  password=SecretRef("file", str(root / "password")), program={program!r})
Bench(root, root, Restic(spec, places(root), patience=SHORT)).do(taking(root / "huge"))
"""


@BOTH
def test_killing_phoenix_ends_restic_and_frees_the_repository(tmp_path: Path, version: str) -> None:
    it, made = used(tmp_path, version)
    huge(tmp_path / "huge")
    code = KILLED.format(
        path=sys.path, root=str(tmp_path), repository=str(it.repository),
        program=it.engine.spec.program,
    )  # fmt: skip
    phoenix = subprocess.Popen([sys.executable, "-c", code])
    try:
        assert waited(lambda: locks(it))
        assert list(processes(str(tmp_path / "huge")))
        time.sleep(0.5)  # 0.14 forgets a lock it is just making
    finally:
        phoenix.kill()
        phoenix.wait()
    assert waited(lambda: not list(processes(str(tmp_path / "huge"))))
    assert locks(it) == []
    assert [point.id for point in it.engine.observe(now=NOW).points] == [made.id]


@BOTH
def test_two_backups_at_once_both_succeed(tmp_path: Path, version: str) -> None:
    it, _ = used(tmp_path, version)
    failures: list[EngineError] = []

    def take() -> None:
        try:
            it.take()
        except EngineError as error:
            failures.append(error)

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(it.engine.observe(now=NOW).points) == 3
