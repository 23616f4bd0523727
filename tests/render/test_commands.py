"""The shell lines of the plan do what the step says, on paper, without Phoenix."""

from __future__ import annotations

import shlex
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from build_report import HOSTILE, step, view
from phoenix_dr.render.commands import command
from phoenix_dr.render.phrases import LANGUAGES, phrases
from phoenix_dr.render.plan_service import step_text

REPOSITORY = {"engine": "home", "location": "usb", "repository": "/mnt/restic"}


def test_a_restore_line_passes_secrets_by_reference_only() -> None:
    line = command(
        step(
            "restore-files",
            **REPOSITORY,
            password="env:HOME_PASSWORD",
            tag="asset:wiki/uploads",
            host="worker1",
            into="/var/tmp/re store",
            **{"env.AWS_SECRET_ACCESS_KEY": "file:/etc/phoenix/aws.key"},
        )
    )
    assert line == (
        'RESTIC_PASSWORD="${HOME_PASSWORD:?}" AWS_SECRET_ACCESS_KEY="$(cat /etc/phoenix/aws.key)" '
        "restic --repo /mnt/restic restore latest --host worker1 --tag asset:wiki/uploads "
        "--target '/var/tmp/re store'"
    )


def test_lines_of_the_other_steps() -> None:
    password = "file:/etc/p.pw"
    assert command(step("check-repository", **REPOSITORY, password=password)) == (
        "RESTIC_PASSWORD_FILE=/etc/p.pw restic --repo /mnt/restic snapshots"
    )
    assert command(step("put-in-place", **{"from": "/tmp/a b", "to": "/srv/x/y"})) == (
        "mkdir --parents /srv/x && cp --archive --no-target-directory '/tmp/a b' /srv/x/y"
    )
    assert (
        command(step("check-sqlite", file="/r/w.db")) == "sqlite3 /r/w.db 'PRAGMA integrity_check'"
    )
    assert command(step("fix-owner", owner="wiki:wiki", path="/srv")) == (
        "chown --recursive wiki:wiki /srv"
    )


def test_a_step_without_a_line_or_without_its_facts_shows_none() -> None:
    assert command(step("get-key", key="age", place="safe", site="home")) == ""
    assert command(step("restore-files", asset="wiki/pages")) == ""
    assert command(step("never-heard-of")) == ""


def test_credentials_in_the_address_do_not_reach_the_paper() -> None:
    line = command(step("check-repository", repository="rest:https://me:secret@host/x"))
    assert line == "restic --repo rest:https://host/x snapshots"
    said = step_text(step("restore-files", asset="a", into="rest:https://me:secret@h/"), view())
    assert "secret" not in said


def test_put_in_place_and_set_aside_really_work(tmp_path: Path) -> None:
    source, target = tmp_path / "restored it", tmp_path / "new" / "deep\nname"
    source.mkdir()
    (source / "page").write_text("restored")
    place = step("put-in-place", **{"from": str(source), "to": str(target)})
    for each in (place, step("set-aside", path=str(target)), place):
        subprocess.run(["bash", "-c", command(each)], check=True, timeout=10)
    assert (target / "page").read_text() == "restored"
    assert (tmp_path / "new" / "deep\nname.before-restore" / "page").exists()
    aside = command(step("set-aside", path=str(tmp_path / "never there")))
    subprocess.run(["bash", "-c", aside], check=True, timeout=10)


def test_a_database_is_set_aside_with_its_wal_however_often(tmp_path: Path) -> None:
    """Broken twin: an old -wal left beside the restored database is replayed into it."""
    target, restored = tmp_path / "it's.db", tmp_path / "restored.db"
    with closing(sqlite3.connect(restored)) as made:
        made.execute("create table page as select 'restored' as title")
        made.commit()
    lines = [
        command(step("set-aside", path=str(target), beside="-wal -shm -journal")),
        command(step("put-in-place", **{"from": str(restored), "to": str(target)})),
    ]
    for _ in range(2):
        with closing(sqlite3.connect(target)) as live:
            live.execute("pragma journal_mode=wal")
            live.execute("create table old (title)")
            live.commit()
            wal = Path(f"{target}-wal").read_bytes()
        Path(f"{target}-wal").write_bytes(wal)
        for line in lines:
            subprocess.run(["bash", "-c", line], check=True, timeout=10)
        assert sorted(each.name for each in tmp_path.glob("*-wal")) == [
            "it's.db.before-restore-wal"
        ]
        with closing(sqlite3.connect(target)) as found:
            assert found.execute("select name from sqlite_master").fetchall() == [("page",)]
    assert (tmp_path / "it's.db.before-restore.~1~").exists()


@pytest.mark.parametrize("code", [code for code in phrases("en") if code.startswith("step.")])
def test_hostile_facts_stay_one_word_of_the_line(code: str) -> None:
    names = ("unit", "path", "file", "mount", "from", "to", "into", "owner", "repository", "asset")
    line = command(
        step(code.removeprefix("step."), tools="restic", **dict.fromkeys(names, HOSTILE))
    )
    assert line.isprintable()
    assert "\x1b" not in line
    assert not line or shlex.split(line.replace("$'", "'"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_step_is_shown_with_its_facts(language: str) -> None:
    said = step_text(step("never-heard-of", path="/x"), view(language).for_markdown())
    assert "never-heard-of (path /x" in said
