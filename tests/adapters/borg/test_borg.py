"""Archives observed, forgotten and compacted in real repositories, by real borgs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from build_borg import FIRST, NAMES, PAGES, TABLES, Bench, bench, hand_env, stocked
from build_restic import NOW, processes
from phoenix_dr.adapters.base import Fingerprinted, Reader, Writer
from phoenix_dr.adapters.borg import actions
from phoenix_dr.adapters.borg.call import Patience
from phoenix_dr.core.model import SecretRef
from phoenix_dr.core.plan import CompactData, ForgetPoints, ReadData
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

COMPACT = CompactData("vault")
PASSPHRASE = "battery staple"


def waited(condition: Callable[[], object], seconds: float = 15.0) -> bool:
    """Whether a call came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


def size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def lock(it: Bench) -> Path:
    """Where a lock that lets nobody else in stands."""
    return it.repository / "lock.exclusive"


@contextmanager
def locked(it: Bench) -> Iterator[subprocess.Popen[bytes]]:
    """Somebody else's borg holds the repository."""
    begun = it.root / "begun"
    holder = it.started("with-lock", "::", "sh", "-c", f"touch {begun}; exec sleep 60")
    assert waited(begun.exists)
    try:
        yield holder
    finally:
        with suppress(ProcessLookupError):
            os.killpg(holder.pid, signal.SIGTERM)
        holder.communicate(timeout=30)


def test_archives_are_points_of_the_assets_they_are_named_for(tmp_path: Path) -> None:
    it = stocked(tmp_path)
    it.create("wiki-4.checkpoint")
    evidence = it.engine.observe(now=NOW)
    found = [(point.asset, point.complete) for point in evidence.points]
    assert found == [*[(PAGES, None)] * 3, (TABLES, None), (PAGES, False)]
    assert [point.taken_at for point in evidence.points[:4]] == [
        FIRST + timedelta(days=number) for number in range(4)
    ]
    assert {(point.size, point.location) for point in evidence.points} == {(None, "shelf")}
    assert evidence.blind_spots == ()
    assert it.engine.foreign() == 1
    for protocol in (Reader, Writer, Fingerprinted):
        assert isinstance(it.engine, protocol)
    assert it.engine.version().startswith("borg 1.")


def test_exactly_the_named_go_and_compacting_frees_their_space(tmp_path: Path) -> None:
    it = stocked(tmp_path)
    whole = size(it.repository / "data")
    assert it.forget("wiki-1", "wiki-3").note == "points=2"
    assert it.names() == ["wiki-2", "wiki-db-1", "other-1"]
    assert size(it.repository / "data") >= whole
    done = it.do(COMPACT)
    freed = whole - size(it.repository / "data")
    assert freed > 500_000
    assert abs(int(done.note.removeprefix("freed=")) - freed) < 20_000
    it.hand("check", "--verify-data")


def test_the_fingerprint_follows_the_list(tmp_path: Path) -> None:
    it = stocked(tmp_path)
    first = it.engine.observe(now=NOW).fingerprint
    assert first == it.engine.fingerprint() is not None
    it.add("wiki-4")
    second = it.engine.fingerprint()
    it.forget("wiki-4")
    third = it.engine.fingerprint()
    it.points()
    assert len({first, second, third}) == 3
    assert it.engine.fingerprint() == third
    other = stocked(tmp_path / "other")
    (other.repository / "config").write_text("another repository")
    assert other.engine.fingerprint() != first


def test_a_vanished_or_foreign_point_stops_everything(tmp_path: Path) -> None:
    it = stocked(tmp_path)
    kept = it.id_of("wiki-1")
    for other in ("0" * 64, it.id_of("other-1"), it.id_of("wiki-db-1"), kept[:32]):
        error = it.error(ForgetPoints("vault", PAGES, (kept, other)))
        assert (error.code, error.exit_code, error.parameters["point"]) == (
            "points-changed",
            21,
            other,
        )
    # The broken twin: the same point alone may go.
    assert it.names() == list(NAMES)
    it.forget("wiki-1")
    assert it.names() == list(NAMES[1:])


