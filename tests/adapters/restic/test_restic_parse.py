"""Answers recorded from restic 0.14.0 and 0.19.1, and answers nobody should ever give."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.adapters.base import Entry, Progress
from phoenix_dr.adapters.restic import parse
from phoenix_dr.adapters.restic.actions import literal
from phoenix_dr.adapters.restic.twin import real_name
from phoenix_dr.errors import EngineError

RECORDED = Path(__file__).parent.parent / "fixtures" / "restic"
VERSIONS = ("0.14.0", "0.19.1")


def recorded(name: str) -> bytes:
    """A recorded answer."""
    return (RECORDED / name).read_bytes()


def listed(answer: bytes) -> parse.Listed:
    """An answer of `snapshots`, parsed."""
    return parse.snapshots(answer, engine="home", location="shelf")


@pytest.mark.parametrize("version", VERSIONS)
def test_snapshots_are_points_and_foreign_ones_are_counted(version: str) -> None:
    found = listed(recorded(f"snapshots-{version}.json"))
    assert found.foreign == 1
    times = [point.taken_at for point in found.points]
    assert times == [datetime(2026, 11, day, 2, tzinfo=UTC) for day in (22, 23)]
    for point in found.points:
        assert (point.asset, point.engine, point.location) == ("wiki/pages", "home", "shelf")
        assert (point.host, point.paths, len(point.id)) == ("homelab", ("/srv/wiki",), 64)
        assert point.complete is None


def test_sizes_come_with_0_17_and_are_unknown_before() -> None:
    old, new = (listed(recorded(f"snapshots-{version}.json")).points[0] for version in VERSIONS)
    assert (old.size, old.files) == (None, None)
    assert (new.size, new.files) == (300_009, 5)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_backup_ends_with_its_point(version: str) -> None:
    found = [parse.backup_line(line) for line in recorded(f"backup-{version}.jsonl").splitlines()]
    summary = found[-1]
    assert isinstance(summary, parse.Summary)
    assert (summary.size, summary.files) == (300_009, 5)
    first = listed(recorded(f"snapshots-{version}.json")).points[0]
    assert first.id.startswith(summary.id)
    assert all(isinstance(each, Progress) for each in found[:-1])


@pytest.mark.parametrize("version", VERSIONS)
def test_what_could_not_be_read_is_listed_once(version: str) -> None:
    paths = parse.unread(recorded(f"backup-incomplete-{version}.stderr"))
    assert sorted(paths) == ["/srv/gone", "/srv/wiki/page.txt", "/srv/wiki/uploads"]
    assert parse.unread(recorded(f"backup-gone-{version}.stderr")) == ("/srv/gone",)


@pytest.mark.parametrize("version", VERSIONS)
def test_entries_have_kind_size_and_exact_time(version: str) -> None:
    lines = recorded(f"ls-{version}.jsonl").splitlines()
    assert parse.entry(lines[0]) is None
    entries = {entry.path: entry for line in lines[1:] if (entry := parse.entry(line))}
    assert len(entries) == len(lines) - 1
    assert entries["/srv/wiki/uploads"].kind == "dir"
    assert entries["/srv/wiki/link"].kind == "symlink"
    assert entries["/srv/wiki/pipe"].kind == "other"
    assert entries["/srv/wiki/new\nline"].size == 1
    assert "/srv/wiki/bad\ufffd\ufffdname" in entries
    photo = entries["/srv/wiki/uploads/photo.jpg"]
    said = next(json.loads(line) for line in lines if b"photo.jpg" in line)["mtime"]
    assert photo.size == 300_000
    assert photo.mtime_ns % 10**9 == int(said.split(".")[1].rstrip("Z").ljust(9, "0"))
    assert photo.mtime_ns // 10**9 == int(datetime.fromisoformat(said).timestamp())


@pytest.mark.parametrize(
    ("said", "nanoseconds"),
    [
        ("1970-01-01T00:00:01Z", 10**9),
        ("1970-01-01T01:00:00.5+01:00", 5 * 10**8),
        ("1969-12-31T23:59:59.000000001Z", -(10**9) + 1),
        ("1970-01-01T00:00:00.123456789Z", 123_456_789),
        ("0001-01-01T00:00:00Z", -62_135_596_800 * 10**9),
        ("nonsense", 0),
    ],
)
def test_times_keep_their_nanoseconds(said: str, nanoseconds: int) -> None:
    line = {"struct_type": "node", "type": "file", "path": "/a", "size": 1, "mtime": said}
    assert parse.entry(json.dumps(line).encode()) == Entry("/a", "file", 1, nanoseconds)


BAD_ANSWERS = [
    b"",
    b"not json",
    b"{}",
    b'[{"id": "a", "tags": ["phoenix", "asset:a/b"]}]',
    b'[{"id": "a", "time": "2026-11-23T00:00:00", "tags": ["phoenix", "asset:a/b"]}]',
    b'[{"id": 7, "time": "2026-11-23T00:00:00Z", "tags": ["phoenix", "asset:a/b"]}]',
    b'[{"id": "a", "time": "9999-99-99T00:00:00Z", "tags": ["phoenix", "asset:a/b"]}]',
    b'[{"id": "a", "time": "0001-01-01T00:00:00+10:00", "tags": ["phoenix", "asset:a/b"]}]',
    b'[{"id": "a", "time": "2026-11-23T00:00:00Z", "tags": [7]}]',
    b'["text"]',
    b"[null]",
    b"[" * 100_000,
]


@pytest.mark.parametrize("answer", BAD_ANSWERS, ids=range(len(BAD_ANSWERS)))
def test_an_answer_without_sense_is_never_an_empty_list(answer: bytes) -> None:
    with pytest.raises(EngineError, match="answer-confused"):
        listed(answer)


def test_an_empty_repository_has_no_points() -> None:
    assert listed(b"[]").points == listed(b"null\n").points == ()


def test_sizes_that_are_none_are_unknown() -> None:
    row = {"id": "a", "time": "2026-11-23T00:00:00Z", "tags": ["phoenix", "asset:a/b"]}
    for size in (-1, "5", None, 1.5, True):
        answer = json.dumps([{**row, "summary": {"total_bytes_processed": size}}]).encode()
        assert listed(answer).points[0].size is None


def test_paths_no_file_can_have_are_made_harmless() -> None:
    line = b'{"struct_type": "node", "type": "file", "path": "/a\\u0000\\ud800", "size": 1}'
    entry = parse.entry(line)
    assert entry is not None
    assert entry.path == "/a\ufffd\ufffd"


def test_hidden_snapshots_are_counted_as_both_versions_say_it() -> None:
    assert parse.hidden(b"could not load snapshot 09730978: load <snapshot/0973097853>: x") == 1
    assert parse.hidden(b'Ignoring "0e": failed to load snapshot 0e38c711: LoadRaw(x): y') == 1
    assert parse.hidden(b"") == 0


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["message_type", "struct_type", "path", "item", "id", "time", "tags"])
            | st.text(),
            inner | st.sampled_from(["status", "summary", "error", "node", "file"]),
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(json_values | st.binary())
def test_no_line_breaks_the_parser(value: object) -> None:
    line = value if isinstance(value, bytes) else json.dumps(value).encode()
    parse.backup_line(line)
    parse.entry(line)
    parse.unread(line)
    try:
        listed(line)
    except EngineError:
        # The only way an answer may be refused.
        return


@given(st.binary(max_size=20))
def test_bad_bytes_are_spelled_as_go_spells_them(name: bytes) -> None:
    """One U+FFFD for each byte that is not part of a character (Go's utf8.DecodeRune)."""
    path = name.replace(b"\0", b"").decode("utf-8", "surrogateescape")
    spelled = parse.listed(path)
    assert len(spelled) == len(path)
    assert spelled.encode().decode() == spelled
    if path.isprintable():
        assert spelled == path


@pytest.mark.parametrize(
    ("quoted", "real"),
    [
        ("plain é", "plain é"),
        (r"a\nb", "a\nb"),
        (r"\xff\xfe", "\udcff\udcfe"),
        (r"back\\slash\"", 'back\\slash"'),
        (r"\u2028", "\u2028"),
        (r"\U0001f525", "\U0001f525"),
        (r"\\xff", r"\xff"),
        (r"\x7f", "\x7f"),
    ],
)
def test_names_in_trees_are_unquoted(quoted: str, real: str) -> None:
    assert real_name(quoted) == real


def test_patterns_match_only_themselves() -> None:
    assert literal("/a*b?[c]\\d") == "/a\\*b\\?\\[c]\\\\d"


def test_moments_are_aware_utc() -> None:
    assert parse.moment("2026-11-23T03:00:00.5+02:00") == datetime(
        2026, 11, 23, 1, microsecond=500_000, tzinfo=UTC
    )
    assert parse.moment("2026-11-23T03:00:00+02:00").utcoffset() == timedelta(0)
    with pytest.raises(ValueError, match="zone"):
        parse.moment("2026-11-23T03:00:00")
