"""The file transfer protocol against servers that answer oddly, and pipes that break."""

from __future__ import annotations

import os
import stat
import struct
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.adapters._command import Result
from phoenix_dr.adapters.vzdump import sftp
from phoenix_dr.adapters.vzdump.flow import Stall, poured, whole
from phoenix_dr.adapters.vzdump.folder import Facts
from phoenix_dr.adapters.vzdump.sftp import Ended, Odd, Session
from phoenix_dr.errors import EngineError, EngineUnreachable

DONE = Result(255, b"", b"", 0.0)
DATA = Random(7).randbytes(300_000)


def packet(kind: int, *parts: int | bytes) -> bytes:
    """A message: numbers of four bytes, texts with their length."""
    body = bytes([kind])
    for part in parts:
        body += struct.pack(">I", part if isinstance(part, int) else len(part))
        body += b"" if isinstance(part, int) else part
    return struct.pack(">I", len(body)) + body


Answer = Callable[[int, int, int], bytes]
"""What to say to a READ: its number, offset and size."""


def plain(number: int, offset: int, size: int) -> bytes:
    """The bytes asked for, or the end."""
    data = DATA[offset : offset + size]
    return packet(sftp.DATA, number, data) if data else packet(sftp.STATUS, number, sftp.END)


def short(number: int, offset: int, size: int) -> bytes:
    """Less than asked, as a server may."""
    return plain(number, offset, min(size, 1000 + offset % 777))


def served(ask: int, answer: Answer, *, shuffle: bool = False) -> Generator[bytes, None, Result]:
    """A server of one file; with `shuffle` it answers what it was asked in any order."""
    held, dice = b"", Random(3)
    os.set_blocking(ask, False)
    while True:
        try:
            held += os.read(ask, 1 << 16)
        except BlockingIOError:
            return DONE
        said = []
        while len(held) >= 4 and len(held) >= 4 + int.from_bytes(held[:4], "big"):
            size = int.from_bytes(held[:4], "big")
            said.append(_said(held[4 : 4 + size], answer))
            held = held[4 + size :]
        if shuffle:
            dice.shuffle(said)
        yield from said


def _said(asked: bytes, answer: Answer) -> bytes:
    number = int.from_bytes(asked[1:5], "big")
    match asked[0]:
        case sftp.INIT:
            return packet(sftp.VERSION, 3)
        case sftp.OPEN | sftp.OPENDIR:
            return packet(sftp.HANDLE, number, b"h")
        case sftp.READ:
            return answer(number, *struct.unpack(">QI", asked[10:22]))
        case _:
            return packet(sftp.STATUS, number, 0)


def read(
    answer: Answer, *, offset: int = 0, count: int = len(DATA), shuffle: bool = False
) -> bytes:
    questions, ask = os.pipe()
    try:
        session = Session(served(questions, answer, shuffle=shuffle), ask, engine="nas")
        return b"".join(session.read("/x", offset=offset, count=count))
    finally:
        os.close(questions)
        os.close(ask)


@pytest.mark.parametrize("answer", [plain, short])
@pytest.mark.parametrize("shuffle", [False, True])
def test_a_file_is_whole_whatever_the_order_and_size_of_answers(
    answer: Answer, shuffle: bool
) -> None:
    assert read(answer, shuffle=shuffle) == DATA
    assert read(answer, offset=1234, count=70_000, shuffle=shuffle) == DATA[1234:71_234]


def test_a_file_that_ends_before_is_shorter_and_nothing_else() -> None:
    assert read(plain, count=len(DATA) + 100_000) == DATA


@pytest.mark.parametrize(
    "answer",
    [
        lambda number, offset, size: packet(sftp.DATA, number, b""),
        lambda number, offset, size: packet(sftp.DATA, number, b"x" * (size + 1)),
        lambda number, offset, size: packet(sftp.DATA, number + 100, b"x"),
        lambda number, offset, size: packet(sftp.DATA, number),
        lambda number, offset, size: packet(sftp.HANDLE, number, b"x"),
        lambda number, offset, size: struct.pack(">I", 1 << 30),
    ],
    ids=["nothing", "too-much", "not-asked", "too-short", "other-kind", "endless"],
)
def test_an_answer_that_does_not_fit_ends_it(answer: Answer) -> None:
    with pytest.raises(Odd):
        read(answer)


@pytest.mark.parametrize(
    ("code", "found"), [(2, "dump-missing"), (3, "no-right"), (4, "dump-said")]
)
def test_a_server_that_fails_in_the_middle_is_named(code: int, found: str) -> None:
    def failing(number: int, offset: int, size: int) -> bytes:
        return packet(sftp.STATUS, number, code) if offset else plain(number, offset, size)

    with pytest.raises(EngineError, match=found):
        read(failing)


