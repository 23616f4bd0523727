"""Faults a user will meet: each says what is wrong, nothing is lost, and the next run works."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest

from build_app import House, house
from build_restic import PASSWORD, SHORT, tree
from phoenix_dr.adapters import build as build_engine
from phoenix_dr.adapters.restic import Restic
from phoenix_dr.app import audit, backup
from phoenix_dr.app.context import Context
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.core.report import AuditReport, State
from tools import program


@pytest.fixture
def made(tmp_path: Path) -> House:
    """A fresh house with two destinations."""
    return house(tmp_path)


def outcomes(report: backup.BackupReport) -> dict[tuple[str, str], str]:
    """Error code, or empty for a point, by (asset, engine)."""
    return {
        (copy.asset, copy.engine): copy.error.code if copy.error else "" for copy in report.copies
    }


def states(report: AuditReport) -> dict[str, State]:
    """State by service."""
    return {row.service: row.state for row in report.rows}


def blind(report: AuditReport) -> dict[str, str]:
    """Why an engine could not be seen, by engine."""
    return {spot.engine: spot.reason for spot in report.blind_spots}


def assert_next_run_works(made: House) -> None:
    """The ledger is whole, nothing is open, a backup and its audit are as ever."""
    report = made.backup()
    assert report.is_whole, outcomes(report)
    with made.context() as ctx:
        assert ctx.ledger.verify().ok
        assert ctx.ledger.open_intents() == ()
    assert blind(made.audit()) == {}


def test_missing_assets_stop_nothing_else(made: House) -> None:
    shutil.move(made.wiki, made.root / "away.db")
    shutil.move(made.album, made.root / "away")
    report = made.backup()
    codes = outcomes(report)
    for engine in ("home", "offsite"):
        assert codes["wiki/pages", engine] == "asset-missing"
        assert codes["photos/album", engine] == "source-missing"
        assert codes["phoenix/state", engine] == ""
    assert not report.is_whole
    said = made.phoenix("backup")
    assert said.code == 3
    assert str(made.wiki) in said.out
    assert states(made.audit()) == {"wiki": State.FAIL, "photos": State.FAIL}
    shutil.move(made.root / "away.db", made.wiki)
    shutil.move(made.root / "away", made.album)
    assert_next_run_works(made)


def test_an_empty_source_is_refused_and_the_last_point_stays_the_newest(made: House) -> None:
    made.backup("photos")
    with made.context() as ctx:
        before = ctx.ledger.points("photos/album")
    shutil.move(made.album, made.root / "away")
    made.album.mkdir()
    codes = outcomes(made.backup("photos"))
    assert {codes["photos/album", engine] for engine in ("home", "offsite")} == {"source-empty"}
    with made.context() as ctx:
        assert ctx.ledger.points("photos/album") == before


class Hasty(Context):
    """A context whose engines do not wait two minutes for a lock."""

    def build(self, spec: EngineSpec) -> object:
        """The engine with a short patience; nothing else differs."""
        return Restic(spec, self.places, patience=SHORT)


def test_a_repository_locked_by_someone_else_is_left_alone(made: House) -> None:
    made.backup("photos")
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(made.root),
        "RESTIC_REPOSITORY": str(made.repository("home")),
        "RESTIC_PASSWORD": PASSWORD,
    }
    other = subprocess.Popen(
        [program("restic"), "check", "--read-data"], env=env, stdout=subprocess.DEVNULL
    )
    locks = made.repository("home") / "locks"
    try:
        until = time.monotonic() + 20
        # Named after its content once it is whole.
        while not list(locks.glob("?" * 64)) and time.monotonic() < until:
            time.sleep(0.002)
        other.send_signal(signal.SIGSTOP)
        held = tree(locks)
        assert held
        with made.context(Hasty) as ctx:
            report = backup.backup(ctx, ("photos",))
        codes = outcomes(report)
        assert codes["photos/album", "home"] == "repository-locked"
        assert codes["photos/album", "offsite"] == ""
        [error] = [
            x.error for x in report.copies if x.engine == "home" and x.asset != "phoenix/state"
        ]
        assert error is not None
        assert str(other.pid) in str(error.parameters["holder"])
        assert tree(locks) == held
    finally:
        other.send_signal(signal.SIGCONT)
        other.wait(30)
    assert_next_run_works(made)


def test_a_repository_that_went_away_is_never_taken_for_a_new_one(made: House) -> None:
    made.backup()
    away = made.root / "unplugged"
    made.repository("home").rename(away)
    report = made.audit()
    assert blind(report) == {"home": "repository-missing"}
    assert set(states(report).values()) <= {State.UNKNOWN, State.FAIL}
    with made.context() as ctx:
        assert len(ctx.ledger.points(engine="home")) == 3
    saved = outcomes(made.backup())
    assert {code for (_, engine), code in saved.items() if engine == "home"} == {
        "repository-missing"
    }
    assert {code for (_, engine), code in saved.items() if engine == "offsite"} == {""}
    assert not made.repository("home").exists()
    away.rename(made.repository("home"))
    assert_next_run_works(made)


def test_a_repository_that_never_was_is_new(made: House) -> None:
    shutil.rmtree(made.repository("home"))
    assert blind(made.audit()) == {}
    assert made.backup("photos").is_whole
    assert blind(made.audit()) == {}


def test_a_store_nobody_answers_for_is_a_blind_spot(made: House) -> None:
    made.backup()
    made.say("repository: ROOT/offsite/restic", 'repository: "rest:http://127.0.0.1:9/restic"')
    began = time.monotonic()
    report = made.audit()
    assert time.monotonic() - began < 30
    assert blind(report) == {"offsite": "network"}
    assert set(states(report).values()) <= {State.UNKNOWN, State.FAIL}
    codes = outcomes(made.backup())
    assert {code for (_, engine), code in codes.items() if engine == "offsite"} == {"network"}
    assert {code for (_, engine), code in codes.items() if engine == "home"} == {""}


def test_a_wrong_password_is_said_and_changes_nothing(made: House) -> None:
    made.backup()
    made.password.write_text("wrong\n")
    with made.unchanged(made.repository("home"), made.repository("offsite")):
        codes = outcomes(made.backup())
        report = made.audit()
        said = made.phoenix("observe", "--force")
    assert set(codes.values()) == {"wrong-password"}
    assert blind(report) == {"home": "wrong-password", "offsite": "wrong-password"}
    assert set(states(report).values()) <= {State.UNKNOWN, State.FAIL}
    assert said.code == 3
    assert PASSWORD not in said.out + said.err
    made.password.write_text(PASSWORD + "\n")
    assert_next_run_works(made)


def test_a_mount_that_is_only_a_folder_is_refused_before_anything_starts(made: House) -> None:
    mount = made.root / "mnt"
    mount.mkdir()
    made.say("home: {host: house, disk: usb}", "home: {host: house, disk: usb, mount: ROOT/mnt}")
    made.say("repository: ROOT/home/restic", "repository: ROOT/mnt/restic")
    codes = outcomes(made.backup("photos"))
    assert codes["photos/album", "home"] == "not-mounted"
    assert codes["photos/album", "offsite"] == ""
    assert list(mount.iterdir()) == []
    report = made.audit()
    assert blind(report) == {"home": "not-mounted"}
    assert list(mount.iterdir()) == []
    assert len(made.starts()) == 3, made.starts()
    # The twin: the same place without a `mount` line is simply used.
    made.say(", mount: ROOT/mnt", "")
    assert outcomes(made.backup("photos"))["photos/album", "home"] == ""


FULL = """
set -e
mount -t tmpfs -o size=2m none {home}
cp -a {kept} {home}/restic
exec {python} -m phoenix_dr --json backup photos
"""


def test_a_full_disk_is_said_and_the_copy_there_stays_readable(made: House) -> None:
    made.backup("photos")
    kept = made.root / "kept"
    made.repository("home").rename(kept)
    (made.album / "big.bin").write_bytes(os.urandom(4_000_000))
    # Only this process and its children see the small disk.
    users = [] if os.geteuid() == 0 else ["--map-root-user"]
    script = FULL.format(home=made.root / "home", kept=kept, python=argv_python())
    done = subprocess.run(
        ["unshare", "--mount", *users, "sh", "-c", script], env=made.environ, timeout=120,
        capture_output=True, check=False, cwd=made.root,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    found = {(each["asset"], each["engine"]): each for each in json.loads(done.stdout)["copies"]}
    assert found["photos/album", "home"]["error"] == "no-space"
    assert found["photos/album", "offsite"]["error"] is None
    kept.rename(made.repository("home"))
    assert_next_run_works(made)


def argv_python() -> str:
    """The Python that runs these tests."""
    import sys

    return sys.executable


def test_a_point_from_tomorrow_is_unknown_and_never_of_age_zero(made: House) -> None:
    made.backup()
    first = made.audit()
    made.clock.shift = timedelta(days=1)
    made.backup("photos")
    made.clock.shift = timedelta(minutes=10)
    report = made.audit(force=True)
    row = next(row for row in report.rows if row.service == "photos")
    assert row.newest is not None
    assert row.newest < report.made_at
    assert row.rpo is not None
    assert row.rpo >= timedelta(minutes=10)
    assert {each.code for each in report.findings} - {each.code for each in first.findings}


def test_a_point_someone_else_dated_tomorrow_is_unknown(made: House) -> None:
    tomorrow = f"{made.clock() + timedelta(days=1):%Y-%m-%d %H:%M:%S}"
    made.restic(
        "home", "backup", "--time", tomorrow, "--host", "house", "--tag", "phoenix",
        "--tag", "asset:photos/album", str(made.album),
    )  # fmt: skip
    report = made.audit()
    assert states(report)["photos"] in {State.UNKNOWN, State.FAIL}
    assert next(row.newest for row in report.rows if row.service == "photos") is None
    with made.context() as ctx:
        [(_, state)] = ctx.ledger.judged("photos/album")
    assert state.name == "UNKNOWN"


def test_a_clock_that_jumped_back_stops_nothing(made: House) -> None:
    made.backup()
    made.audit()
    made.clock.shift = -timedelta(days=2)
    report = made.audit()
    # Points of the future now: nothing is young by that.
    assert set(states(report).values()) <= {State.UNKNOWN, State.FAIL}
    assert made.backup().is_whole
    made.clock.shift = timedelta(0)
    assert_next_run_works(made)


NAMES = (b"two\nlines", b"not utf-8 \xff\xfe", b"tab\t", b"-rf", b" ", "é".encode(), b"back\\slash")


def test_odd_names_come_back_byte_for_byte(made: House) -> None:
    made.to_home_alone()
    album = os.fsencode(made.album)
    for folder in (b"", b"sub\xc3\n"):
        os.makedirs(os.path.join(album, folder), exist_ok=True)
        for number, name in enumerate(NAMES):
            with open(os.path.join(album, folder, name), "wb") as file:
                file.write(b"%d" % number * 100)
    assert made.backup("photos").is_whole
    record = made.drilled("photos")
    assert record.ok, record.checks
    facts = {each.code: dict(each.parameters) for each in record.checks}
    assert any(len(NAMES) * 2 + 6 in found.values() for found in facts.values()), facts
    for language in ("en", "fr"):
        said = made.phoenix("audit", "--language", language)
        assert said.code in {0, 3}
    twin = made.drilled("photos", mutate=True)
    assert not twin.ok


def test_an_unreadable_file_makes_the_point_suspect_and_is_named(made: House) -> None:
    made.to_home_alone()
    # Points are told apart by the second: the earlier one lies a minute back.
    made.clock.shift = -timedelta(minutes=1)
    made.backup("photos")
    secret = made.album / "private.jpg"
    secret.write_bytes(b"x" * 1000)
    secret.chmod(0)
    env = made.environ
    without = ["--bounding-set=-dac_override,-dac_read_search"]
    prefix = ["setpriv", *without] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*prefix, argv_python(), "-m", "phoenix_dr", "backup", "photos"], env=env, timeout=120,
        capture_output=True, check=False, cwd=made.root,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert str(secret) in done.stdout.decode()
    with made.context() as ctx:
        [_, (point, state)] = ctx.ledger.judged("photos/album")
        manifest = ctx.ledger.manifest("home", point.id)
    assert (point.complete, state.name) == (False, "SUSPECT")
    assert manifest is not None
    assert manifest.unread == (str(secret),)
    assert states(made.audit())["photos"] is not State.OK
    secret.chmod(0o600)
    assert_next_run_works(made)


def test_engines_are_built_by_the_context_alone(made: House) -> None:
    # `Hasty` above only shortens a wait: it builds what the real context builds.
    with made.context(Hasty) as ctx:
        spec = ctx.estate.engines["home"]
        assert type(ctx.build(spec)) is type(build_engine(spec, ctx.places))
        assert audit.audit(ctx)


def test_a_failed_last_backup_is_told_until_a_later_point_is_there(made: House) -> None:
    def told() -> list[str]:
        found = made.audit().findings
        return [str(dict(f.parameters)["reason"]) for f in found if f.code == "last-backup-failed"]

    made.backup("photos")
    assert told() == []
    away = made.album.rename(made.album.with_name("away"))
    made.clock.shift = timedelta(minutes=5)
    made.backup("photos")
    assert set(told()) == {"source-missing"}
    away.rename(made.album)
    made.clock.shift = timedelta(minutes=10)
    made.backup("photos")
    assert told() == []
