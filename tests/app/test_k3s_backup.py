"""Saving the datastore of a K3s: whole, with its token beside it, or said not to be."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from build_app import House
from build_k3s import (
    MARK,
    PASSWORD,
    TAKEN,
    data_of,
    k3s_house,
    objects,
    put_database,
    put_server,
    put_snapshot,
)
from phoenix_dr.app.backup import Copy
from phoenix_dr.core.evidence import PointState


@pytest.fixture
def made(tmp_path: Path) -> House:
    """A house with a K3s server and nothing in its datastore yet."""
    built = k3s_house(tmp_path)
    put_server(data_of(built))
    return built


def saved(built: House, into: Path) -> Path:
    """What the newest point of the datastore holds, restored by restic alone."""
    built.restic(
        "home", "restore", "latest", "--tag", "asset:cluster/datastore", "--target", str(into)
    )
    [note] = into.rglob("phoenix-k3s.json")
    return note.parent


def copy(built: House) -> Copy:
    """How the copy of the datastore went."""
    [one] = [each for each in built.backup().copies if each.asset == "cluster/datastore"]
    return one


def test_sqlite_is_saved_whole_under_a_writer_with_all_it_needs(
    made: House, tmp_path: Path
) -> None:
    path = put_database(data_of(made), objects())
    config = made.production / "etc/rancher/k3s"
    (config / "config.yaml.d").mkdir(parents=True)
    (config / "config.yaml.d/own.yaml").write_text("disable: [traefik]\n")
    (config / "k3s.yaml").write_text("an administrator's key\n")
    with closing(sqlite3.connect(path)) as live:
        live.execute(
            "insert into kine (name, created, deleted, value) values ('/registry/x', 1, 0, 'y')"
        )
        live.commit()
        assert Path(f"{path}-wal").stat().st_size
        one = copy(made)
    assert (one.error, one.unread) == (None, ())
    assert one.point
    assert one.point.complete is True
    into = saved(made, tmp_path / "restored")
    with closing(sqlite3.connect(into / "data/server/db/state.db")) as base:
        assert base.execute("select count(*) from kine where name = '/registry/x'").fetchone() == (
            1,
        )
    names = {str(each.relative_to(into)) for each in into.rglob("*") if each.is_file()}
    assert names == {
        "phoenix-k3s.json", "config/config.yaml.d/own.yaml", "data/server/token",
        "data/server/db/state.db", "data/server/tls/server-ca.crt", "data/server/cred/passwd",
        "data/server/tls/etcd/server-ca.crt", "data/server/manifests/coredns.yaml",
    }  # fmt: skip
    assert stat.S_IMODE((into / "data/server/token").stat().st_mode) == 0o600
    note = json.loads((into / "phoenix-k3s.json").read_text())
    assert (note["kind"], note["token"], note["secrets_encryption"]) == ("sqlite", MARK, False)


def test_the_token_is_told_nowhere(made: House) -> None:
    put_database(data_of(made), objects())
    ran = made.phoenix("backup", "--json")
    assert ran.code == 0, ran.err
    told = [ran.out, ran.err, *made.starts()]
    told += [
        each.read_bytes().decode("latin-1") for each in made.state.rglob("*") if each.is_file()
    ]
    assert not [text for text in told if PASSWORD in text]
    assert not list((made.state / "staging").rglob("token"))


def test_etcd_is_saved_as_its_newest_whole_snapshot_and_as_old(made: House, tmp_path: Path) -> None:
    data = data_of(made)
    whole = put_snapshot(data, objects(), at=TAKEN)
    cut = data / f"server/db/snapshots/etcd-snapshot-node-{TAKEN + 43200}"
    cut.write_bytes(whole.read_bytes()[:-512])
    (data / f"server/db/snapshots/etcd-snapshot-node-{TAKEN + 50000}").touch()
    one = copy(made)
    assert one.point
    assert one.point.taken_at == datetime.fromtimestamp(TAKEN, UTC)
    into = saved(made, tmp_path / "restored")
    kept = into / "data/server/db/snapshots" / whole.name
    assert kept.read_bytes() == whole.read_bytes()
    assert json.loads((into / "phoenix-k3s.json").read_text())["snapshot"] == whole.name


def test_a_compressed_snapshot_is_saved_unpacked(made: House, tmp_path: Path) -> None:
    plain = put_snapshot(data_of(made), objects())
    content = plain.read_bytes()
    with zipfile.ZipFile(f"{plain}.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.write(plain, plain.name)
    plain.unlink()
    one = copy(made)
    assert one.point
    assert one.point.taken_at == datetime.fromtimestamp(TAKEN, UTC)
    into = saved(made, tmp_path / "restored")
    assert (into / "data/server/db/snapshots" / plain.name).read_bytes() == content


def test_the_moment_in_a_name_does_not_lie_in_the_files_future(made: House) -> None:
    path = put_snapshot(data_of(made), objects(), at=9_999_999_999)
    os.utime(path, (TAKEN, TAKEN))
    one = copy(made)
    assert one.point
    assert one.point.taken_at == datetime.fromtimestamp(TAKEN, UTC)


def test_without_its_token_a_point_is_incomplete_and_said_so(made: House) -> None:
    put_database(data_of(made), objects())
    (data_of(made) / "server/token").write_text("")
    one = copy(made)
    assert one.point
    assert (one.point.complete, one.unread) == (False, ("server/token",))
    with made.context() as ctx:
        [state] = [s for p, s in ctx.ledger.judged("cluster/datastore")]
    assert state is PointState.SUSPECT
    assert "k3s-without-token" in {each.code for each in made.audit().findings}
    put_server(data_of(made))
    assert copy(made).unread == ()
    assert "k3s-without-token" not in {each.code for each in made.audit().findings}


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"server/db/etcd/member/wal/0.wal": ""}, "k3s-no-snapshot"),
        ({"server/cred/passwd": ""}, "k3s-external"),
        ({"agent/etc/x": ""}, "k3s-no-server"),
        (None, "asset-missing"),
        ({"server/db/state.db": "not a database"}, "not-sqlite"),
    ],
)
def test_what_cannot_be_saved_says_why(
    tmp_path: Path, files: dict[str, str] | None, code: str
) -> None:
    built = k3s_house(tmp_path)
    for name, text in (files or {}).items():
        (data_of(built) / name).parent.mkdir(parents=True)
        (data_of(built) / name).write_text(text)
    one = copy(built)
    assert one.error is not None
    assert one.error.code == code
    ran = built.phoenix("backup")
    assert ran.code != 0
    assert str(data_of(built)) in ran.out + ran.err


def test_the_recovery_plan_puts_server_and_configuration_back_apart(made: House) -> None:
    put_database(data_of(made), objects())
    assert copy(made).point
    assert made.phoenix("dr", "plan").code == 0
    [text] = [path.read_text() for path in (made.root / "docs").rglob("*.md")]
    into = "/var/tmp/restore/cluster/datastore" + str(made.state / "staging/cluster/datastore")
    server = f"{data_of(made)}/server"
    assert f"{into}/data/server {server}" in text
    assert f"{into}/config {made.production}/etc/rancher/k3s" in text
    assert "--cluster-reset-restore-path" in text
