"""Archives behind a real sshd and a real rclone: the same as here, and every way it goes wrong."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from build_far import Server, cutting, far, keypair, know, rclone_config, sshd
from build_guest import NAME, engine, packed, restore, rootfs
from phoenix_dr.adapters.vzdump import Vzdump
from phoenix_dr.app.drill_run import SAYS_NOTHING
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
VM = "vzdump-qemu-210-2026_11_19-03_00_00.vma.zst"
HOSTILE = (
    'q"uote\'s', "new\nline", "-oProxyCommand=touch pwned", "$(touch pwned)", "`touch pwned`",
    "; touch pwned #", "--config=x", f"{NAME}\n-rw-r--r-- 1 0 0 5 Nov 20 03:00 {VM}",
)  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with sshd(tmp_path_factory.mktemp("sshd") / "keys") as running:
        yield running


@dataclass(frozen=True)
class House:
    """A folder of archives here, and the engine that reaches it from afar."""

    root: Path
    reach: Callable[[Path], Vzdump]
    kind: str

    @property
    def dump(self) -> Path:
        return self.root / "dump"

    @property
    def it(self) -> Vzdump:
        return self.reach(self.dump)


@pytest.fixture(params=["ssh", "rclone"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> House:
    kind = str(request.param)
    (tmp_path / "dump").mkdir()
    if kind == "ssh":
        server: Server = request.getfixturevalue("server")
        return House(
            tmp_path, lambda path: far(server.address(path), tmp_path, server.settings()), kind
        )
    given = {"config": str(rclone_config(tmp_path))}
    return House(tmp_path, lambda path: far(f"rclone:box:{path}", tmp_path, given), kind)


def good(house: House) -> Path:
    return packed(rootfs(house.root / "guest"), house.dump / NAME)


def failing(it: Vzdump, into: Path) -> EngineError:
    """The error a restore ends with."""
    into.mkdir(exist_ok=True)
    with pytest.raises(EngineError) as caught:
        restore(it, NAME, into)
    return caught.value


def test_the_points_are_those_a_look_here_would_show(house: House) -> None:
    for name in (NAME, VM, NAME + ".protected", NAME.replace("-210-", "-211-"), "other"):
        (house.dump / name).write_bytes(b"x" * 1000)
    said = "INFO: Finished Backup of VM 210 (00:00:23)\n"
    (house.dump / NAME.replace(".tar.zst", ".log")).write_text("x\n" * 50_000 + said)
    (house.dump / VM.replace(".vma.zst", ".log")).write_text("ERROR: no space\n")
    (house.dump / NAME.replace("20-03", "18-03")).symlink_to("/etc/passwd")
    found = house.it.observe(now=NOW)
    assert found.points == engine(house.dump).observe(now=NOW).points
    assert [point.complete for point in found.points] == [True, False]
    assert house.it.foreign() == 1
    assert found.fingerprint == house.it.fingerprint()
    os.utime(house.dump / NAME, (1, 1))
    assert house.it.fingerprint() != found.fingerprint


def test_an_archive_is_unpacked_as_it_comes_and_none_of_it_is_kept_here(house: House) -> None:
    archive = good(house)
    before = archive.read_bytes(), set(os.listdir(house.root)), len(os.listdir("/proc/self/fd"))
    (house.root / "into").mkdir()
    restore(house.it, NAME, house.root / "into")
    assert (house.root / "into/srv/health").read_text() == "fine\n"
    assert house.it.guest(NAME, cancel=threading.Event()).hostname == "adguard"
    here = list(engine(house.dump).contents(NAME, cancel=threading.Event()))
    assert list(house.it.contents(NAME, cancel=threading.Event())) == here
    after = archive.read_bytes(), set(os.listdir(house.root)), len(os.listdir("/proc/self/fd"))
    assert after == (before[0], before[1] | {"into"}, before[2])
    assert not [each for each in threading.enumerate() if each.name == "archive"]


def test_a_plain_tar_is_read_as_well(house: House) -> None:
    import subprocess

    archive = good(house)
    plain = subprocess.run(["zstd", "-dc", archive], check=True, capture_output=True).stdout
    (house.dump / NAME.removesuffix(".zst")).write_bytes(plain)
    (house.root / "into").mkdir()
    restore(house.it, NAME.removesuffix(".zst"), house.root / "into")
    assert (house.root / "into/srv/health").read_text() == "fine\n"


@pytest.mark.parametrize("cut", [1, 500_000])
def test_an_archive_that_was_cut_there_is_damaged(house: House, cut: int) -> None:
    archive = good(house)
    os.truncate(archive, archive.stat().st_size - cut)
    assert failing(house.it, house.root / "into").code == "archive-damaged"


def test_a_flipped_bit_there_is_found_and_the_twin_is_damaged(house: House) -> None:
    archive = good(house)
    before = archive.read_bytes()
    made = house.it.mutate(NAME, (), into=house.root / "twin", cancel=threading.Event())
    assert failing(engine(made.repository), house.root / "a").code == "archive-damaged"
    assert archive.read_bytes() == before
    (made.repository / NAME).replace(archive)
    assert failing(house.it, house.root / "b").code == "archive-damaged"


def test_a_folder_that_is_gone_is_a_blind_spot_and_never_empty(house: House) -> None:
    with pytest.raises(EngineUnreachable, match="dump-missing"):
        house.reach(house.root / "nowhere").observe(now=NOW)
    (house.dump / "note").touch()
    assert house.it.observe(now=NOW).points == ()


def test_an_archive_that_is_gone_is_named(house: House) -> None:
    (house.dump / VM).touch()
    assert failing(house.it, house.root / "into").code == "point-missing"
    (house.dump / NAME).symlink_to("/etc/passwd")
    assert failing(house.it, house.root / "into").code == "point-missing"


def test_a_store_without_folders_shows_nothing_at_all_as_missing(tmp_path: Path) -> None:
    (tmp_path / "dump").mkdir()
    given = {"config": str(rclone_config(tmp_path))}
    with pytest.raises(EngineUnreachable, match="dump-missing"):
        far(f"rclone:box:{tmp_path}/dump", tmp_path, given).observe(now=NOW)


def test_names_reach_no_shell_and_no_option(house: House) -> None:
    good(house)
    for name in HOSTILE:
        (house.dump / name).write_bytes(b"x")
    assert [point.id for point in house.it.observe(now=NOW).points] == [NAME]
    for name in HOSTILE:
        with pytest.raises(EngineError, match="point-missing"):
            house.it.guest(name, cancel=threading.Event())
    odd = house.root / "-oProxyCommand=touch pwned $(touch pwned) \"q' ; touch pwned"
    house.dump.rename(odd)
    it = house.reach(odd)
    (house.root / "into").mkdir()
    restore(it, NAME, house.root / "into")
    assert len(it.observe(now=NOW).points) == 1
    assert not [*house.root.rglob("pwned"), *Path("/").glob("pwned"), *Path().glob("pwned")]
    assert not (Path.home() / "pwned").exists()


def test_stopping_stops_the_far_side_too(house: House) -> None:
    good(house)
    stop = threading.Event()
    stop.set()
    (house.root / "into").mkdir()
    with pytest.raises(EngineError, match="cancelled"):
        restore(house.it, NAME, house.root / "into", stop)
    assert not [each for each in threading.enumerate() if each.name == "archive"]


def test_another_host_key_is_refused(tmp_path: Path, server: Server) -> None:
    (tmp_path / "dump").mkdir()
    keypair(tmp_path / "other")
    other = Server(tmp_path, server.port)
    address = server.address(tmp_path / "dump")
    know(tmp_path, server.port, tmp_path / "other.pub")
    for known in (other.known.read_text(), ""):
        other.known.write_text(known)
        it = far(address, tmp_path, server.settings(known_hosts=str(other.known)))
        with pytest.raises(EngineDenied, match="dump-host-key"):
            it.observe(now=NOW)
    assert far(address, tmp_path, server.settings()).observe(now=NOW).points == ()


def test_another_login_is_refused(tmp_path: Path, server: Server) -> None:
    keypair(tmp_path / "stranger")
    given = server.settings(identity=str(tmp_path / "stranger"))
    with pytest.raises(EngineDenied, match="dump-login"):
        far(server.address(tmp_path), tmp_path, given).observe(now=NOW)


def test_a_server_that_is_away_is_unreachable(tmp_path: Path, server: Server) -> None:
    away = server.address(tmp_path).replace(f":{server.port}/", ":1/")
    with pytest.raises(EngineUnreachable, match="dump-away"):
        far(away, tmp_path, server.settings()).observe(now=NOW)


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_a_transfer_that_breaks_over_ssh_says_nothing_of_the_archive(
    tmp_path: Path,
) -> None:
    packed(rootfs(tmp_path / "guest"), tmp_path / "dump" / NAME)
    with sshd(tmp_path / "keys", cutting(tmp_path / "cut", 500_000)) as dying:
        it = far(dying.address(tmp_path / "dump"), tmp_path, dying.settings())
        assert len(it.observe(now=NOW).points) == 1
        found = failing(it, tmp_path / "into")
    assert isinstance(found, EngineUnreachable)
    assert found.code in SAYS_NOTHING


@pytest.mark.parametrize("said", ["echo Welcome to the box", "cat /dev/zero", "exit 0"])
def test_a_server_that_says_something_else_is_no_empty_folder(tmp_path: Path, said: str) -> None:
    with sshd(tmp_path / "keys", script(tmp_path / "odd", said)) as odd:
        it = far(odd.address(tmp_path), tmp_path, odd.settings())
        with pytest.raises(EngineUnreachable, match=r"dump-odd|dump-away"):
            it.observe(now=NOW)


@pytest.mark.parametrize("end", ["exit 0", "echo connection reset by peer >&2; exit 5"])
def test_a_transfer_that_breaks_in_rclone_says_nothing_of_the_archive(
    tmp_path: Path, end: str
) -> None:
    packed(rootfs(tmp_path / "guest"), tmp_path / "dump" / NAME)
    given = {"config": str(rclone_config(tmp_path))}
    cut = script(
        tmp_path / "rclone",
        f'case "$*" in *--count=4*|lsjson*) exec rclone "$@";; esac\n'
        f'rclone "$@" | head -c 700000; {end}',
    )
    it = far(f"rclone:box:{tmp_path}/dump", tmp_path, given, cut)
    assert len(it.observe(now=NOW).points) == 1
    found = failing(it, tmp_path / "into")
    assert isinstance(found, EngineUnreachable)
    assert found.code in SAYS_NOTHING


def test_a_listing_that_breaks_off_is_no_shorter_list(tmp_path: Path) -> None:
    (tmp_path / "dump").mkdir()
    (tmp_path / "dump" / NAME).touch()
    given = {"config": str(rclone_config(tmp_path))}
    cut = script(tmp_path / "rclone", 'rclone "$@" | head -n 2')
    with pytest.raises(EngineUnreachable, match="dump-odd"):
        far(f"rclone:box:{tmp_path}/dump", tmp_path, given, cut).observe(now=NOW)


def test_a_remote_nobody_described_is_away_with_the_words_of_rclone(tmp_path: Path) -> None:
    given = {"config": str(rclone_config(tmp_path))}
    with pytest.raises(EngineUnreachable, match="dump-away") as caught:
        far("rclone:bocks:/dump", tmp_path, given).observe(now=NOW)
    assert "bocks" in str(caught.value.parameters["detail"])
