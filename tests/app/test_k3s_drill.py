"""Drills of a K3s datastore: green on a good copy, KO by name on each broken one."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from build_app import House
from build_k3s import (
    OTHER,
    SEALED,
    TOKEN,
    data_of,
    k3s_house,
    objects,
    put_database,
    put_server,
    put_snapshot,
)
from phoenix_dr.app import k3s_checks, k3s_staging
from phoenix_dr.core.evidence import CheckResult, Level, RecoveryPoint
from phoenix_dr.core.model import Asset, AssetKind
from phoenix_dr.sandboxes.directory import Spec, open_sandbox
from phoenix_dr.sandboxes.journal import new_id
from tools import program

Put = Callable[[Path, dict[str, bytes]], Path]
Harm = Callable[[Path], object]
KINDS: list[Put] = [put_database, put_snapshot]
NOW = datetime(2026, 11, 23, tzinfo=UTC)
SNAPSHOTS = "data/server/db/snapshots"
DATABASE = "data/server/db/state.db"


def with_etcd(built: House) -> House:
    """The same, with etcd installed for it."""
    for name in ("etcd", "etcdctl"):
        (built.root / "bin" / name).symlink_to(program(name))
    return built


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house with etcd; each test has a server of its own beside it."""
    return with_etcd(k3s_house(tmp_path_factory.mktemp("house")))


def asked(
    home: House, data: Path, harm: Harm = lambda _: None, *, environ: dict[str, str] | None = None
) -> list[CheckResult]:
    """What the checks say of a copy of this server, harmed after it was made."""
    root = data.parent
    asset = Asset("cluster/datastore", AssetKind.K3S, str(data))
    (root / "staged").mkdir(mode=0o700)
    with home.context() as ctx:
        k3s_staging.ready(ctx, asset, root / "staged")
        ctx.environ = environ or ctx.environ
        sandbox = open_sandbox(Spec(root / "state", root / "drills", new_id(), 1 << 20))
        try:
            shutil.copytree(root / "staged", sandbox.path / "srv/copy", symlinks=True)
            harm(sandbox.path / "srv/copy")
            sandbox.sanitize()
            point = RecoveryPoint("1", asset.id, "home", "home", NOW, paths=("/srv/copy",))
            return list(k3s_checks.checks(ctx, point, sandbox))
        finally:
            assert sandbox.close()


def server(
    root: Path, put: Put, held: dict[str, bytes] | None = None, *, encrypted: bool = False
) -> Path:
    """A good server's data directory."""
    data = root / "k3s"
    put_server(data, encrypted=encrypted)
    put(data, objects() if held is None else held)
    return data


def ko(results: list[CheckResult]) -> set[str]:
    """Codes of the checks that failed."""
    return {each.code for each in results if each.ok is False}


def skipped(results: list[CheckResult]) -> set[str]:
    """Codes of the checks that could not be run."""
    return {each.code for each in results if each.ok is None}


@pytest.mark.parametrize("put", KINDS)
def test_a_good_copy_comes_back_from_restic_proven_to_its_token(tmp_path: Path, put: Put) -> None:
    built = with_etcd(k3s_house(tmp_path))
    put_server(data_of(built))
    put(data_of(built), objects())
    assert built.backup().is_whole
    twin = built.drilled("cluster", mutate=True)
    assert (twin.ok, twin.mutated) == (False, True)
    record = built.drilled("cluster")
    results = list(record.checks)
    assert (ko(results), skipped(results)) == (set(), set())
    opens = {"sqlite-opens"} if put is put_database else {"k3s-snapshot", "k3s-etcd"}
    expected = {"files-present", "hashes-equal", "k3s-objects", "k3s-token", *opens}
    assert {each.code for each in results} == expected
    assert (record.ok, record.level, record.ceiling) == (True, Level.DATA, Level.DATA)
    [count] = [dict(each.parameters)["objects"] for each in results if each.code == "k3s-objects"]
    assert count == len([name for name in objects() if name.startswith("/registry/")])
    assert built.left() == []
    # A token rotated after the snapshot was taken.
    (data_of(built) / "server/token").write_text(OTHER)
    point = built.backup().copies[0].point
    assert point is not None
    said = built.phoenix("drill", "run", "cluster", "--point", point.id, "--language", "fr")
    assert said.code != 0
    assert "K3s ne démarre pas" in " ".join(said.out.split())
    assert TOKEN not in said.out + said.err


