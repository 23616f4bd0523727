"""The corrupted twin: really broken, in one bit, while the original stays as it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from build_restic import BOTH, NOW, ONE, bench, place_empty, restoring, tree, used
from phoenix_dr.adapters.restic import twin
from phoenix_dr.core.plan import ReadData
from phoenix_dr.errors import EngineError


def bits_apart(one: bytes, other: bytes) -> int:
    """Number of differing bits."""
    pairs = zip(one, other, strict=True)
    return sum((first ^ second).bit_count() for first, second in pairs)


@BOTH
def test_the_twin_fails_where_it_counts_and_the_original_does_not(
    tmp_path: Path, version: str
) -> None:
    it, made = used(tmp_path, version)
    before = tree(it.repository)
    into = tmp_path / "twin"
    flipped = it.engine.mutate(made.id, made.paths, into=into, cancel=it.cancel)
    assert tree(it.repository) == before
    assert flipped.repository == str(into)
    assert flipped.path == f"{it.source}/deep/data.bin" or flipped.path == f"{it.source}/page.txt"

    after = tree(into)
    assert after.keys() == before.keys()
    [changed] = [name for name in before if before[name] != after[name]]
    assert os.fsdecode(changed) == flipped.pack
    original, copy = ((root / flipped.pack).read_bytes() for root in (it.repository, into))
    assert bits_apart(original, copy) == 1
    assert original[flipped.offset] != copy[flipped.offset]

    broken = it.changed(repository=flipped.repository)
    assert broken.error(restoring(made.id, it.restored())).code == "data-damaged"
    assert broken.error(ReadData("home", "1/1")).code == "data-damaged"
    # The list looks as good as ever, and so does restic's plain check: hence the drill.
    assert broken.engine.observe(now=NOW).points == it.engine.observe(now=NOW).points
    check = broken.by_hand("check")
    check.communicate()
    assert check.returncode == 0
    it.do(restoring(made.id, it.restored()))
    it.do(ReadData("home", "1/1"))


@BOTH
def test_the_bit_is_in_a_file_of_the_asset(tmp_path: Path, version: str) -> None:
    it = bench(tmp_path, version)
    place_empty(it.repository)
    wiki = tmp_path / os.fsdecode(b"wi\xffki\n")
    wiki.mkdir()
    (wiki / "small").write_bytes(b"s" * 10)
    (wiki / "large").write_bytes(os.urandom(2_000))
    [point] = it.take(it.source, wiki).made
    flipped = it.engine.mutate(point.id, [str(wiki)], into=tmp_path / "twin", cancel=it.cancel)
    assert flipped.path == str(wiki / "large")
    broken = it.changed(repository=flipped.repository)
    broken.do(restoring(point.id, it.restored(), f"{it.source}/page.txt"))
    assert broken.error(restoring(point.id, it.restored(), flipped.path)).code == "data-damaged"


@ONE
def test_big_repositories_share_only_what_stays_whole(
    tmp_path: Path, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    it, made = used(tmp_path, version)
    monkeypatch.setattr(twin, "LINK_ABOVE", 1000)
    before = tree(it.repository)
    into = tmp_path / "twin"
    flipped = it.engine.mutate(made.id, made.paths, into=into, cancel=it.cancel)
    assert tree(it.repository) == before
    linked = {path for path in into.rglob("*") if path.is_file() and path.stat().st_nlink > 1}
    assert linked
    assert into / flipped.pack not in linked
    assert {path.relative_to(into).parts[0] for path in linked} == {"data"}
    broken = it.changed(repository=flipped.repository)
    assert broken.error(restoring(made.id, it.restored())).code == "data-damaged"
    assert tree(it.repository) == before


@ONE
def test_locks_of_the_original_do_not_hold_the_twin(tmp_path: Path, version: str) -> None:
    it, made = used(tmp_path, version)
    (it.repository / "locks" / ("0" * 64)).write_bytes(b"somebody")
    flipped = it.engine.mutate(made.id, made.paths, into=tmp_path / "twin", cancel=it.cancel)
    assert os.listdir(Path(flipped.repository) / "locks") == []


@ONE
def test_what_cannot_be_corrupted_is_said(tmp_path: Path, version: str) -> None:
    it, made = used(tmp_path, version)
    far = it.changed(repository="sftp:host:/backup")
    for bad, paths, code in (
        (far, made.paths, "twin-needs-local"),
        (it, ("/else",), "twin-no-data"),
    ):
        with pytest.raises(EngineError, match=code):
            bad.engine.mutate(made.id, paths, into=tmp_path / "twin", cancel=it.cancel)
    it.cancel.set()
    with pytest.raises(EngineError, match="cancelled"):
        it.engine.mutate(made.id, made.paths, into=tmp_path / "twin", cancel=it.cancel)
    assert not (tmp_path / "twin").exists()
