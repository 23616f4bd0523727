"""VMA archives: what was written comes out again; whatever is broken is named, never guessed."""

from __future__ import annotations

import gzip
import os
import struct
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_vma import CLUSTER, CONFIG, UUID, Vma, extent, sealed
from phoenix_dr.adapters import vma
from phoenix_dr.adapters.vma import Extracted
from phoenix_dr.errors import EngineError, EngineUnreachable, PhoenixError, Refused

ENV = {"PATH": os.environ["PATH"]}
ZEROS = bytes(4096)


def out(raw: bytes, folder: Path, **options: object) -> Extracted:
    """Extract an archive given as bytes."""
    archive = folder / "archive"
    archive.write_bytes(raw)
    into = folder / "out"
    into.mkdir(exist_ok=True)
    cancel = threading.Event()
    with vma.opened(archive, environ=ENV, cancel=cancel) as source:
        return vma.extract(source, into, cancel=cancel, **options)  # type: ignore[arg-type]


def code_of(raw: bytes, folder: Path, **options: object) -> str:
    """The code an archive is refused with."""
    with pytest.raises(PhoenixError) as caught:
        out(raw, folder, **options)
    return caught.value.code


def one(content: bytes) -> Vma:
    """An archive of one disk."""
    return Vma({"drive-scsi0": content})


pieces = st.lists(
    st.sampled_from([ZEROS, b"a" * 4096, bytes(range(256)) * 16]), min_size=1, max_size=80
).map(b"".join)


@settings(max_examples=60)
@given(
    disks=st.lists(st.tuples(pieces, st.integers(1, 4096)), min_size=1, max_size=3),
    seed=st.none() | st.integers(0, 99),
)
def test_what_was_written_comes_out(
    tmp_path_factory: pytest.TempPathFactory, disks: list[tuple[bytes, int]], seed: int | None
) -> None:
    # Disks end in the middle of blocks and clusters, clusters come in any order.
    contents = {f"drive-{i}": content[:-cut] + b"x" for i, (content, cut) in enumerate(disks)}
    folder = tmp_path_factory.mktemp("vma")
    found = out(Vma(contents, seed=seed).archive(), folder)
    assert {path.name: path.read_bytes() for path in found.files} == {
        f"{name}.raw": content for name, content in contents.items()
    }
    assert (folder / "out" / "qemu-server.conf").read_bytes() == CONFIG


def test_holes_stay_holes(tmp_path: Path) -> None:
    content = b"x" * 4096 + bytes(64 << 20) + b"y"
    [path] = out(one(content).archive(), tmp_path).files
    assert path.stat().st_size == len(content)
    assert path.stat().st_blocks * 512 < 1 << 20


