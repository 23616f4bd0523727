"""A K3s server's folders on real SQLite and real etcd, with bootstrap data as K3s encrypts it."""

from __future__ import annotations

import hashlib
import os
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from build_app import House, house
from tools import program

PASSWORD = "4f0c2a-the-servers-own"
TOKEN = f"K10{'ab' * 32}::server:{PASSWORD}"
OTHER = f"K10{'ab' * 32}::server:of-another-cluster"
MARK = hashlib.sha256(PASSWORD.encode()).hexdigest()[:12]
BOOTSTRAP = f"/bootstrap/{MARK}"
# Certificates as JSON, sealed with this password by OpenSSL (through node), as encrypt.go does.
SEALED = (
    "0011223344556677:"
    "AAECAwQFBgcICQoLgXQl43S1xwYBQIqwNQVBQHPasfuifT3oxDZ2sQ67cFsiEmCT2XxCpnbCTHL"
    "K0QVRVhWzW5sRPE8UV/DwbGRWrxgnyXGBDwzL2483ku21wr/VqQO5kVblDX54ckJ8FEgL7vRtbT"
    "PXhIvZh3ZjMmqWU50RS37GUz0dhspNZ8TRqTiqZU4QPndbEo//Mg=="
)
TAKEN = 1_767_225_600
"""Seconds since 1970 in the names of snapshots: the first of January 2026."""
ETCD_ENV = {"ETCDCTL_API": "3", "PATH": os.environ["PATH"]}

SERVICE = """\
services:
  cluster:
    assets:
      datastore: {k3s: ROOT/srv/var/lib/rancher/k3s}
"""

# The table of kine for SQLite; yes, its names are INTEGER columns.
KINE = """
CREATE TABLE kine (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name INTEGER, created INTEGER, deleted INTEGER,
  create_revision INTEGER, prev_revision INTEGER, lease INTEGER, value BLOB, old_value BLOB
);
CREATE INDEX kine_name_index ON kine (name);
CREATE UNIQUE INDEX kine_name_prev_revision_uindex ON kine (name, prev_revision);
"""


def k3s_house(root: Path) -> House:
    """A house whose only service is a cluster, saved to one destination."""
    built = house(root)
    text = built.config.read_text()
    before, after = text.index("services:"), text.index("keys:")
    built.config.write_text(text[:before] + SERVICE.replace("ROOT", str(root)) + text[after:])
    built.to_home_alone()
    return built


def data_of(built: House) -> Path:
    """Its data directory."""
    return built.production / "var/lib/rancher/k3s"


def objects(*, encrypted: bool = False, sealed: str = SEALED) -> dict[str, bytes]:
    """Keys and values of a small cluster: pods, a secret, and the bootstrap data."""
    start = b"k8s:enc:aescbc:v1:aescbckey:" if encrypted else b"k8s\0\n"
    made = {f"/registry/pods/media/jellyfin-{number}": b"k8s\0\npod" for number in range(5)}
    made["/registry/secrets/media/password"] = start + b"x" * 40
    if sealed:
        made[BOOTSTRAP] = sealed.encode()
    return made


def put_database(data: Path, held: dict[str, bytes]) -> Path:
    """kine's state.db in WAL mode; one object was written twice, one deleted."""
    path = data / "server/db/state.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as base:
        base.execute("pragma journal_mode=wal")
        base.executescript(KINE)
        rows = [(name, value, 0) for name, value in held.items()]
        rows += [(name, b"k8s\0\nnewer", 0) for name in held if name.endswith("-0")]
        rows += [("/registry/pods/gone", b"k8s\0\n", 0), ("/registry/pods/gone", b"", 1)]
        base.executemany(
            "insert into kine (name, created, deleted, prev_revision, value) "
            "values (?1, 1, ?3, (select count(*) from kine), ?2)",
            rows,
        )
        base.commit()
    return path


def put_server(data: Path, *, token: str | None = TOKEN, encrypted: bool = False) -> None:
    """Everything of a server but its datastore."""
    for name, text in {
        "server/tls/server-ca.crt": "certificate",
        "server/tls/etcd/server-ca.crt": "certificate",
        "server/cred/passwd": "made-up",
        "server/manifests/coredns.yaml": "kind: Addon",
    }.items():
        _write(data / name, text)
    if encrypted:
        _write(data / "server/cred/encryption-config.json", '{"kind":"EncryptionConfiguration"}')
    if token is not None:
        _write(data / "server/token", token + "\n")
        link = data / "server/node-token"
        link.unlink(missing_ok=True)
        link.symlink_to(data / "server/token")


def put_snapshot(data: Path, held: dict[str, bytes], *, at: int = TAKEN) -> Path:
    """An etcd folder, and a snapshot of those objects as etcd itself made it."""
    (data / "server/db/etcd/member/wal").mkdir(parents=True, exist_ok=True)
    path = data / f"server/db/snapshots/etcd-snapshot-node-{at}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_snapshot(tuple(sorted(held.items()))))
    return path


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)


@cache
def _snapshot(held: tuple[tuple[str, bytes], ...]) -> bytes:
    with tempfile.TemporaryDirectory(dir=os.environ["HOME"]) as name:
        folder = Path(name)
        with _etcd(folder) as ask:
            for key, value in held:
                ask("put", key, said=value)
            ask("snapshot", "save", str(folder / "snapshot"))
        return (folder / "snapshot").read_bytes()


@contextmanager
def _etcd(folder: Path) -> Iterator[Asker]:
    client, peer = (f"http://127.0.0.1:{port}" for port in _ports())
    line = [
        program("etcd"), f"--data-dir={folder}/data", f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}", f"--listen-peer-urls={peer}", "--unsafe-no-fsync",
        f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=default={peer}",
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(line, env=ETCD_ENV, stdout=log, stderr=log)
    try:
        ask = Asker(client)
        until = time.monotonic() + 30
        while not ask("endpoint", "health", fine=True):
            assert time.monotonic() < until, (folder / "log").read_text()
        yield ask
    finally:
        server.kill()
        server.wait()


class Asker:
    """etcdctl on one server."""

    def __init__(self, client: str) -> None:
        self.client = client

    def __call__(self, *words: str, said: bytes = b"", fine: bool = False) -> bool:
        """Whether it did; AssertionError when it must and did not."""
        line = [program("etcdctl"), f"--endpoints={self.client}", "--command-timeout=20s", *words]
        done = subprocess.run(
            line, env=ETCD_ENV, input=said, capture_output=True, timeout=60, check=False
        )
        assert fine or done.returncode == 0, done.stderr
        return done.returncode == 0


def _ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