def test_what_is_said_to_be_gone_is_looked_for(tmp_path: Path) -> None:
    it = stocked(tmp_path)
    lazy = tmp_path / "lazy"
    lazy.write_text(f'#!/bin/sh\n[ "$1" = delete ] || exec {it.engine.spec.program} "$@"\n')
    lazy.chmod(0o755)
    points = tuple(it.id_of(name) for name in ("wiki-1", "wiki-2"))
    error = it.changed(program=str(lazy)).error(ForgetPoints("vault", PAGES, points))
    assert (error.code, error.parameters["count"]) == ("forget-incomplete", 2)
    assert it.names() == list(NAMES)


def test_odd_names_are_said_as_they_are(tmp_path: Path) -> None:
    it = stocked(tmp_path).changed(archives={"": PAGES})
    odd = ("--force", "-a", "new\nline", "wiki-*", "é ☃", " around ")
    for name in odd:
        it.create(name)
    new = it.points().keys() - set(it.known.values())
    assert it.do(ForgetPoints("vault", PAGES, tuple(new))).note == f"points={len(odd)}"
    assert it.names() == list(NAMES)


def test_a_name_in_braces_could_be_another_and_is_refused(tmp_path: Path) -> None:
    it = stocked(tmp_path)
    point = it.add("wiki-{borgmajor}")
    error = it.error(ForgetPoints("vault", PAGES, (it.id_of("wiki-2"), point)))
    assert (error.code, error.parameters["point"]) == ("archive-not-sayable", point)
    assert sorted(it.names()) == sorted([*NAMES, "wiki-{borgmajor}"])


def test_a_foreign_lock_is_waited_for_and_stays(tmp_path: Path) -> None:
    it = stocked(tmp_path)
    held = ForgetPoints("vault", PAGES, (it.id_of("wiki-1"),))
    with locked(it) as holder:
        for action in (held, COMPACT):
            started = time.monotonic()
            error = it.changed(patience=Patience(lock=1.0)).error(action)
            assert time.monotonic() - started > 1.0
            assert error.code == "repository-locked"
            assert f".{holder.pid}-" in str(error.parameters["holder"])
        with pytest.raises(EngineError, match="repository-locked"):
            it.points()
        assert len(os.listdir(lock(it))) == 1
    assert it.names() == list(NAMES)
    it.do(held)
    assert it.names() == list(NAMES[1:])


def test_a_lock_that_goes_in_time_is_no_failure(tmp_path: Path) -> None:
    it = stocked(tmp_path)
    point = it.id_of("wiki-1")
    with locked(it) as holder:
        timer = threading.Timer(1.0, os.killpg, (holder.pid, signal.SIGTERM))
        timer.start()
        it.changed(patience=Patience(lock=20.0)).do(ForgetPoints("vault", PAGES, (point,)))
        timer.join()
    assert it.names() == list(NAMES[1:])


def test_a_dead_strangers_lock_stays_too(tmp_path: Path) -> None:
    it = stocked(tmp_path)
    with locked(it) as holder:
        holder.kill()
        holder.wait()
        stale = os.listdir(lock(it))
        assert it.error(COMPACT).code == "repository-locked"
        assert os.listdir(lock(it)) == stale
    # The stranger's own borg knows that its holder is gone.
    assert it.names() == list(NAMES)


def test_a_reader_holds_up_removal_and_is_named(tmp_path: Path) -> None:
    it = stocked(tmp_path)
    roster = it.repository / "lock.roster"
    roster.write_text('{"shared": [["ada@1", 77, 0]]}')
    point = it.id_of("wiki-1")
    error = it.error(ForgetPoints("vault", PAGES, (point,)))
    assert (error.code, error.parameters["holder"]) == ("repository-locked", "ada@1.77-0")
    assert "ada@1" in roster.read_text()
    assert point in it.points()


def dying(it: Bench) -> Bench:
    """The same bench whose borg is killed as soon as it holds the lock to remove archives."""
    shim = it.root / "dying"
    shim.write_text(
        f'#!/bin/sh\n[ "$1" = delete ] || exec {it.engine.spec.program} "$@"\n'
        f'{it.engine.spec.program} "$@" &\n'
        f"while [ ! -e {lock(it)} ]; do :; done\nkill -9 $!\nwait $!\nkill -9 $$\n"
    )
    shim.chmod(0o755)
    return it.changed(program=str(shim))


def deleting(it: Bench) -> list[int]:
    """Borgs that remove archives and hold the lock."""
    if not lock(it).exists():
        return []
    needle = os.fsencode(it.repository)
    return [
        pid
        for pid in processes("\x00delete\x00")
        if needle in Path(f"/proc/{pid}/environ").read_bytes()
    ]