@pytest.mark.parametrize("pack", ["gzip", "zstd"])
def test_packed_archives_are_known_by_what_they_are(tmp_path: Path, pack: str) -> None:
    content = os.urandom(300_000)
    raw = one(content).archive()
    packed = subprocess.run([pack, "-c"], input=raw, check=True, capture_output=True).stdout
    [path] = out(packed, tmp_path).files
    assert path.read_bytes() == content
    for broken in (packed[:-20], packed[: len(packed) // 2]):
        (tmp_path / "again").mkdir(exist_ok=True)
        assert code_of(broken, tmp_path / "again") in {"archive-damaged", "vma-extent"}
        for left in (tmp_path / "again" / "out").iterdir():
            left.unlink()


def test_two_gzip_members_are_one_stream(tmp_path: Path) -> None:
    raw = one(b"z" * 9000).archive()
    [path] = out(gzip.compress(raw[:700]) + gzip.compress(raw[700:]), tmp_path).files
    assert path.read_bytes() == b"z" * 9000


def test_only_named_disks_are_written(tmp_path: Path) -> None:
    both = Vma({"drive-scsi0": b"a" * 5000, "drive-scsi1": b"b" * 5000})
    [path] = out(both.archive(), tmp_path, only=frozenset({"drive-scsi1"})).files
    assert (path.name, path.read_bytes()) == ("drive-scsi1.raw", b"b" * 5000)
    (tmp_path / "no").mkdir()
    assert code_of(both.archive(), tmp_path / "no", only=frozenset({"x"})) == "vma-no-device"


def changed(raw: bytes, at: int, new: bytes, *, seal: int | None = None, size: int = 0) -> bytes:
    """Bytes replaced; with `seal` the header of `size` bytes gets a right checksum again."""
    made = bytearray(raw[:at] + new + raw[at + len(new) :])
    if seal is None:
        return bytes(made)
    return sealed(made[:size], seal) + bytes(made[size:])


DISK = os.urandom(3 * CLUSTER)


def head() -> int:
    """Bytes of the header of the archive of DISK."""
    return len(one(DISK).head())


CASES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "no archive": (lambda raw: b"PK" + raw, "vma-not-one"),
    "empty": (lambda raw: b"", "vma-not-one"),
    "version 2": (lambda raw: changed(raw, 4, struct.pack(">I", 2)), "vma-header"),
    "a bit of the header": (lambda raw: changed(raw, 13_000 // 2, b"\x01"), "vma-header"),
    "a header of 4 GB": (lambda raw: changed(raw, 56, b"\xff\xff\xfe\x00"), "vma-header"),
    "cut in the header": (lambda raw: raw[:9000], "vma-header"),
    "a blob out of bounds": (
        lambda raw: changed(raw, 4096 + 32, b"\x00\x0f\xff\xff", seal=32, size=head()),
        "vma-header",
    ),
    "a disk of 2^63 bytes": (
        lambda raw: changed(raw, 4096 + 40, b"\x80" + bytes(7), seal=32, size=head()),
        "vma-header",
    ),
    "cut in an extent": (lambda raw: raw[:-5], "vma-extent"),
    "cut before the last extent": (lambda raw: raw[: head()], "vma-incomplete"),
    "a bit of an extent": (lambda raw: changed(raw, head() + 45, b"\x77"), "vma-extent"),
    "an extent of another archive": (
        lambda raw: raw + extent([(1, 0, 0, b"")], uuid=bytes(16)),
        "vma-extent",
    ),
    "a cluster twice": (lambda raw: raw + extent([(1, 0, 0, b"")]), "vma-cluster"),
    "a cluster past the end": (lambda raw: raw + extent([(1, 3, 0, b"")]), "vma-cluster"),
    "an unknown device": (lambda raw: raw + extent([(9, 0, 0, b"")]), "vma-cluster"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_broken_is_named(tmp_path: Path, case: str) -> None:
    breaking, code = CASES[case]
    assert code_of(breaking(one(DISK).archive()), tmp_path) == code


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".", "-x", "a\n", "x" * 200])
def test_a_name_is_no_path(tmp_path: Path, name: str) -> None:
    assert code_of(Vma({name: b"x"}).archive(), tmp_path) == "vma-header"
    assert not list((tmp_path / "out").iterdir())


def test_nothing_is_overwritten_and_nothing_too_big_begun(tmp_path: Path) -> None:
    raw = one(DISK).archive()
    out(raw, tmp_path)
    assert code_of(raw, tmp_path) == "vma-file-exists"
    (tmp_path / "two").mkdir()
    with pytest.raises(Refused):
        out(raw, tmp_path / "two", most=len(DISK) - 1)
    assert not list((tmp_path / "two" / "out").iterdir())


def test_verifying_writes_nothing_and_finds_the_same(tmp_path: Path) -> None:
    archive = tmp_path / "archive.vma"
    cancel = threading.Event()
    for raw, good in ((one(DISK).archive(), True), (one(DISK).archive()[:-512], False)):
        archive.write_bytes(raw)
        with vma.opened(archive, environ=ENV, cancel=cancel) as source:
            if good:
                assert vma.verify(source, cancel=cancel).stored == len(DISK)
            else:
                with pytest.raises(EngineError):
                    vma.verify(source, cancel=cancel)


def test_a_missing_file_and_a_cancelled_read(tmp_path: Path) -> None:
    cancel = threading.Event()
    with (
        pytest.raises(EngineUnreachable, match="archive-missing"),
        vma.opened(tmp_path / "none", environ=ENV, cancel=cancel),
    ):
        pass
    archive = tmp_path / "archive"
    archive.write_bytes(one(DISK).archive())
    cancel.set()
    with (
        pytest.raises(EngineError, match="cancelled"),
        vma.opened(archive, environ=ENV, cancel=cancel) as source,
    ):
        vma.verify(source, cancel=cancel)


def test_the_header_tells_when_and_what() -> None:
    from phoenix_dr.adapters.vma import form

    found = form.header(one(DISK).head())
    assert found.uuid == UUID
    assert [(each.id, each.name, each.size) for each in found.devices] == [
        (1, "drive-scsi0", len(DISK))
    ]
    assert [each.name for each in found.configs] == ["qemu-server.conf"]