def listed(*rows: bytes) -> Generator[bytes, None, Result]:
    yield packet(sftp.VERSION, 3) + packet(sftp.HANDLE, 1, b"h")
    yield from rows
    return DONE


def files(*rows: bytes) -> dict[str, Facts]:
    questions, ask = os.pipe()
    try:
        return Session(listed(*rows), ask, engine="nas").files("/x")
    finally:
        os.close(questions)
        os.close(ask)


def row(name: bytes, mode: int) -> bytes:
    return (
        struct.pack(">I", len(name)) + name + struct.pack(">I", 0)
        + struct.pack(">IQIII", 1 | 4 | 8, 7, mode, 1, 60)
    )  # fmt: skip


def test_only_files_are_listed_by_their_own_names() -> None:
    names = (b"a\nb", b"\xff", b"link", b"folder")
    modes = (stat.S_IFREG, stat.S_IFREG, stat.S_IFLNK, stat.S_IFDIR)
    body = struct.pack(">BII", sftp.NAME, 2, 4) + b"".join(map(row, names, modes))
    found = files(struct.pack(">I", len(body)) + body, packet(sftp.STATUS, 3, sftp.END))
    assert found == {"a\nb": Facts(7, 60 * 10**9), "\udcff": Facts(7, 60 * 10**9)}


def test_a_listing_without_its_end_is_no_list() -> None:
    with pytest.raises(Ended):
        files()


@given(st.lists(st.binary(max_size=200), max_size=8), st.booleans())
def test_no_answer_however_odd_is_taken_for_a_list(junk: list[bytes], framed: bool) -> None:
    rows = [struct.pack(">I", len(each)) + each if framed else each for each in junk]
    with pytest.raises((Odd, Ended, EngineError)):
        files(*rows)


def parts(*given: bytes | Exception) -> Callable[[threading.Event], Generator[bytes, None, None]]:
    def come(stop: threading.Event) -> Generator[bytes, None, None]:
        for each in given:
            if isinstance(each, Exception):
                raise each
            yield each

    return come


def test_what_comes_must_be_as_long_as_it_was_said() -> None:
    def asked(size: int) -> bytes:
        coming = whole(parts(b"abc", b"de"), size=size, shown="x", outer=threading.Event())
        return b"".join(coming)

    assert asked(5) == b"abcde"
    for size in (4, 6):
        with pytest.raises(EngineUnreachable, match="dump-cut"):
            asked(size)


def test_silence_is_a_transfer_that_broke_and_a_wish_to_stop_is_not() -> None:
    stop = threading.Event()
    assert not Stall(stop, 3600).is_set()
    quiet = Stall(stop, 0)
    assert quiet.is_set()
    assert quiet.too_long
    come = parts(b"ab", EngineError("cancelled", program="ssh"))
    with pytest.raises(EngineError, match="cancelled"):
        list(whole(come, size=5, shown="x", outer=stop))

    def silent(until: threading.Event) -> Generator[bytes, None, None]:
        assert until.is_set()
        yield from come(until)

    with pytest.raises(EngineUnreachable, match="dump-cut"):
        list(whole(silent, size=5, shown="x", outer=stop, patience=-1))


def drunk(come: Callable[[threading.Event], Generator[bytes, None, None]]) -> bytes:
    with poured(come, threading.Event()) as path:
        return Path(path).read_bytes()


def test_a_pipe_reads_like_the_file_and_leaves_nothing() -> None:
    before = os.listdir("/proc/self/fd")
    assert drunk(parts(DATA, DATA)) == DATA + DATA
    with poured(parts(*[DATA] * 100), threading.Event()) as path, open(path, "rb") as file:
        assert file.read(4) == DATA[:4]
    assert len(os.listdir("/proc/self/fd")) == len(before)
    assert not [each for each in threading.enumerate() if each.name == "archive"]


@pytest.mark.parametrize(
    "failure", [EngineUnreachable("dump-cut", path="x", read=1, size=2), ValueError("a fault")]
)
def test_what_broke_counts_and_not_what_a_reader_made_of_it(failure: Exception) -> None:
    with pytest.raises(type(failure)) as caught:
        drunk(parts(DATA, failure))
    assert caught.value is failure
    with pytest.raises(type(failure)):
        stumbling(parts(DATA, failure), len(DATA))


def stumbling(come: Callable[[threading.Event], Generator[bytes, None, None]], size: int) -> None:
    """A reader that takes what it read for damaged."""
    with poured(come, threading.Event()) as path, open(path, "rb") as file:
        file.read(size + 1 if size > 10 else size)
        raise EngineError("archive-damaged", path="x", detail="odd")


def test_a_reader_that_finds_damage_before_the_end_is_believed() -> None:
    def endless(stop: threading.Event) -> Generator[bytes, None, None]:
        while True:
            yield DATA

    with pytest.raises(EngineError, match="archive-damaged"):
        stumbling(endless, 10)
