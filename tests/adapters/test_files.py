"""Files assets: walking, sampling beside an engine, comparing a restore and its broken twins."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_trees import ODD_NAMES, listed, ordinary, restored, write
from phoenix_dr.adapters import _tree
from phoenix_dr.adapters.base import Entry
from phoenix_dr.adapters.files import Cache, Limits, Sample, Sampler, compare, walk
from phoenix_dr.adapters.files.patterns import matcher
from phoenix_dr.core.evidence import CheckResult

NEVER = threading.Event()


def sample(root: Path, *, seed: str = "s", cache: Cache | None = None, **limits: int) -> Sample:
    time.sleep(0.02)  # what was just written counts as changed during the run
    sampler = Sampler(seed, time.time_ns(), cache or {}, Limits(**limits))
    sampler.draw([root], cancel=NEVER)
    return sampler.settle()


def parameters(result: CheckResult) -> dict[str, str | int]:
    return dict(result.parameters)


# walk


def test_walk_finds_every_regular_file_whatever_its_name(tmp_path: Path) -> None:
    root = ordinary(tmp_path / "data")
    os.mkfifo(root / "fifo")
    found = set(walk([root]))
    assert found == {str(p) for p in root.rglob("*") if p.is_file() and not p.is_symlink()}
    assert {os.path.basename(path) for path in found} >= set(ODD_NAMES)


def test_walk_follows_no_link_out_of_the_asset(tmp_path: Path) -> None:
    write(tmp_path / "secret" / "key")
    root = tmp_path / "data"
    write(root / "plain")
    (root / "way-out").symlink_to(tmp_path / "secret")
    assert list(walk([root])) == [str(root / "plain")]
    assert list(walk([root / "way-out"])) == []


def test_walk_tells_what_it_could_not_read_and_goes_on(tmp_path: Path) -> None:
    unread: list[str] = []
    write(tmp_path / "a")
    assert list(walk([tmp_path / "gone", tmp_path], unread=unread.append)) == [str(tmp_path / "a")]
    assert unread == [str(tmp_path / "gone")]


def test_a_deep_tree_is_walked_and_removed_without_recursion(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    try:
        here = os.open(tmp_path / "deep", os.O_RDONLY)
        for _ in range(1200):
            os.mkdir("d", dir_fd=here)
            inner = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
        os.close(here)
        assert len(list(walk([tmp_path]))) == 1
    finally:
        # Whatever failed: pytest's own clean-up recurses, and would fail every later run.
        with _tree.opened(tmp_path) as folder:
            _tree.remove(folder, "deep")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("pattern", "path", "out"),
    [
        ("cache/", "/srv/x/cache", True),
        ("cache/", "/srv/x/cache/deep/file", True),
        ("cache/", "/srv/x/mycache", False),
        ("*.tmp", "/srv/a.tmp", True),
        ("*.tmp", "/srv/a.tmp.old", False),
        ("/srv/*/log", "/srv/a/log", True),
        ("/srv/*/log", "/srv/a/b/log", False),
        ("/srv/**/log", "/srv/a/b/log", True),
        ("/srv/**/log", "/srv/log", True),
        ("/log", "/srv/log", False),
        ("a?c", "/x/abc", True),
        ("[ab]x", "/y/bx", True),
        ("[^ab]x", "/y/bx", False),
        (r"a\*", "/y/ab", False),
        (r"a\*", "/y/a*", True),
        ("a.c", "/y/abc", False),
        ("!keep", "/y/keep", False),
        ("a[", "/y/a[", True),
        ("n\nl", "/y/n\nl", True),
    ],
)
def test_exclude_patterns_mean_what_restic_means(pattern: str, path: str, out: bool) -> None:
    assert matcher([pattern])(path) is out


def test_walk_leaves_excluded_folders_and_files_out(tmp_path: Path) -> None:
    for name in ("keep/a", "cache/b", "keep/c.tmp"):
        write(tmp_path / name)
    assert list(walk([tmp_path], ["cache/", "*.tmp"])) == [str(tmp_path / "keep/a")]


# sample


def test_a_small_tree_is_sampled_whole_and_a_seed_repeats_its_choice(tmp_path: Path) -> None:
    root = ordinary(tmp_path / "data")
    whole = sample(root)
    assert len(whole.hashes) == whole.files == 12 + len(ODD_NAMES)
    assert not any(made.changed or made.span for made in whole.hashes)
    few = [{made.path for made in sample(root, seed=seed, files=5).hashes} for seed in "aab"]
    assert [len(paths) for paths in few] == [5, 5, 5]
    assert few[0] == few[1] != few[2]


def test_every_file_has_its_chance(tmp_path: Path) -> None:
    for number in range(40):
        write(tmp_path / f"f{number}", b"")
    time.sleep(0.02)
    seen: dict[str, int] = {}
    for seed in range(200):
        sampler = Sampler(str(seed), time.time_ns(), {}, Limits(files=10))
        sampler.draw([tmp_path], cancel=NEVER)
        for made in sampler.settle().hashes:
            seen[made.path] = seen.get(made.path, 0) + 1
    # 50 expected each; five standard deviations of a binomial are 31.
    assert len(seen) == 40
    assert all(19 <= count <= 81 for count in seen.values())


def test_bytes_are_bounded_and_big_files_are_hashed_in_part(tmp_path: Path) -> None:
    write(tmp_path / "small", b"s" * 10)
    write(tmp_path / "big", os.urandom(500_000))
    write(tmp_path / "huge", os.urandom(900_000))
    made = sample(tmp_path, size=100_010)
    assert made.size == 100_010
    spans = {Path(each.path).name: each.span for each in made.hashes}
    assert spans["small"] is None
    assert [span[1] for span in (spans["big"], spans["huge"]) if span] == [50_000, 50_000]


def test_a_file_that_changes_during_the_run_is_marked(tmp_path: Path) -> None:
    for name in ("still", "written", "same-size-same-mtime", "gone", "replaced"):
        write(tmp_path / name)
    time.sleep(0.02)
    sampler = Sampler("s", time.time_ns())
    before = (tmp_path / "same-size-same-mtime").stat()
    # Changed before it is drawn, but after the engine may have read it:
    (tmp_path / "same-size-same-mtime").write_bytes(b"CONTENT\n")
    os.utime(tmp_path / "same-size-same-mtime", ns=(before.st_atime_ns, before.st_mtime_ns))
    sampler.draw([tmp_path], cancel=NEVER)
    (tmp_path / "written").write_bytes(b"more content\n")
    (tmp_path / "gone").unlink()
    (tmp_path / "replaced").unlink()
    (tmp_path / "replaced").symlink_to("still")
    changed = {Path(made.path).name: made.changed for made in sampler.settle().hashes}
    assert [name for name, moved in changed.items() if not moved] == ["still"]
    assert len(changed) == 5


def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    write(tmp_path / "a")
    first = sample(tmp_path)
    ((key, _),) = first.cache.items()
    again = sample(tmp_path, cache={key: "known"})
    assert [made.sha256 for made in again.hashes] == ["known"]
    write(tmp_path / "a", b"CONTENT\n")
    assert sample(tmp_path, cache={key: "known"}).hashes[0].sha256 not in {"known", ""}


def test_a_cancelled_sample_stops(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    sampler = Sampler("s", time.time_ns())
    sampler.draw([ordinary(tmp_path / "data")], cancel=stop)
    assert sampler.settle().hashes == ()


# compare


def checked(tmp_path: Path, spoil: Callable[[Path], object]) -> dict[str, CheckResult]:
    source = ordinary(tmp_path / "data")
    made = sample(source)
    expected = list(listed(source))
    into = restored(source, tmp_path / "out")
    spoil(into / str(source).lstrip("/"))
    results = compare(into, iter(expected), made.hashes, restored_path=str(source))
    return {result.code: result for result in results}


def test_a_faithful_restore_passes_and_says_how_much(tmp_path: Path) -> None:
    results = checked(tmp_path, lambda tree: None)
    present, hashes = results["files-present"], results["hashes-equal"]
    assert (present.ok, hashes.ok) == (True, True)
    files = 12 + len(ODD_NAMES)
    assert (parameters(present)["present"], parameters(present)["total"]) == (files + 1, files + 1)
    assert parameters(hashes)["compared"] == parameters(hashes)["total"] == files
    assert parameters(hashes)["bytes"] == parameters(present)["bytes"]


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def swap_for_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("f8")


def leave_by_link(folder: Path) -> None:
    """The folder now lies elsewhere, whole, behind a link."""
    outside = folder.parent.parent / "elsewhere"
    folder.rename(outside)
    folder.symlink_to(outside)


TWINS: list[tuple[str, Callable[[Path], object], str]] = [
    ("truncated", lambda tree: os.truncate(tree / "d1/inner/f7", 5), "files-present wrong"),
    ("flipped", lambda tree: flip(tree / "d1/inner/f7"), "hashes-equal wrong"),
    ("missing", lambda tree: (tree / "d1/inner/f7").unlink(), "files-present missing"),
    ("link missing", lambda tree: (tree / "link").unlink(), "files-present missing"),
    ("extra", lambda tree: write(tree / "d1/extra"), "files-present extra"),
    ("extra link", lambda tree: (tree / "more").symlink_to("d1"), "files-present extra"),
    (
        "folder missing",
        lambda tree: (tree / "d1").rename(tree.parent / "d1"),
        "files-present missing",
    ),
    ("renamed", lambda tree: (tree / "d1/inner/f7").rename(tree / "f7"), "files-present missing"),
    ("link for file", lambda tree: swap_for_link(tree / "d1/inner/f7"), "files-present missing"),
    ("folder behind a link", lambda tree: leave_by_link(tree / "d1"), "files-present missing"),
]


@pytest.mark.parametrize(("spoil", "caught"), [t[1:] for t in TWINS], ids=[t[0] for t in TWINS])
def test_a_broken_twin_is_ko(tmp_path: Path, spoil: Callable[[Path], object], caught: str) -> None:
    code, reason = caught.split()
    result = checked(tmp_path, spoil)[code]
    assert result.ok is False
    assert int(parameters(result)[reason]) >= 1


def test_a_flip_in_the_hashed_stretch_of_a_big_file_is_ko(tmp_path: Path) -> None:
    source = tmp_path / "data"
    write(source / "big", os.urandom(100_000))
    made = sample(source, size=1000)
    offset, _ = made.hashes[0].span or (0, 0)
    expected = list(listed(source))
    into = restored(source, tmp_path / "out")
    assert [r.ok for r in compare(into, expected, made.hashes)] == [True, True]
    copy = into / str(source).lstrip("/") / "big"
    content = bytearray(copy.read_bytes())
    content[offset] ^= 1
    copy.write_bytes(content)
    assert [r.ok for r in compare(into, expected, made.hashes)] == [True, False]


def test_an_empty_list_is_ko_and_an_empty_restore_too(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    folder = Entry("/data", "dir")
    assert [(r.code, r.ok) for r in compare(out, [folder], [])] == [("empty", False)]
    missing = compare(out, [folder, Entry("/data/a", "file", 1)], [], restored_path="/data")
    assert [(r.code, r.ok) for r in missing] == [("files-present", False), ("hashes-equal", None)]


def test_what_changed_since_is_counted_not_compared(tmp_path: Path) -> None:
    source = tmp_path / "data"
    write(source / "a")
    write(source / "b")
    made = sample(source)
    expected = list(listed(source))
    into = restored(source, tmp_path / "out")
    stale = [
        Entry(each.path, each.kind, each.size, each.mtime_ns - (each.path.endswith("a")))
        for each in expected
    ]
    result = compare(into, stale, made.hashes)[1]
    assert result.ok is True
    assert (parameters(result)["compared"], parameters(result)["changed"]) == (1, 1)


def test_a_quiet_file_missing_from_the_list_is_ko(tmp_path: Path) -> None:
    source = ordinary(tmp_path / "data")
    made = sample(source)
    expected = [each for each in listed(source) if not each.path.endswith("/f7")]
    into = restored(source, tmp_path / "out")
    (into / str(source).lstrip("/") / "d1/inner/f7").unlink()
    present, hashes = compare(into, expected, made.hashes)
    assert present.ok is True  # the list is fulfilled: only the source knows better
    assert hashes.ok is False
    assert parameters(hashes)["absent"] == 1
    assert str(parameters(hashes)["first"]).endswith("f7")


def test_a_hostile_list_reads_nothing_outside(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out / "data/a", b"x")
    write(tmp_path / "secret", b"x")
    entries = [Entry("/data/a", "file", 1), Entry("/data/../../secret", "file", 1)]
    present = compare(out, entries, [])[0]
    assert present.ok is False
    assert parameters(present)["missing"] == 1


def test_the_same_name_listed_twice_does_not_hide_a_missing_file(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out / "a", b"x")
    write(out / "c", b"x")
    entries = [Entry("/a", "file", 1), Entry("/a", "file", 1)]
    assert compare(out, [*entries, Entry("/c", "file", 1)], [])[0].ok is False


def test_odd_names_are_reported_as_plain_text(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    first = parameters(compare(out, [Entry("/d/\udcff\n\x1b[31m", "file", 1)], [])[0])["first"]
    assert first == "d/\\xff\\n\\x1b[31m"


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6))
def test_a_list_may_say_anything(names: list[str]) -> None:
    entries = [Entry("/" + name, "file", 1) for name in names]
    present = compare(Path("/proc/self/fdinfo"), entries, [], restored_path="/x")[0]
    assert present.ok is False


@pytest.mark.parametrize("name", ["\0", "\ud800", "a/\0/b", "a//b", "/", ".", ".."])
def test_a_name_no_file_can_have_is_missing(tmp_path: Path, name: str) -> None:
    write(tmp_path / "a" / "b")
    present = compare(tmp_path, [Entry(name, "file", 8), Entry("a/b", "file", 8)], [])[0]
    assert present.ok is False
    assert parameters(present)["missing"] == 1