TOKENS: list[tuple[str | None, str]] = [
    (OTHER, "k3s-token-other"),
    (None, "k3s-token-missing"),
    ("", "k3s-token-missing"),
    ("K10ab", "k3s-token-malformed"),
]


@pytest.mark.parametrize(("token", "code"), TOKENS)
def test_a_token_that_does_not_fit_is_ko(
    home: House, tmp_path: Path, token: str | None, code: str
) -> None:
    data = server(tmp_path, put_database)
    (data / "server/token").unlink()
    if token is not None:
        (data / "server/token").write_text(token)
    assert ko(asked(home, data)) == {code}


def test_a_token_that_is_a_link_out_of_the_copy_is_not_read(home: House, tmp_path: Path) -> None:
    data = server(tmp_path, put_database)

    def harm(copy: Path) -> None:
        (copy / "data/server/token").unlink()
        (copy / "data/server/token").symlink_to(data / "server/token")

    assert ko(asked(home, data, harm)) == {"k3s-token-missing"}


def test_another_token_is_ko_for_etcd_too(home: House, tmp_path: Path) -> None:
    data = server(tmp_path, put_snapshot)
    (data / "server/token").write_text(OTHER)
    assert ko(asked(home, data)) == {"k3s-token-other"}


BROKEN: list[tuple[Put, dict[str, bytes], set[str], set[str]]] = [
    (put_database, objects(sealed=SEALED[:-8] + "AAAAAA=="), {"k3s-bootstrap-damaged"}, set()),
    (put_snapshot, objects(sealed=SEALED[:-8] + "AAAAAA=="), {"k3s-bootstrap-damaged"}, set()),
    (put_database, objects(sealed=""), set(), {"k3s-token-unproven"}),
    (put_snapshot, objects(sealed=""), set(), {"k3s-token-unproven"}),
    (put_database, {"/bootstrap/x": b"", "/other": b""}, {"k3s-objects", "k3s-token-other"}, set()),
    (put_snapshot, {"/bootstrap/x": b"y"}, {"k3s-objects", "k3s-token-other"}, set()),
    (put_database, objects(encrypted=True), {"k3s-encryption"}, set()),
    (put_snapshot, objects(encrypted=True), {"k3s-encryption"}, set()),
]


@pytest.mark.parametrize(("put", "held", "failing", "open_"), BROKEN)
def test_what_is_in_the_datastore_decides(
    home: House,
    tmp_path: Path,
    put: Put,
    held: dict[str, bytes],
    failing: set[str],
    open_: set[str],
) -> None:
    results = asked(home, server(tmp_path, put, held))
    assert (ko(results), skipped(results)) == (failing, open_)


@pytest.mark.parametrize("put", KINDS)
def test_encrypted_secrets_with_their_keys_are_good(home: House, tmp_path: Path, put: Put) -> None:
    results = asked(home, server(tmp_path, put, objects(encrypted=True), encrypted=True))
    assert (ko(results), skipped(results)) == (set(), set())
    assert "k3s-encryption" in {each.code for each in results}


def test_keys_that_were_there_and_are_gone_from_the_copy_are_ko(
    home: House, tmp_path: Path
) -> None:
    data = server(tmp_path, put_database, encrypted=True)
    keys = Path("data/server/cred/encryption-config.json")
    assert ko(asked(home, data, lambda copy: (copy / keys).unlink())) == {"k3s-encryption"}


def first(copy: Path) -> Path:
    """The snapshot of a copy."""
    return next((copy / SNAPSHOTS).iterdir())


def flip(path: Path, at: int = 9000) -> None:
    """One bit changed."""
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


