"""The engine over real archives made by real tools, good ones and hostile ones."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from build_guest import CONF, NAME, engine, packed, places, restore, rootfs, zipped
from phoenix_dr.adapters import _idmap
from phoenix_dr.adapters._room import Room
from phoenix_dr.adapters.vzdump import Vzdump
from phoenix_dr.adapters.vzdump.tar import Patience
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.model import Location
from phoenix_dr.errors import EngineError, EngineUnreachable, Refused

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
Change = Callable[[Path], object]


def touched(dump: Path, *names: str, size: int = 1000) -> Vzdump:
    """A folder of files with these names."""
    dump.mkdir(exist_ok=True)
    for name in names:
        (dump / name).write_bytes(b"x" * size)
    return engine(dump)


def points(it: Vzdump) -> list[RecoveryPoint]:
    return list(it.observe(now=NOW).points)


def test_archives_of_named_guests_are_points(tmp_path: Path) -> None:
    vm = "vzdump-qemu-210-2026_11_19-03_00_00.vma.zst"
    it = touched(
        tmp_path / "dump", NAME, vm, NAME + ".notes", NAME + ".protected",
        NAME.replace("-210-", "-211-"), NAME.replace(".tar.zst", ".tar.dat"), "vzdumptmp7", "x",
    )  # fmt: skip
    assert {(each.id, each.asset, each.protected) for each in points(it)} == {
        (NAME, "dns/adguard", True), (vm, "dns/adguard", False),
    }  # fmt: skip
    assert it.foreign() == 1
    [newest] = [each for each in points(it) if each.id == NAME]
    assert newest.taken_at == datetime(2026, 11, 20, 3, tzinfo=UTC)
    assert (newest.size, newest.complete, newest.location) == (1000, None, "nas")


BEGUN = "INFO: Starting Backup of VM 210 (lxc)\n"


@pytest.mark.parametrize(
    ("said", "complete"),
    [
        (BEGUN + "INFO: Finished Backup of VM 210 (00:00:23)\n", True),
        (BEGUN + "ERROR: Backup of VM 210 failed - no space\n", False),
        (BEGUN, None),
        ("INFO: Finished Backup of VM 211 (00:00:23)\n", None),
    ],
)
def test_the_log_beside_tells_whether_it_is_complete(
    tmp_path: Path, said: str, complete: bool | None
) -> None:
    it = touched(tmp_path / "dump", NAME)
    (tmp_path / "dump" / NAME.replace(".tar.zst", ".log")).write_text(said)
    assert [each.complete for each in points(it)] == [complete]


def test_a_fingerprint_changes_with_any_archive_and_with_nothing_else(tmp_path: Path) -> None:
    dump = tmp_path / "dump"
    it = touched(dump, NAME)
    seen = [it.fingerprint()]
    (dump / "note").touch()
    assert it.fingerprint() == seen[0]
    steps: tuple[Change, ...] = (
        lambda path: path.write_bytes(b"longer" * 1000),
        lambda path: os.utime(path, (1, 1)),
        lambda path: path.with_name(NAME + ".protected").touch(),
        lambda path: path.rename(path.with_name(NAME.replace("03_00_00", "04_00_00"))),
    )
    for step in steps:
        step(dump / NAME)
        seen.append(it.fingerprint())
    assert len(set(seen)) == len(seen)
    assert it.observe(now=NOW).fingerprint == seen[-1]


def test_links_are_no_archives(tmp_path: Path) -> None:
    it = touched(tmp_path / "dump", "x")
    (tmp_path / "dump" / NAME).symlink_to("/etc/passwd")
    assert points(it) == []
    with pytest.raises(EngineError, match="point-missing"):
        restore(it, NAME, folder(tmp_path))


def test_a_share_that_is_not_mounted_is_no_empty_folder(tmp_path: Path) -> None:
    it = touched(tmp_path / "dump", NAME)
    away = places(tmp_path)
    away = type(away)(
        away.here, {"nas": Location("nas", "nas", mount=str(tmp_path))}, away.environ,
        away.cache_dir, away.clock,
    )  # fmt: skip
    with pytest.raises(EngineUnreachable, match="not-mounted"):
        Vzdump(it.spec, away).observe(now=NOW)
    with pytest.raises(EngineUnreachable, match="dump-missing"):
        engine(tmp_path / "nowhere").observe(now=NOW)


def folder(tmp_path: Path) -> Path:
    """An empty folder to restore into."""
    into = tmp_path / "into"
    into.mkdir(exist_ok=True)
    return into


@pytest.fixture
def mapped() -> Path:
    """A folder of the guest's root, which it can reach; as in a drill with a container."""
    from build_guest import open_folder

    if os.geteuid() != 0:
        pytest.skip("only root maps ids")
    into = open_folder() / "into"
    into.mkdir(mode=0o700)
    os.chown(into, _idmap.BASE, _idmap.BASE)
    return into


