"""Archives of virtual machines through the engine: disks taken out, hostile and broken ones not."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from build_far import sshd
from build_guest import NAME, engine, places, restore, rootfs
from build_guest import packed as archive
from build_vma import CLUSTER, Vma, claiming
from phoenix_dr.adapters.vzdump import Vzdump
from phoenix_dr.adapters.vzdump.tar import Patience
from phoenix_dr.errors import EngineError, EngineUnreachable
from tools import program

STEM = "vzdump-qemu-210-2026_11_20-03_00_00.vma"
CONF = b"boot: order=scsi0\nmemory: 64\nscsi0: local-lvm:vm-210-disk-0,size=1M\n"
DISK = os.urandom(CLUSTER) + bytes(CLUSTER) + b"end".ljust(CLUSTER, b"\0") + bytes(13 * CLUSTER)
PACKED = {"": None, ".zst": "zstd", ".gz": "gzip", ".lzo": "lzop"}


def vma(conf: bytes = CONF, disk: bytes = DISK, key: str = "scsi0") -> bytes:
    return Vma({f"drive-{key}": disk}, {"qemu-server.conf": conf}).archive()


def packed(raw: bytes, dump: Path, ending: str = "") -> str:
    """The name of an archive in a folder, packed as its ending says."""
    dump.mkdir(exist_ok=True)
    tool = PACKED[ending]
    if tool is not None:
        argv = [program(tool), "-q", "-c"]
        raw = subprocess.run(argv, input=raw, check=True, capture_output=True, timeout=60).stdout
    (dump / f"{STEM}{ending}").write_bytes(raw)
    return f"{STEM}{ending}"


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return tmp_path / "dump"


@pytest.fixture
def into(tmp_path: Path) -> Path:
    (tmp_path / "into").mkdir()
    return tmp_path / "into"


@pytest.mark.parametrize("ending", PACKED)
def test_disks_and_configuration_come_out_of_every_packing(
    dump: Path, into: Path, ending: str
) -> None:
    name = packed(vma(), dump, ending)
    it = engine(dump)
    restore(it, name, into)
    assert (into / "drive-scsi0.raw").read_bytes() == DISK
    assert (into / "drive-scsi0.raw").stat().st_blocks * 512 < len(DISK)
    assert (into / "qemu-server.conf").read_bytes() == CONF
    listed = {each.path: each.size for each in it.contents(name, cancel=threading.Event())}
    assert listed == {"/drive-scsi0.raw": len(DISK), "/qemu-server.conf": len(CONF)}
    assert it.has_checksum(name) is (ending != "")


def test_a_checksum_left_out_is_not_claimed(dump: Path) -> None:
    dump.mkdir()
    for name, argv in (
        (f"{STEM}.zst", ["zstd", "-q", "--no-check"]),
        (f"{STEM}.lzo", ["lzop", "-q", "-F"]),
    ):
        (dump / name).write_bytes(
            subprocess.run(argv, input=vma(), check=True, capture_output=True).stdout
        )
        assert not engine(dump).has_checksum(name)


def failing(dump: Path, name: str, into: Path, it: Vzdump | None = None) -> str:
    with pytest.raises(EngineError) as caught:
        restore(it or engine(dump), name, into)
    return caught.value.code


@pytest.mark.parametrize("ending", [".zst", ".gz", ".lzo"])
@pytest.mark.parametrize("place", [0.3, 0.6])
def test_a_flipped_bit_of_a_packed_archive_is_found(
    dump: Path, into: Path, ending: str, place: float
) -> None:
    path = dump / packed(vma(), dump, ending)
    raw = bytearray(path.read_bytes())
    raw[int(len(raw) * place)] ^= 4
    path.write_bytes(raw)
    assert failing(dump, path.name, into) == "archive-damaged"


@pytest.mark.parametrize("ending", PACKED)
@pytest.mark.parametrize("cut", [1, 5000])
def test_a_cut_archive_is_damaged(dump: Path, into: Path, ending: str, cut: int) -> None:
    path = dump / packed(vma(), dump, ending)
    os.truncate(path, path.stat().st_size - cut)
    # The end of a gzip or zstd is its checksum; VMA itself ends with a block.
    assert failing(dump, path.name, into) == ("archive-damaged" if ending else "vma-extent")


@pytest.mark.parametrize("ending", PACKED)
def test_a_twin_is_caught_and_the_archive_is_not_touched(
    dump: Path, into: Path, tmp_path: Path, ending: str
) -> None:
    name = packed(vma(), dump, ending)
    before = (dump / name).read_bytes()
    made = engine(dump).mutate(name, (), into=tmp_path / "twin", cancel=threading.Event())
    changed = [
        at for at, byte in enumerate((made.repository / name).read_bytes()) if byte != before[at]
    ]
    assert changed == [made.offset]
    code = "archive-damaged" if ending else "vma-extent"
    assert failing(made.repository, name, into) == code
    assert (dump / name).read_bytes() == before


def test_8_vma_proves_structure_not_content(dump: Path, into: Path) -> None:
    """A flipped bit in a disk comes out as it lies there, and nobody claims to have looked."""
    raw = bytearray(vma())
    raw[raw.index(b"end")] ^= 1
    name = packed(bytes(raw), dump)
    it = engine(dump)
    restore(it, name, into)
    assert (into / "drive-scsi0.raw").read_bytes() != DISK
    assert not it.has_checksum(name)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (vma(CONF.replace(b"210", b"211")), "archive-other-guest"),
        (Vma({"drive-scsi0": DISK}, {"other.conf": CONF}).archive(), "vm-conf-missing"),
        (Vma({"drive-../../x": DISK}, {"qemu-server.conf": CONF}).archive(), "vma-header"),
        (Vma({"/etc/x": DISK}, {"qemu-server.conf": CONF}).archive(), "vma-header"),
        (
            Vma({"drive-scsi0": DISK}, {"qemu-server.conf": CONF, "../x": b"x"}).archive(),
            "vma-header",
        ),
        (b"nothing of the kind" * 1000, "vma-not-one"),
        (b"", "vma-not-one"),
    ],
    ids=["renamed", "no-conf", "up", "absolute", "conf-up", "other", "empty"],
)
def test_what_is_no_archive_of_this_machine_is_ko_by_name(
    dump: Path, into: Path, raw: bytes, code: str
) -> None:
    assert failing(dump, packed(raw, dump, ".zst" if raw else ""), into) == code
    assert os.listdir(into) == []


@pytest.mark.parametrize(
    "conf",
    [
        CONF.replace(b"vm-210", b"base-100-disk-0/vm-210"),
        CONF + b"ide2: local:iso/debian.iso,media=cdrom\nscsi1: /dev/sdb,backup=0\n",
        CONF + b"[before]\nscsi0: local-lvm:vm-999-disk-0,size=4K\n",
        CONF.replace(b"1M", b"128K"),
        b"scsi0: nas:210/disk.qcow2\n",
    ],
    ids=["linked-clone", "more-drives", "snapshot", "rounded-up", "no-number"],
)
def test_a_healthy_configuration_raises_no_alarm(dump: Path, into: Path, conf: bytes) -> None:
    restore(engine(dump), packed(vma(conf), dump), into)
    assert (into / "drive-scsi0.raw").read_bytes() == DISK


@pytest.mark.parametrize(
    ("size", "told", "code"),
    [
        (1 << 40, b",size=1M", "archive-too-large"),
        (9 << 40, b"", "no-space"),
        (1 << 62, b"", "vma-header"),
        (1 << 40, b"", "vma-incomplete"),
    ],
)
def test_a_bomb_of_a_huge_sparse_disk_goes_off_nowhere(
    dump: Path, into: Path, size: int, told: bytes, code: str
) -> None:
    conf = CONF.replace(b",size=1M", told)
    machine = Vma({"drive-scsi0": DISK}, {"qemu-server.conf": conf})
    assert failing(dump, packed(claiming(size, machine), dump, ".zst"), into) == code
    assert sum(path.stat().st_blocks for path in into.iterdir()) * 512 < 1 << 20


def test_a_disk_that_fills_up_says_nothing_of_the_copy(dump: Path, into: Path) -> None:
    name = packed(vma(), dump)
    it = engine(dump, patience=Patience(least=1 << 60))
    assert failing(dump, name, into, it) == "no-space"


@pytest.mark.parametrize("form", [STEM, STEM.replace("qemu", "lxc").replace(".vma", ".tar")])
def test_a_missing_lzop_is_named(dump: Path, into: Path, form: str) -> None:
    dump.mkdir()
    packing = [program("lzop"), "-q", "-c"]
    raw = subprocess.run(packing, input=vma(), check=True, capture_output=True).stdout
    (dump / f"{form}.lzo").write_bytes(raw)
    here = places(dump.parent)
    bare = replace(here, environ={"PATH": str(into)})
    with pytest.raises(EngineUnreachable, match="program-missing") as caught:
        restore(Vzdump(engine(dump).spec, bare), f"{form}.lzo", into)
    assert caught.value.parameters["program"] == "lzop"


def test_behind_ssh_it_is_read_as_it_comes(dump: Path, into: Path, tmp_path: Path) -> None:
    with sshd(tmp_path / "keys", "internal-sftp") as server:
        for ending in ("", ".gz", ".zst"):
            name = packed(vma(), dump, ending)
            spec = engine(dump).spec
            address, known = server.address(dump), {**spec.settings, **server.settings()}
            far = replace(spec, repository=address, settings=known)
            it = Vzdump(far, places(tmp_path))
            restore(it, name, into)
            assert (into / "drive-scsi0.raw").read_bytes() == DISK
            for path in into.iterdir():
                path.unlink()
    assert gzip.decompress((dump / f"{STEM}.gz").read_bytes()) == vma()


REFUSED = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[1:2]
from build_guest import engine, restore
from phoenix_dr.errors import EngineUnreachable
try:
    restore(engine(Path(sys.argv[2])), sys.argv[3], Path(sys.argv[4]))
except EngineUnreachable as error:
    print(error.code, error.parameters["program"])
"""


@pytest.mark.parametrize("kind", ["qemu", "lxc"])
def test_a_machine_that_refuses_the_jail_says_nothing_of_the_copy(
    dump: Path, into: Path, kind: str
) -> None:
    """Root of a user namespace with one id cannot become nobody, whatever the archive holds."""
    name = packed(vma(), dump, ".zst")
    if kind == "lxc":
        name = NAME
        archive(rootfs(dump.parent / "guest"), dump / name)
    words = (str(Path(__file__).parents[2]), str(dump), name, str(into))
    found = subprocess.run(
        [program("unshare"), "-Ur", sys.executable, "-c", REFUSED, *words],
        capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    assert found.stdout == b"program-broken setpriv\n", found.stderr