HARMS: list[tuple[Put, Harm, str]] = [
    (put_snapshot, lambda copy: os.truncate(first(copy), 20_000), "k3s-snapshot"),
    (put_snapshot, lambda copy: os.truncate(first(copy), 0), "k3s-snapshot"),
    (put_snapshot, lambda copy: flip(first(copy)), "k3s-snapshot"),
    (put_snapshot, lambda copy: flip(first(copy), -1), "k3s-snapshot"),
    (put_snapshot, lambda copy: first(copy).unlink(), "k3s-datastore"),
    (
        put_snapshot,
        lambda copy: shutil.copy(first(copy), copy / SNAPSHOTS / "two"),
        "k3s-datastore",
    ),
    (put_database, lambda copy: (copy / DATABASE).unlink(), "k3s-datastore"),
    (put_database, lambda copy: os.truncate(copy / DATABASE, 0), "sqlite-opens"),
    (put_database, lambda copy: os.truncate(copy / DATABASE, 12_288), "sqlite-opens"),
]


@pytest.mark.parametrize(("put", "harm", "code"), HARMS)
def test_a_datastore_that_is_not_whole_is_ko(
    home: House, tmp_path: Path, put: Put, harm: Harm, code: str
) -> None:
    assert ko(asked(home, server(tmp_path, put), harm)) == {code}


def test_what_has_a_right_hash_and_is_no_etcd_is_ko_by_etcd(home: House, tmp_path: Path) -> None:
    def harm(copy: Path) -> None:
        content = b"not a database" + bytes(4096 - 14)
        first(copy).write_bytes(content + hashlib.sha256(content).digest())

    results = asked(home, server(tmp_path, put_snapshot), harm)
    assert ko(results) == {"k3s-etcd"}


def test_a_database_of_something_else_holds_no_objects(home: House, tmp_path: Path) -> None:
    def harm(copy: Path) -> None:
        (copy / DATABASE).unlink()
        with closing(sqlite3.connect(copy / DATABASE)) as base, base:
            base.execute("create table page (id)")

    results = asked(home, server(tmp_path, put_database), harm)
    assert (ko(results), skipped(results)) == ({"k3s-objects"}, {"k3s-token-unproven"})


def test_without_etcd_the_level_stops_at_l3_by_name(home: House, tmp_path: Path) -> None:
    data = server(tmp_path, put_snapshot)
    results = asked(home, data, environ={"PATH": str(tmp_path)})
    assert (ko(results), skipped(results)) == (set(), {"k3s-etcd-tools", "k3s-token-unproven"})


def test_tools_that_do_not_run_here_say_nothing_of_the_copy(home: House, tmp_path: Path) -> None:
    for name in ("etcd", "etcdctl"):
        (tmp_path / name).write_text("no program")
        (tmp_path / name).chmod(0o755)
    data = server(tmp_path, put_snapshot)
    results = asked(home, data, environ={"PATH": str(tmp_path)})
    assert (ko(results), skipped(results)) == (set(), {"k3s-etcd-here", "k3s-token-unproven"})


def below(pid: int) -> set[int]:
    """Processes named etcd among the descendants of one."""
    parents, names = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, rest = stat.read_text().rpartition(") ")
        except OSError:
            continue
        own = int(stat.parent.name)
        parents[own], names[own] = int(rest.split()[1]), head.partition("(")[2]

    def is_below(each: int) -> bool:
        return each == pid or (each in parents and is_below(parents[each]))

    return {each for each, name in names.items() if name == "etcd" and is_below(each)}


def test_killed_in_the_middle_it_leaves_no_etcd(tmp_path: Path) -> None:
    built = with_etcd(k3s_house(tmp_path))
    put_server(data_of(built))
    put_snapshot(data_of(built), objects())
    assert built.backup().is_whole
    with built.started("drill", "run", "cluster") as drill:
        running: set[int] = set()
        while not running and drill.poll() is None:
            running = below(drill.pid)
        assert running
        drill.kill()
    until = time.monotonic() + 30
    while any(Path(f"/proc/{each}").exists() for each in running) and time.monotonic() < until:
        time.sleep(0.05)
    assert [each for each in running if Path(f"/proc/{each}").exists()] == []
    assert built.phoenix("drill", "gc").code == 0
    assert built.left() == []