@pytest.mark.parametrize("packing", ["zst", "gz", "plain"])
def test_every_packing_is_unpacked(tmp_path: Path, packing: str) -> None:
    archive = packed(rootfs(tmp_path / "guest"), tmp_path / "dump" / NAME)
    if packing != "zst":
        import subprocess

        plain = subprocess.run(["zstd", "-dc", archive], check=True, capture_output=True).stdout
        name = NAME.removesuffix(".zst") + (".gz" if packing == "gz" else "")
        if packing == "gz":
            import gzip

            plain = gzip.compress(plain, 1)
        archive.unlink()
        archive = archive.with_name(name)
        archive.write_bytes(plain)
    into = folder(tmp_path)
    restore(engine(tmp_path / "dump"), archive.name, into)
    assert (into / "srv/health").read_text() == "fine\n"
    assert os.readlink(into / "sbin/init") == "../bin/busybox"


def test_owners_are_those_the_guest_knows(tmp_path: Path, mapped: Path) -> None:
    guest = rootfs(tmp_path / "guest")
    (guest / "srv").chmod(0o2750)
    packed(guest, tmp_path / "dump" / NAME)
    restore(engine(tmp_path / "dump"), NAME, mapped)
    found = (mapped / "srv/health").stat()
    assert (found.st_uid, found.st_gid) == (_idmap.BASE + 472, _idmap.BASE + 472)
    assert (mapped / "srv").stat().st_mode & 0o7777 == 0o2750
    assert (mapped / "etc").stat().st_uid == _idmap.BASE


def failing(tmp_path: Path, into: Path | None = None) -> str:
    """Code of the error a restore ends with."""
    with pytest.raises(EngineError) as caught:
        restore(engine(tmp_path / "dump"), NAME, into or folder(tmp_path))
    return caught.value.code


def good(tmp_path: Path) -> Path:
    return packed(rootfs(tmp_path / "guest"), tmp_path / "dump" / NAME)


@pytest.mark.parametrize("cut", [1, 3, 5000, 500_000])
def test_a_cut_archive_is_damaged_even_by_one_byte(tmp_path: Path, cut: int) -> None:
    archive = good(tmp_path)
    os.truncate(archive, archive.stat().st_size - cut)
    assert failing(tmp_path) == "archive-damaged"


@pytest.mark.parametrize("place", [0.2, 0.5, 0.9, 1.0])
def test_a_flipped_bit_is_found(tmp_path: Path, place: float) -> None:
    archive = good(tmp_path)
    data = bytearray(archive.read_bytes())
    data[int((len(data) - 1) * place)] ^= 4
    archive.write_bytes(data)
    assert failing(tmp_path) == "archive-damaged"


def test_a_twin_is_damaged_and_the_archive_is_not_touched(tmp_path: Path) -> None:
    before = good(tmp_path).read_bytes()
    it = engine(tmp_path / "dump")
    made = it.mutate(NAME, (), into=tmp_path / "twin", cancel=threading.Event())
    with pytest.raises(EngineError, match="archive-damaged"):
        restore(engine(made.repository), NAME, folder(tmp_path))
    assert (tmp_path / "dump" / NAME).read_bytes() == before


def test_the_configuration_must_come_first(tmp_path: Path) -> None:
    guest = rootfs(tmp_path / "guest")
    packed(guest, tmp_path / "dump" / NAME, "./srv")
    assert failing(tmp_path) == "archive-no-conf"
    (guest / "etc/vzdump/pct.conf").unlink()
    packed(guest, tmp_path / "dump" / NAME, "./bin")
    assert failing(tmp_path) == "archive-no-conf"
    zipped(b"", tmp_path / "dump" / NAME)
    assert failing(tmp_path) == "archive-no-conf"


def test_a_renamed_archive_of_another_guest_is_not_restored(tmp_path: Path) -> None:
    packed(rootfs(tmp_path / "guest", CONF.replace("210", "211")), tmp_path / "dump" / NAME)
    assert failing(tmp_path) == "archive-other-guest"
    assert os.listdir(folder(tmp_path)) == []


def test_ids_outside_the_map_are_named(tmp_path: Path, mapped: Path) -> None:
    guest = rootfs(tmp_path / "guest")
    os.chown(guest / "srv/health", 100_472, 100_472)
    packed(guest, tmp_path / "dump" / NAME)
    assert failing(tmp_path, mapped) == "archive-owner-unmapped"


def hostile(archive: Path, *members: tuple[tarfile.TarInfo, bytes]) -> None:
    """An archive whose first member is a good configuration, with these behind it."""
    archive.parent.mkdir(exist_ok=True)
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as tar:
        conf = tarfile.TarInfo("./etc/vzdump/pct.conf")
        conf.size = len(CONF)
        tar.addfile(conf, io.BytesIO(CONF.encode()))
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    zipped(held.getvalue(), archive)


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, 0o4777
    return info


