"""Folders of archives behind a real sshd on this machine, and behind a real rclone."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from build_guest import places
from phoenix_dr.adapters.vzdump import Vzdump
from phoenix_dr.core.model import EngineSpec
from tools import program

SERVER = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {root}/host
AuthorizedKeysFile {root}/authorized
PidFile none
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
Subsystem sftp {sftp}
ForceCommand {command}
"""
CUTTING = """\
#!{python}
import os, subprocess
server = subprocess.Popen(["/usr/lib/openssh/sftp-server"], stdout=subprocess.PIPE)
left = {count}
while left and (piece := os.read(server.stdout.fileno(), min(left, 4096))):
    os.write(1, piece)
    left -= len(piece)
server.kill()
"""
RCLONE = "[box]\ntype = local\n"
SECONDS = 20
"""How long a server may take to listen, on the busiest machine."""


@dataclass(frozen=True)
class Server:
    """A running sshd that gives files and no shell; `known` holds its key for people."""

    root: Path
    port: int

    @property
    def known(self) -> Path:
        """A known_hosts file with its key."""
        return self.root / "known"

    @property
    def identity(self) -> Path:
        """The private key it lets in."""
        return self.root / "client"

    def address(self, folder: Path | str) -> str:
        """How phoenix.yaml names a folder behind it."""
        return f"ssh://{pwd.getpwuid(os.geteuid()).pw_name}@127.0.0.1:{self.port}{folder}"

    def settings(self, **changed: str) -> dict[str, str]:
        """The settings of an engine that goes through it."""
        return {"known_hosts": str(self.known), "identity": str(self.identity), **changed}


@contextmanager
def sshd(root: Path, sftp: str = "internal-sftp") -> Iterator[Server]:
    """A server for one test, with keys of its own; `sftp` may be another file server."""
    daemon = shutil.which("sshd", path="/usr/sbin:/sbin") or program("sshd")
    root.mkdir(parents=True)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    for name in ("host", "client"):
        keypair(root / name)
    shutil.copy(root / "client.pub", root / "authorized")
    port = free_port()
    know(root, port, root / "host.pub")
    # Whatever a client asks for, it gets the file server.
    text = SERVER.format(root=root, port=port, sftp=sftp, command=sftp)
    (root / "sshd_config").write_text(text)
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(
            [daemon, "-D", "-e", "-f", root / "sshd_config"], stdin=subprocess.DEVNULL, stderr=log
        )
    try:
        _await(process, port, root / "log")
        yield Server(root, port)
    finally:
        process.terminate()
        process.wait(SECONDS)


def cutting(path: Path, count: int) -> str:
    """A file server that dies after so many bytes."""
    path.write_text(CUTTING.format(python=sys.executable, count=count))
    path.chmod(0o755)
    return str(path)


def keypair(path: Path) -> None:
    """A key without a passphrase."""
    asked = ("-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path)
    subprocess.run([program("ssh-keygen"), *asked], check=True, timeout=60)


def know(root: Path, port: int, key: Path) -> None:
    """Write the known_hosts file anew with one public key."""
    (root / "known").write_text(f"[127.0.0.1]:{port} {key.read_text()}")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"no sshd: {log.read_text()}")


def rclone_config(root: Path) -> Path:
    """A configuration of rclone with the one remote `box`, this machine."""
    program("rclone")
    path = root / "rclone.conf"
    path.write_text(RCLONE)
    path.chmod(0o600)
    return path


def far(
    repository: str, root: Path, settings: dict[str, str], program: str | None = None
) -> Vzdump:
    """The engine over a far folder; guest 210 is `dns/adguard`."""
    spec = EngineSpec(
        "nas", "vzdump", repository=repository, locations={"": "nas"}, program=program,
        archives={"210": "dns/adguard"}, settings={"timezone": "UTC", **settings},
    )  # fmt: skip
    return Vzdump(spec, places(root))