def test_a_killed_borg_leaves_nothing_in_the_way_and_the_next_run_ends_the_same(
    tmp_path: Path,
) -> None:
    it = stocked(tmp_path)
    points = tuple(it.id_of(name) for name in ("wiki-1", "wiki-2"))
    assert dying(it).error(ForgetPoints("vault", PAGES, points)).code == "engine-failed"
    assert not lock(it).exists()
    assert not (it.repository / "lock.roster").exists()
    left = tuple(point for point in points if point in it.points())
    if left:
        it.do(ForgetPoints("vault", PAGES, left))
    assert it.names() == list(NAMES[2:])
    it.hand("check")


KILLED = """
import sys
sys.path[:0] = {path!r}
from pathlib import Path
from build_borg import PAGES, ForgetPoints, bench
bench(Path({root!r})).do(ForgetPoints("vault", PAGES, {points!r}))
"""


def opens(it: Bench) -> bool:
    """Whether the repository is free; borg takes its lock away in several steps while it ends."""
    try:
        it.points()
    except EngineError as error:
        if error.code != "repository-locked":
            raise
        return False
    return True


def test_killing_phoenix_ends_borg_and_frees_the_repository(tmp_path: Path) -> None:
    it = stocked(tmp_path)
    points = tuple(it.id_of(name) for name in ("wiki-1", "wiki-2"))
    code = KILLED.format(path=sys.path, root=str(tmp_path), points=points)
    phoenix = subprocess.Popen([sys.executable, "-c", code])
    try:
        assert waited(lambda: deleting(it))
    finally:
        phoenix.kill()
        phoenix.wait()
    assert waited(lambda: opens(it))
    assert not lock(it).exists()
    left = tuple(point for point in points if point in it.points())
    if left:
        it.do(ForgetPoints("vault", PAGES, left))
    assert it.names() == list(NAMES[2:])


def test_what_is_absent_is_unreachable_never_empty(tmp_path: Path) -> None:
    it = bench(tmp_path)
    with pytest.raises(EngineUnreachable, match="repository-missing"):
        it.engine.observe(now=NOW)
    assert it.engine.fingerprint() is None
    assert not it.repository.exists()
    with pytest.raises(EngineUnreachable, match="program-missing"):
        it.changed(program="no-such-borg").points()
    with pytest.raises(EngineUnreachable, match="not-mounted"):
        it.changed(mount=str(tmp_path)).points()


def test_nobody_answers_borgs_questions(tmp_path: Path) -> None:
    it = stocked(tmp_path)
    with pytest.raises(EngineDenied, match="repository-unknown"):
        it.changed(environ={"HOME": str(tmp_path / "elsewhere")}).points()
    it.repository.rename(tmp_path / "moved")
    with pytest.raises(EngineDenied, match="repository-moved"):
        it.changed(repository=str(tmp_path / "moved")).points()


