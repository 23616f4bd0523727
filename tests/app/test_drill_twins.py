"""Bad copies are never judged OK: each twin of a good point ends KO, or in an error that says why.

After every drill nothing is left in the drill directory and production is as it was.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from build_app import House, house, make_wiki
from build_restic import PASSWORD, tree
from phoenix_dr.app import canary
from phoenix_dr.core.evidence import DrillRecord, Level
from phoenix_dr.core.report import State


@pytest.fixture
def made(tmp_path: Path) -> Iterator[House]:
    """A house that sends everything to `home` alone; drills must leave nothing behind in it."""
    built = house(tmp_path)
    built.to_home_alone()
    yield built
    assert built.left() == []
    assert built.engines() == []


def failed(record: DrillRecord) -> dict[str, dict[str, str | int]]:
    """The failed checks with their facts."""
    return {each.code: dict(each.parameters) for each in record.checks if each.ok is False}


def drilled(made: House, service: str, **request: object) -> DrillRecord:
    """Drill once; production must stay as it was."""
    with made.unchanged():
        return made.drilled(service, **request)


def test_the_good_point_is_ok(made: House) -> None:
    made.using(canary.beat)
    made.backup()
    with made.unchanged(made.root / "home"):
        records = {each.asset: each for each in made.drill("wiki", "photos").records}
    for record in records.values():
        assert (record.ok, failed(record), record.dirty, record.isolated) == (True, {}, False, True)
        assert [phase.name for phase in record.phases] == ["provision", "fetch", "start", "check"]
        assert record.rto == pytest.approx(sum(phase.seconds for phase in record.phases))
    # Without a twin that was seen failing, what the data says does not count yet.
    assert records["wiki/pages"].level is Level.STARTS
    assert records["photos/album"].level is Level.RESTORES
    assert records["wiki/pages"].data_age is not None


def test_the_flipped_copy_is_caught_and_the_repository_is_only_read(made: House) -> None:
    made.backup()
    with made.unchanged(made.repository("home")):
        record = made.drilled("photos", mutate=True)
    assert (record.ok, record.mutated, record.level) == (False, True, Level.EXISTS)
    assert failed(record)
    assert [phase.name for phase in record.phases][:2] == ["provision", "fetch"]
    # The same point, whole, is fine: the twin failed for its flipped bit alone.
    assert made.drilled("photos").ok
    assert made.audit().score.milli + sum(x.milli for x in made.audit().score.losses) == 10_000


def cut(pack: Path) -> None:
    """Lose the second half of a file."""
    os.truncate(pack, pack.stat().st_size // 2)


def flip(pack: Path) -> None:
    """Change one bit in the middle of a file."""
    with pack.open("r+b") as file:
        file.seek(pack.stat().st_size // 2)
        [byte] = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))


# restic tries for 45 s to read a pack that is short or gone.
SLOW = [pytest.param(damage, marks=pytest.mark.live) for damage in (cut, Path.unlink)]


@pytest.mark.parametrize("damage", [flip, *SLOW])
def test_a_damaged_pack_is_ko(made: House, damage: Callable[[Path], None]) -> None:
    made.backup("photos")
    packs = [path for path in (made.repository("home") / "data").rglob("*") if path.is_file()]
    pack = max(packs, key=lambda path: path.stat().st_size)
    pack.chmod(0o600)
    damage(pack)
    record = drilled(made, "photos")
    assert (record.ok, record.level) == (False, Level.EXISTS)
    assert failed(record)
    made.using(canary.beat)
    rows = {row.service: row.state for row in made.audit().rows}
    assert rows["photos"] is State.FAIL


def test_a_stale_database_is_ko(made: House) -> None:
    made.clock.shift = -timedelta(hours=3)
    made.using(canary.beat)
    made.clock.shift = timedelta(0)
    made.backup("wiki")
    record = drilled(made, "wiki")
    assert (record.ok, set(failed(record))) == (False, {"canary"})
    assert record.level <= Level.STARTS
    assert record.data_age is not None
    assert record.data_age > timedelta(hours=2.9)


def test_an_empty_database_that_is_whole_is_ko(made: House) -> None:
    make_wiki(made.wiki, pages=0)
    made.using(canary.beat)
    made.backup("wiki")
    record = drilled(made, "wiki")
    assert (record.ok, set(failed(record))) == (False, {"sql"})
    assert any(check.ok and check.code != "sql" for check in record.checks)


def test_a_database_without_its_table_is_ko(made: House) -> None:
    with closing(sqlite3.connect(made.wiki)) as wiki, wiki:
        wiki.execute("drop table page")
    made.using(canary.beat)
    made.backup("wiki")
    record = drilled(made, "wiki")
    assert (record.ok, set(failed(record))) == (False, {"sql"})


def test_a_database_that_was_damaged_before_the_backup_is_never_ok(made: House) -> None:
    with closing(sqlite3.connect(made.wiki)) as wiki:
        wiki.execute("pragma wal_checkpoint(truncate)")
    size = made.wiki.stat().st_size
    with made.wiki.open("r+b") as file:
        file.seek(4096)
        file.write(random.Random(3).randbytes(size - 4096))
    report = made.backup("wiki")
    if any(copy.asset == "wiki/pages" and copy.point for copy in report.copies):
        assert not drilled(made, "wiki").ok
    else:
        assert not report.is_whole


def test_a_wrong_key_is_an_error_that_says_so(made: House) -> None:
    made.backup("photos")
    made.password.write_text("something else\n")
    record = drilled(made, "photos")
    assert (record.ok, record.level) == (False, Level.EXISTS)
    assert failed(record)["restore"]["error"] == "wrong-password"
    # The point is still listed, but nobody can open it now.
    report = made.audit()
    assert [spot.reason for spot in report.blind_spots if spot.engine == "home"] == [
        "wrong-password"
    ]
    assert {row.state for row in report.rows if row.service == "photos"} <= {
        State.FAIL,
        State.UNKNOWN,
    }


def test_an_empty_point_is_never_ok(made: House) -> None:
    hollow = made.root / "hollow"
    hollow.mkdir()
    made.restic(
        "home", "backup", "--host", "house", "--tag", "phoenix", "--tag", "asset:photos/album",
        str(hollow),
    )  # fmt: skip
    [record] = made.drill("photos").records
    assert not record.ok
    assert record.level < Level.RESTORES


def test_a_sharp_drop_is_suspect_until_it_was_restored(made: House) -> None:
    for number in range(4):
        made.clock.shift = -timedelta(hours=4 - number)
        (made.album / "note.txt").write_text(f"run {number}")
        made.backup("photos")
    made.clock.shift = timedelta(0)
    for photo in sorted(made.album.glob("photo-*"))[1:]:
        photo.unlink()
    made.backup("photos")
    codes = {(each.code, each.subject) for each in made.audit().findings}
    assert ("suspect-point", "photos/album") in codes
    assert drilled(made, "photos").ok
    assert not any(each.code == "suspect-point" for each in made.audit().findings)


def test_a_drill_that_is_kept_is_left_to_a_person_and_never_collected(made: House) -> None:
    made.backup("photos")
    report = made.drill("photos", keep=True)
    [folder] = [Path(path) for path in report.kept]
    assert report.is_good
    restored = tree(folder)
    assert sorted(os.path.basename(path) for path in restored) == [
        os.fsencode(path.name) for path in sorted(made.album.iterdir())
    ]
    made.phoenix("drill", "gc")
    assert tree(folder) == restored
    # The person is done with it.
    shutil.rmtree(folder.parent)


def test_checks_see_no_secret(made: House) -> None:
    made.say("checks:", "checks: # a command too")
    made.say(
        "  photos:\n",
        f"  photos:\n    checks:\n      - {{asset: album, command: [sh, -c, "
        f"'! cat {made.password} {made.config} {made.root}/state/ledger.db']}}\n",
    )
    made.backup("photos")
    record = drilled(made, "photos")
    assert record.ok, record.checks
    said = str(record)
    assert PASSWORD not in said
    # The twin of this check: what is restored can be read.
    made.say(f"'! cat {made.password}", "'! cat photo-0.jpg; false")
    assert not drilled(made, "photos").ok
