"""Points taken, listed, read again and restored by real restics."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from build_restic import BOTH, NOW, ONE, PASSWORD, bench, place_empty, restoring, taking, tree, used
from phoenix_dr.adapters.base import Entry, Fingerprinted, Lister, Reader, Writer
from phoenix_dr.core.model import SecretRef
from phoenix_dr.core.plan import ReadData
from phoenix_dr.errors import EngineDenied, EngineError

ODD = (
    b"new\nline",
    b"bad\xff\xfe",
    b"bad\xfe\xff",
    "real \ufffd é ☃".encode(),
    b"back\\slash*[x]?",
)


def odd_tree(root: Path) -> None:
    """Names and kinds that a careless tool loses."""
    (root / "empty").touch()
    (root / "link").symlink_to("page.txt")
    with (root / "sparse").open("wb") as file:
        file.truncate(3_000_000)
    for name in ODD:
        folder = os.path.join(os.fsencode(root), b"dir " + name)
        os.mkdir(folder)
        Path(os.fsdecode(os.path.join(folder, name))).write_bytes(name)


@BOTH
def test_a_point_comes_back_whole_under_its_real_names(tmp_path: Path, version: str) -> None:
    it = bench(tmp_path, version)
    odd_tree(it.source)
    place_empty(it.repository)
    done = it.take()
    [point] = done.made
    assert point.complete is True
    assert done.unread == ()
    assert point.taken_at == NOW
    assert point.paths == (str(it.source),)
    assert (point.host, point.location, len(point.id)) == ("homelab", "shelf", 64)
    assert done.phases[0].seconds > 0

    before = tree(it.source)
    assert point.files == len(before) - 1  # the link is no file to restic
    into = it.restored()
    it.do(restoring(point.id, into))
    back = Path(f"{into}{it.source}")
    assert tree(back) == before
    assert os.readlink(back / "link") == "page.txt"

    entries = list(it.engine.contents(point.id, cancel=it.cancel))
    below = f"{it.source}/"
    files = {
        os.fsencode(entry.path.removeprefix(below)) for entry in entries if entry.kind == "file"
    }
    assert files == before.keys() - {b"link"}
    page = it.source / "page.txt"
    assert Entry(str(page), "file", 7, page.stat().st_mtime_ns) in entries


@BOTH
def test_what_was_made_is_what_is_observed(tmp_path: Path, version: str) -> None:
    it, made = used(tmp_path, version)
    evidence = it.engine.observe(now=NOW)
    [seen] = evidence.points
    assert (seen.id, seen.taken_at, seen.asset) == (made.id, made.taken_at, "wiki/pages")
    assert (seen.host, seen.paths) == (made.host, made.paths)
    if version == "newest":
        assert (seen.size, seen.files) == (made.size, made.files) == (512_007, 2)
    else:
        assert (seen.size, seen.files) == (None, None)
    assert evidence.blind_spots == ()
    assert evidence.fingerprint == it.engine.fingerprint() is not None


@ONE
def test_snapshots_of_others_are_no_points_but_counted(tmp_path: Path, version: str) -> None:
    it, made = used(tmp_path, version)
    before = it.engine.fingerprint()
    it.by_hand("backup", "--tag", "asset:wiki/pages", "--", str(it.source)).communicate()
    assert [point.id for point in it.engine.observe(now=NOW).points] == [made.id]
    assert it.engine.foreign() == 1
    assert it.engine.fingerprint() != before


@BOTH
def test_one_process_per_backup_and_per_observation(tmp_path: Path, version: str) -> None:
    it, _ = used(tmp_path, version)
    counted, log = it.counted()
    for ask in (counted.take, lambda: counted.engine.observe(now=NOW)):
        log.write_text("")
        ask()
        assert len(log.read_text().splitlines()) == 1
    log.write_text("")
    counted.engine.fingerprint()
    counted.engine.prepare()
    assert log.read_text() == ""


@ONE
def test_only_named_paths_are_restored(tmp_path: Path, version: str) -> None:
    it, made = used(tmp_path, version)
    into = it.restored()
    it.do(restoring(made.id, into, f"{it.source}/page.txt"))
    assert list(tree(into)) == [os.fsencode(f"{it.source}/page.txt"[1:])]


@ONE
def test_excluded_paths_stay_out(tmp_path: Path, version: str) -> None:
    it, _ = used(tmp_path, version)
    action = replace(taking(it.source), exclude=(f"{it.source}/deep",))
    [point] = it.do(action).made
    assert (point.files, point.size) == (1, 7)


@ONE
def test_a_restore_never_lands_on_what_is_there(tmp_path: Path, version: str) -> None:
    it, made = used(tmp_path, version)
    full = it.restored()
    (full / "live.txt").write_text("live")
    link = tmp_path / "link"
    link.symlink_to(it.restored())
    for into in (full, link, tmp_path / "absent", full / "live.txt"):
        assert it.error(restoring(made.id, into)).code == "restore-not-empty"
    assert (full / "live.txt").read_text() == "live"


@ONE
def test_data_is_read_again(tmp_path: Path, version: str) -> None:
    it, _ = used(tmp_path, version)
    done = it.do(ReadData("home", "1/1"))
    assert done.note == "1/1"
    assert done.phases[0].seconds > 0


@ONE
def test_a_password_may_come_from_the_environment(tmp_path: Path, version: str) -> None:
    it, _ = used(tmp_path, version)
    secret = SecretRef("env", "PW")
    assert it.changed(environ={"PW": PASSWORD}, password=secret).engine.observe(now=NOW).points == (
        it.engine.observe(now=NOW).points
    )
    for given, code in (("wrong", "wrong-password"), ("", "secret-missing")):
        with pytest.raises(EngineDenied, match=code) as caught:
            it.changed(environ={"PW": given}, password=secret).engine.observe(now=NOW)
        assert "wrong'" not in str(caught.value)
    with pytest.raises(EngineDenied, match="password-not-named"):
        it.changed(password=None).engine.observe(now=NOW)


@ONE
def test_secrets_are_in_no_argument_list(tmp_path: Path, version: str) -> None:
    it, _ = used(tmp_path, version)
    counted, log = it.changed(environ={"PW": PASSWORD}, password=SecretRef("env", "PW")).counted()
    counted.engine.observe(now=NOW)
    said = log.read_text()
    assert "snapshots" in said
    assert PASSWORD not in said
    assert str(it.repository) not in said


@BOTH
def test_progress_is_told_seldom_and_in_bytes(tmp_path: Path, version: str) -> None:
    it, _ = used(tmp_path, version)
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(400_000_000)
    started = time.monotonic()
    [point] = it.take(big).made
    seconds = time.monotonic() - started
    assert it.seen
    assert len(it.seen) <= 2 * seconds + 1
    assert all(0 <= seen.done <= 400_000_000 for seen in it.seen)
    assert point.size == 400_000_000
    assert timedelta(0) < (point.duration or timedelta(0)) <= timedelta(seconds=seconds)


@BOTH
def test_a_read_only_repository_can_still_be_restored(tmp_path: Path, version: str) -> None:
    it, made = used(tmp_path, version)
    if os.geteuid() == 0:
        subprocess.run(["mount", "--bind", it.repository, it.repository], check=True)
        subprocess.run(["mount", "-o", "remount,ro,bind", it.repository], check=True)
    else:
        (it.repository / "locks").chmod(0o500)
    try:
        into = it.restored()
        it.do(restoring(made.id, into))
        assert tree(into)
        it.do(ReadData("home", "1/1"))
        assert it.error(taking(it.source)).code == "read-only"
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", it.repository], check=True)


@ONE
def test_prepare_makes_a_repository_once_and_only_in_a_free_place(
    tmp_path: Path, version: str
) -> None:
    it = bench(tmp_path, version)
    assert it.engine.prepare() is True
    assert it.engine.prepare() is False
    used_folder = tmp_path / "photos"
    used_folder.mkdir()
    (used_folder / "holiday.jpg").touch()
    for repository, code in (
        (used_folder, "directory-in-use"),
        (tmp_path / "no/disk", "parent-missing"),
    ):
        with pytest.raises(EngineError) as caught:
            it.changed(repository=str(repository)).engine.prepare()
        assert caught.value.code == code
    assert not (tmp_path / "no").exists()
    assert os.listdir(used_folder) == ["holiday.jpg"]


@ONE
def test_the_engine_keeps_its_promises(tmp_path: Path, version: str) -> None:
    engine = bench(tmp_path, version).engine
    for protocol in (Reader, Writer, Lister, Fingerprinted):
        assert isinstance(engine, protocol)
    assert engine.version().startswith("restic 0.")


@ONE
def test_without_a_cache_directory_it_works_too(tmp_path: Path, version: str) -> None:
    it, made = used(tmp_path, version)
    (tmp_path / "cache").write_text("in the way")
    assert [point.id for point in it.engine.observe(now=NOW).points] == [made.id]
