"""Answers of borg, sound and hostile, as values."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.adapters.borg import failures, parse
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

SPEC = EngineSpec(
    "vault", "borg", "/r", {"": "shelf"},
    archives={"wiki-": "wiki/pages", "wiki-db-": "wiki/tables"},
)  # fmt: skip
ID = "ab" * 32


def row(name: str = "wiki-1", **changes: object) -> dict[str, object]:
    """One archive as borg 1.2 lists it."""
    start = "2026-11-20T01:00:00.000000"
    return {"archive": name, "barchive": name, "id": ID, "start": start, **changes}


def answer(*rows: object) -> bytes:
    """A whole list."""
    return json.dumps({"archives": rows, "repository": {}}).encode()


def test_an_archive_is_a_point_of_the_asset_its_name_begins_like() -> None:
    rows = [
        row(name, id=f"{number:064x}")
        for number, name in enumerate(("wiki-1", "wiki-db-1", "photos", "my-wiki-1"))
    ]
    found = parse.archives(answer(*rows), SPEC)
    assert [(point.id[-1], point.asset) for point in found.points] == [
        ("0", "wiki/pages"),
        ("1", "wiki/tables"),
    ]
    assert found.foreign == 2
    assert list(found.names.values()) == ["wiki-1", "wiki-db-1", "photos", "my-wiki-1"]
    assert parse.archives(answer(), SPEC).points == ()


def test_unknown_is_none_and_a_checkpoint_incomplete() -> None:
    for name, complete in (
        ("wiki-1", None),
        ("wiki-1.checkpoint", False),
        ("wiki-1.checkpoint.2", False),
        ("wiki-1.checkpoint-of-mine", None),
    ):
        [point] = parse.archives(answer(row(name)), SPEC).points
        assert (point.complete, point.size, point.files) == (complete, None, None)


@pytest.mark.parametrize(
    ("said", "hour"),
    [("2026-11-20T01:00:00.000000", 1), ("2026-11-20T01:00:00.000000+02:00", -1)],
)
def test_times_are_utc(said: str, hour: int) -> None:
    [point] = parse.archives(answer(row(start=said)), SPEC).points
    assert point.taken_at == datetime(2026, 11, 20 if hour > 0 else 19, hour % 24, tzinfo=UTC)


def test_the_name_is_the_one_borg_takes() -> None:
    given_name = row("wiki-?", barchive="wiki-\udcff")
    assert parse.archives(answer(given_name), SPEC).names == {ID: "wiki-\udcff"}


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"archives": null}',
        b"[" * 100_000,
        answer(1),
        answer(row(id=5)),
        answer(row(id="short")),
        answer(row(id=ID.upper())),
        answer(row(barchive=None)),
        answer(row(start=None)),
        answer(row(start="yesterday")),
        answer(row("wiki-1"), row("wiki-2")),
    ],
)
def test_nonsense_spoils_the_whole_answer(said: bytes) -> None:
    with pytest.raises(EngineError, match="answer-confused"):
        parse.archives(said, SPEC)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["id", "archive", "barchive", "start"]), JSON))
def test_an_odd_row_is_a_point_or_an_error(changes: dict[str, object]) -> None:
    with suppress(EngineError):
        assert len(parse.archives(answer(row() | changes), SPEC).names) == 1


@given(st.binary(max_size=200))
def test_no_stderr_breaks_the_explanation(said: bytes) -> None:
    assert failures.explain(2, said, engine="vault").parameters["engine"] == "vault"
    failures.lock_of(said)
    parse.freed(said)


@pytest.mark.parametrize(
    ("said", "freed"),
    [
        ("compaction freed about 9.74 kB repository space.", 9740),
        ("compaction freed about 0 B repository space.", 0),
        ("compaction freed about 1.50 GB repository space.", 1_500_000_000),
        ("compaction done", None),
    ],
)
def test_freed_bytes(said: str, freed: int | None) -> None:
    assert parse.freed(json.dumps({"message": said}).encode()) == freed


def said(message: str, msgid: str | None = None, level: str = "ERROR") -> bytes:
    """A line of `--log-json`."""
    line = {"type": "log_message", "message": message, "levelname": level}
    return json.dumps(line | ({"msgid": msgid} if msgid else {})).encode() + b"\n"


TRACE = said("Local Exception") + said(
    "Traceback (most recent call last):\n  File x\nOSError: [Errno 28] No space left on device: 'd'"
)
CLOSED = "Connection closed by remote host. Is borg working on the server?"


@pytest.mark.parametrize(
    ("stderr", "kind", "code", "detail"),
    [
        (said("gone", "Repository.DoesNotExist"), EngineUnreachable, "repository-missing", "gone"),
        (said("no", "PassphraseWrong"), EngineDenied, "wrong-password", "no"),
        (TRACE, EngineError, "no-space", "OSError: [Errno 28] No space left on device: 'd'"),
        (
            said("Remote: ssh: connect to host nas port 22: Connection refused", level="WARNING")
            + said(CLOSED, "ConnectionClosedWithHint"),
            EngineUnreachable,
            "network",
            "ssh: connect to host nas port 22: Connection refused",
        ),
        (
            said("Remote: ada@nas: Permission denied (publickey).", level="WARNING")
            + said(CLOSED, "ConnectionClosedWithHint"),
            EngineDenied,
            "no-right",
            "ada@nas: Permission denied (publickey).",
        ),
        (
            said("cannot lock ssh://ada:secret@nas/r: Permission denied", "LockFailed"),
            EngineDenied,
            "no-right",
            "cannot lock ssh://nas/r: Permission denied",
        ),
        (
            b"Enter passphrase for key /r: " + said("cannot acquire", "NoPassphraseFailure"),
            EngineDenied,
            "password-not-named",
            "cannot acquire",
        ),
        (b"something else\n", EngineError, "engine-failed", "something else"),
        (b"", EngineError, "engine-failed", ""),
    ],
)
def test_failures_have_names(
    stderr: bytes, kind: type[EngineError], code: str, detail: str
) -> None:
    error = failures.explain(2, stderr, engine="vault")
    assert type(error) is kind
    assert (error.code, error.parameters["detail"]) == (code, detail)


def test_the_lock_that_was_waited_for() -> None:
    text = "Failed to create/acquire the lock /mnt/b/r/lock.exclusive (timeout)."
    error = failures.explain(2, said(text, "LockTimeout"), engine="vault")
    assert (error.code, error.parameters["holder"]) == ("repository-locked", "?")
    assert failures.lock_of(said(text, "LockTimeout")) == "/mnt/b/r/lock.exclusive"
    assert failures.lock_of(said("Failed", "LockTimeout")) is None