def encrypted(root: Path) -> Bench:
    """A bench over an encrypted repository with one archive, whose passphrase is in a file."""
    secret = root / "password"
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)
    it = bench(root).changed(password=SecretRef("file", str(secret)))
    (root / "source").mkdir()
    env = hand_env(root) | {"BORG_PASSPHRASE": PASSPHRASE}
    for words in (["init", "-e", "repokey"], ["create", "::wiki-1", str(root / "source")]):
        done = subprocess.run(["borg", *words], env=env, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
    return it


def test_a_passphrase_is_handed_over_and_in_no_argument_list(tmp_path: Path) -> None:
    it, log = encrypted(tmp_path).recorded()
    [point] = it.points()
    it.do(COMPACT)
    assert PASSPHRASE not in log.read_text()
    assert str(it.repository) not in log.read_text()
    for content, code in (("wrong\n", "wrong-password"), ("", "wrong-password")):
        (tmp_path / "password").write_text(content)
        with pytest.raises(EngineDenied, match=code) as caught:
            it.points()
        assert "wrong\\n" not in str(caught.value)
    with pytest.raises(EngineDenied, match="password-not-named"):
        it.changed(password=None).points()
    held = ForgetPoints("vault", PAGES, (point,))
    assert it.changed(password=None).error(held).code == "password-not-named"


def test_a_repository_behind_a_connection(tmp_path: Path) -> None:
    it = stocked(tmp_path)
    tunnel = tmp_path / "tunnel"
    tunnel.write_text('#!/bin/sh\nshift\nexec "$@"\n')
    tunnel.chmod(0o755)
    far = it.changed(
        repository=f"ssh://nas{it.repository}",
        environment={"BORG_RSH": SecretRef("env", "RSH")},
        environ={"RSH": str(tunnel)},
    )
    with pytest.raises(EngineDenied, match="repository-moved"):
        far.points()
    for remembered in tmp_path.glob(".config/borg/security/*/location"):
        remembered.write_text(f"ssh://nas{it.repository}")
    for remembered in tmp_path.glob(".cache/borg/*/config"):
        remembered.write_text(
            remembered.read_text().replace(str(it.repository), f"ssh://nas{it.repository}")
        )
    points = far.points()
    assert len(points) == 4
    assert far.engine.fingerprint() is None
    gone = next(iter(points))
    assert far.do(ForgetPoints("vault", PAGES, (gone,))).note == "points=1"
    assert int(far.do(COMPACT).note.removeprefix("freed=")) > 200_000
    assert gone not in far.points()
    tunnel.write_text(
        "#!/bin/sh\necho 'ssh: connect to host nas: Connection refused' >&2\nexit 255\n"
    )
    with pytest.raises(EngineUnreachable, match="network"):
        far.points()


def test_a_repository_nobody_may_write_to(tmp_path: Path) -> None:
    it = stocked(tmp_path)
    point = it.id_of("wiki-1")
    if os.geteuid() == 0:
        subprocess.run(["mount", "--bind", it.repository, it.repository], check=True)
        subprocess.run(["mount", "-o", "remount,ro,bind", it.repository], check=True)
    else:
        it.repository.chmod(0o500)
    try:
        for action in (ForgetPoints("vault", PAGES, (point,)), COMPACT):
            assert it.error(action).code == "no-right"
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", it.repository], check=True)
        else:
            it.repository.chmod(0o700)


def test_damaged_data_has_a_name(tmp_path: Path) -> None:
    it = stocked(tmp_path)
    segments = sorted((it.repository / "data" / "0").iterdir(), key=lambda path: int(path.name))
    for segment in segments:
        content = bytearray(segment.read_bytes())
        content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
        segment.write_bytes(content)
    with pytest.raises(EngineError, match="data-damaged"):
        it.points()


def test_long_lists_are_named_piece_by_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "AT_ONCE", 2)
    it, log = stocked(tmp_path).recorded()
    assert it.forget("wiki-1", "wiki-2", "wiki-3").note == "points=3"
    deleted = [call.split(" -- ")[1] for call in log.read_text().splitlines() if " -- " in call]
    assert deleted == [":: wiki-1 wiki-2", ":: wiki-3"]
    assert it.names() == list(NAMES[3:])


def test_what_is_cancelled_changes_nothing_and_frees_the_repository(tmp_path: Path) -> None:
    it = stocked(tmp_path)
    action = ForgetPoints("vault", PAGES, (it.id_of("wiki-1"),))
    with locked(it):
        patient = it.changed(patience=Patience())
        timer = threading.Timer(1.0, patient.cancel.set)
        timer.start()
        assert patient.error(action).code == "cancelled"
        timer.join()
    assert not lock(it).exists()
    assert it.names() == list(NAMES)


def test_other_verbs_are_not_there_yet(tmp_path: Path) -> None:
    it = stocked(tmp_path)
    assert it.error(ReadData("vault", "1/1")).code == "not-yet"
    assert it.names() == list(NAMES)


BANNED = ("break-lock", "--force", "--glob-archives", "-a", "--bypass-lock", "--repair", "prune")


def banned(calls: list[str]) -> list[str]:
    """Words no call may hold."""
    return [word for word in BANNED if any(word in call.split() for call in calls)]


def test_banned_calls_never_occur(tmp_path: Path) -> None:
    it, log = stocked(tmp_path).recorded()
    it.forget("wiki-1")
    it.do(COMPACT)
    it.points()
    with locked(it):
        it.error(COMPACT)
    calls = log.read_text().splitlines()
    assert [call.split()[0] for call in calls] == [
        "list", "delete", "list", "compact", "list", "compact",
    ]  # fmt: skip
    assert banned(calls) == []
    # The broken twin: a shim that is asked for one of them is caught.
    subprocess.run(
        [str(tmp_path / "shim"), "break-lock", "--help"], capture_output=True, check=True
    )
    assert banned(log.read_text().splitlines()) == ["break-lock"]
