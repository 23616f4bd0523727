"""A place only root can change, SSH keys of every kind, and a small estate with approvers."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from build_app import Clock
from phoenix_dr import config
from phoenix_dr.adapters.ssh_signing import NAMESPACE
from phoenix_dr.app.context import Context
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.losses import Ground
from phoenix_dr.core.plan import ForgetPoints, Plan, make_plan
from tools import ROOT, program

NOBODY = 65534
IS_ROOT = os.geteuid() == 0 and Path("/").stat().st_uid == 0
MANY_USERS = Path("/proc/self/uid_map").read_text().split()[2] != "1"
"""False in a namespace that knows only its own root."""
KINDS = {
    "ed25519": ("ed25519", ()),
    "ecdsa256": ("ecdsa", ("-b", "256")),
    "ecdsa521": ("ecdsa", ("-b", "521")),
    "rsa3072": ("rsa", ("-b", "3072")),
    "rsa2048": ("rsa", ("-b", "2048")),
}
ESTATE = """\
version: 1
estate: small
here: house
language: en
timezone: UTC
approvers: {approvers}
hosts:
  house: {{site: home, disks: [usb]}}
locations:
  home: {{host: house, disk: usb}}
engines:
  home: {{kind: restic, repository: {root}/restic, location: home, password: "env:NOWHERE"}}
policies:
  default:
    schedule: "0 3 * * *"
    keep: {{daily: 7}}
    because: a mistake is noticed within a week
    to: [home]
services:
  photos: {{assets: {{album: {{files: {root}/album}}}}}}
"""


@contextmanager
def roots_own() -> Iterator[Path]:
    """A folder that only root can change, all the way up; without root the test is run elsewhere.

    `in_a_namespace` runs those tests as root of a user namespace.
    """
    if not IS_ROOT:
        pytest.skip("run as root of a namespace by the last test of this file")
    folder = Path(tempfile.mkdtemp(prefix="phx-test-", dir="/var/lib"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@cache
def as_nobody() -> tuple[str, ...]:
    """Words before a command that run it as a user who owns nothing.

    Where Python lies in root's home that user may read everything; write it may nothing.
    """
    plain = (
        program("setpriv"), "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups",
    )  # fmt: skip
    reading = (
        *plain, "--inh-caps", "-all,+dac_read_search", "--ambient-caps", "+dac_read_search",
    )  # fmt: skip
    for words in (plain, reading):
        argv = [*words, sys.executable, "-c", "import phoenix_dr, click, cronsim, pydantic"]
        if subprocess.run(argv, cwd="/", capture_output=True, check=False).returncode == 0:
            return words
    raise AssertionError("nobody can run Python here")


def in_a_namespace(test_file: str) -> subprocess.CompletedProcess[str]:
    """Run a test file again where we are root: a namespace with folders of its own."""
    tops = (top for top in Path("/").iterdir() if top.name not in {"proc", "dev", "tmp", "var"})
    binds = [word for top in tops if top.exists() for word in ("--ro-bind", str(top), str(top))]
    argv = [
        program("bwrap"), "--unshare-user", "--uid", "0", "--gid", "0", "--die-with-parent",
        *binds, "--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp",
        "--dir", "/var/lib", "--setenv", "HYPOTHESIS_STORAGE_DIRECTORY", "/tmp/hypothesis",
        "--chdir", str(ROOT), sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
        "-p", "no:randomly", test_file,
    ]  # fmt: skip
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=240)


@cache
def _made(kind: str, number: int) -> str:
    folder = Path(tempfile.mkdtemp(prefix="phx-keys-"))
    path = folder / "key"
    name, options = KINDS[kind]
    argv = ["ssh-keygen", "-q", "-t", name, *options, "-N", "", "-C", "a b", "-f", str(path)]
    subprocess.run([program(argv[0]), *argv[1:]], check=True, timeout=60)
    text = path.read_text() + "\0" + path.with_suffix(".pub").read_text()
    shutil.rmtree(folder)
    return text


def put_key(folder: Path, name: str = "alice", kind: str = "ed25519", number: int = 0) -> Path:
    """A private key in a folder, its public part beside; equal kind and number are equal keys."""
    path = folder / name
    private, _, public = _made(kind, number).partition("\0")
    path.write_text(private)
    path.chmod(0o600)
    path.with_name(f"{name}.pub").write_text(public)
    return path


def touch_key() -> str:
    """The public line of a key on a device (no device is needed to write one down)."""
    parts = (b"sk-ssh-ed25519@openssh.com", bytes(range(32)), b"ssh:")
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return f"sk-ssh-ed25519@openssh.com {base64.b64encode(blob).decode()} stick\n"


def raw_signature(message: str, key: Path, *, namespace: str = NAMESPACE) -> str:
    """What OpenSSH itself signs, in any namespace."""
    argv = [program("ssh-keygen"), "-q", "-Y", "sign", "-n", namespace, "-f", str(key)]
    done = subprocess.run(argv, input=message.encode(), capture_output=True, check=True, timeout=30)
    return done.stdout.decode()


@dataclass
class Office:
    """An estate with an approvers file that only root can change; alice may approve."""

    root: Path
    home: Path
    clock: Clock

    @property
    def approvers(self) -> Path:
        """The approvers file."""
        return self.root / "approvers"

    @property
    def environ(self) -> dict[str, str]:
        """The whole environment Phoenix gets."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "PHOENIX_CONFIG": str(self.root / "phoenix.yaml"),
            "PHOENIX_STATE": str(self.home / "state"),
            "LC_ALL": "C.UTF-8",
        }

    def context(self) -> Context:
        """A fresh context on this estate and its clock."""
        return Context(config.settings(self.environ), self.environ, clock=self.clock)


def office(root: Path, home: Path) -> Office:
    """Configuration and approvers below `root`, state and alice's key below `home`."""
    made = Office(root, home, Clock())
    text = ESTATE.format(approvers=made.approvers, root=root)
    (root / "phoenix.yaml").write_text(text)
    public = put_key(home).with_name("alice.pub").read_text().split()
    made.approvers.write_text(f'alice namespaces="{NAMESPACE}" {public[0]} {public[1]}\n')
    made.approvers.chmod(0o644)
    return made


def losing(count: int = 3, *, rule: str = "") -> Plan:
    """A plan that lets the oldest points of the album go."""
    first = datetime(2026, 1, 1, 3, tzinfo=UTC)
    points = tuple(
        RecoveryPoint(
            id=f"{number:08x}", asset="photos/album", engine="home", location="home",
            taken_at=first + timedelta(days=number), size=1000, files=1, complete=True,
        )
        for number in range(count + 2)
    )  # fmt: skip
    action = ForgetPoints("home", "photos/album", tuple(p.id for p in points[:count]), rule)
    return make_plan([action], Ground(points={("home", "photos/album"): points}))