@pytest.mark.parametrize("into_map", [True, False])
def test_nothing_leaves_the_folder(tmp_path: Path, mapped: Path, into_map: bool) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    outside.chmod(0o777)
    target = mapped if into_map else folder(tmp_path)
    hostile(
        tmp_path / "dump" / NAME,
        (member("../../escaped"), b"x"),
        (member(f"{outside}/absolute"), b"x"),
        (member("./out", tarfile.SYMTYPE, str(outside)), b""),
        (member("./out/through"), b"x"),
        (member("./up", tarfile.SYMTYPE, "../../../.."), b""),
        (member("./up/tmp/through"), b"x"),
        (member("./hard", tarfile.LNKTYPE, "/etc/passwd"), b""),
        (member("/into/../usr/bin/planted"), b"x"),
    )
    try:
        restore(engine(tmp_path / "dump"), NAME, target)
    except EngineError as error:
        assert error.code == "archive-damaged"  # noqa: PT017 - either way nothing got out
    assert os.listdir(outside) == []
    beside = {path.name for path in target.parent.iterdir()} - {"dump", "outside", "guest"}
    assert beside == {"into"}
    assert not Path("/usr/bin/planted").exists()
    assert not Path("/tmp/through").exists()


def test_device_nodes_are_left_out_and_the_rest_is_whole(tmp_path: Path, mapped: Path) -> None:
    node = member("./srv/disk", tarfile.BLKTYPE)
    node.devmajor, node.devminor = 8, 0
    null = member("./dev/null", tarfile.CHRTYPE)
    null.devmajor, null.devminor = 1, 3
    hostile(tmp_path / "dump" / NAME, (node, b""), (null, b""), (member("./srv/page"), b"words"))
    restore(engine(tmp_path / "dump"), NAME, mapped)
    assert (mapped / "srv/page").read_text() == "words"
    assert not (mapped / "srv/disk").exists()
    assert not (mapped / "dev").exists()


def test_a_bomb_is_stopped_by_what_its_guest_could_hold(tmp_path: Path) -> None:
    guest = rootfs(tmp_path / "guest", CONF.replace("size=1G", "size=1M"))
    (guest / "srv/zeros").write_bytes(bytes(64 << 20))
    packed(guest, tmp_path / "dump" / NAME)
    assert failing(tmp_path) == "archive-too-large"


def test_a_file_system_that_fills_up_stops_it_and_says_nothing_of_the_copy(tmp_path: Path) -> None:
    good(tmp_path)
    free = shutil.disk_usage(tmp_path).free
    it = engine(tmp_path / "dump", patience=Patience(least=free + (1 << 30)))
    with pytest.raises(EngineError, match="no-space"):
        restore(it, NAME, folder(tmp_path))


def test_room_is_watched(tmp_path: Path) -> None:
    outer = threading.Event()
    room = Room(tmp_path, outer, limit=4 << 20, least=0)
    assert not room.is_set()
    (tmp_path / "big").write_bytes(os.urandom(16 << 20))
    os.sync()
    assert room.is_set()
    assert room.why == "limit"
    calm = Room(tmp_path, outer, least=0)
    outer.set()
    assert calm.is_set()
    assert calm.why == ""


def test_only_an_empty_folder_is_filled(tmp_path: Path) -> None:
    good(tmp_path)
    into = folder(tmp_path)
    (into / "mine").touch()
    with pytest.raises(Refused, match="restore-not-empty"):
        restore(engine(tmp_path / "dump"), NAME, into)


def test_an_archive_is_listed_with_odd_names_and_its_damage_is_found(tmp_path: Path) -> None:
    guest = rootfs(tmp_path / "guest")
    odd = b'line\nbreak \xff "quoted" \\ -> arrow'
    with open(os.path.join(os.fsencode(guest), b"srv", odd), "wb") as file:
        file.write(b"12345")
    archive = packed(guest, tmp_path / "dump" / NAME)
    it = engine(tmp_path / "dump")
    found = {each.path: each for each in it.contents(NAME, cancel=threading.Event())}
    assert found["/srv/" + os.fsdecode(odd)].size == 5
    assert found["/bin/sh"].kind == "symlink"
    assert -1 in {found["/srv/health"].size, found["/srv/again"].size}
    os.truncate(archive, archive.stat().st_size - 5000)
    with pytest.raises(EngineError, match="archive-damaged"):
        list(it.contents(NAME, cancel=threading.Event()))


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        (f"x:{_idmap.BASE}:65536", True), (f"x:{_idmap.BASE - 1}:2", True),
        (f"x:{_idmap.BASE + 65535}:1", True), ("root:100000:65536", False),
        (f"x:{_idmap.BASE - 10}:10", False), (f"x:{_idmap.BASE + 65536}:9", False),
        ("nonsense", False), ("x:²:1", False), ("", False),
    ],
)  # fmt: skip
def test_ids_given_to_someone_are_not_used(tmp_path: Path, line: str, taken: bool) -> None:
    (tmp_path / "subuid").write_text(f"# c\n{line}\n")
    assert _idmap.taken((tmp_path / "subuid", tmp_path / "none")) is taken
