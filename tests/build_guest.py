"""Archives as vzdump makes them: a tiny guest of busybox, packed as Proxmox packs (drills.md 1)."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

import pytest

from phoenix_dr import config
from phoenix_dr.adapters.base import Done, Places
from phoenix_dr.adapters.vzdump import Vzdump
from phoenix_dr.adapters.vzdump.api import PATIENT
from phoenix_dr.adapters.vzdump.tar import Patience
from phoenix_dr.app import drills
from phoenix_dr.app.context import Context
from phoenix_dr.app.drill_folder import drill_dir
from phoenix_dr.core.evidence import DrillRecord
from phoenix_dr.core.guard import permit
from phoenix_dr.core.model import EngineSpec, Location
from phoenix_dr.core.plan import RestorePoint, make_plan
from phoenix_dr.sandboxes.lxc import PROGRAMS, available
from tools import in_ci, program

NAME = "vzdump-lxc-210-2026_11_20-03_00_00.tar.zst"
CONF = """\
arch: amd64
cores: 1
hostname: adguard
memory: 128
net0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=192.168.1.5/24,type=veth
onboot: 1
rootfs: local-lvm:vm-210-disk-0,size=1G
unprivileged: 1
"""
INITTAB = """\
::sysinit:/bin/httpd -p 127.0.0.1:3000 -h /srv
::respawn:/bin/sleep 100000
"""
PROBE = ["/bin/wget", "-qO-", "http://127.0.0.1:3000/health"]
APPLETS = ("sh", "ls", "cat", "wget", "httpd", "sleep", "id", "mount", "ps", "dd", "kill", "ip")
CONFIG = """\
version: 1
estate: small
here: house
language: en
timezone: {zone}
documents: {root}/docs
hosts:
  house: {{site: home}}
  nas: {{site: home}}
locations:
  nas: {{host: nas}}
engines:
  nas: {{kind: vzdump, directory: {root}/dump, location: nas}}
services:
  dns:
    assets:
      adguard: {{guest: nas/210}}
    checks:
      - {{asset: adguard, command: [{probe}]}}
"""
FILES = 6
"""Files in the tree of `rootfs`, a hard link included."""
_TAR = (
    "tar", "cpf", "-", "--sparse", "--numeric-owner", "--acls", "--xattrs",
    "--xattrs-include=user.*", "--xattrs-include=security.capability",
)  # fmt: skip


def rootfs(folder: Path, conf: str = CONF) -> Path:
    """The tree of a guest whose init serves one page on its own loopback."""
    for name in ("bin", "sbin", "etc/vzdump", "proc", "sys", "dev", "tmp", "root", "var", "srv"):
        (folder / name).mkdir(parents=True)
    shutil.copy(program("busybox"), folder / "bin/busybox")
    for applet in APPLETS:
        (folder / "bin" / applet).symlink_to("busybox")
    (folder / "sbin/init").symlink_to("../bin/busybox")
    (folder / "etc/inittab").write_text(INITTAB)
    (folder / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    (folder / "etc/vzdump/pct.conf").write_text(conf)
    (folder / "srv/health").write_text("fine\n")
    os.link(folder / "srv/health", folder / "srv/again")
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.name == "busybox" else 0o644)
    if os.geteuid() == 0:
        os.chown(folder / "srv/health", 472, 472)
    return folder


def packed(folder: Path, archive: Path, *first: str) -> Path:
    """An archive of a tree: pct.conf first, then everything, as vzdump does."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    members = first or ("./etc/vzdump/pct.conf", "--anchored", "--exclude=./etc/vzdump/pct.conf")
    made = subprocess.run(
        [*_TAR, f"--directory={folder}", *members, "./"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return zipped(made.stdout, archive)


def zipped(tar: bytes, archive: Path) -> Path:
    """Bytes of a tar as a .zst file."""
    subprocess.run(
        [program("zstd"), "-q", "-f", "--threads=1", "-o", archive],
        input=tar, check=True, timeout=60,
    )  # fmt: skip
    return archive


def places(root: Path) -> Places:
    """What an engine needs to know."""
    return Places(
        "house", {"nas": Location("nas", "nas")}, {"PATH": os.environ["PATH"]}, root / "cache",
        lambda: datetime(2026, 11, 21, 8, tzinfo=UTC),
    )  # fmt: skip


def engine(dump: Path, *, zone: str = "UTC", patience: Patience = PATIENT) -> Vzdump:
    """The engine over a folder; guest 210 is `dns/adguard`."""
    spec = EngineSpec(
        "nas", "vzdump", repository=str(dump), locations={"": "nas"},
        archives={"210": "dns/adguard"}, settings={"timezone": zone},
    )  # fmt: skip
    return Vzdump(spec, places(dump.parent), patience=patience)


def restore(engine: Vzdump, point: str, into: Path, cancel: threading.Event | None = None) -> Done:
    """Restore a point into a folder, with a permit."""
    action = RestorePoint("nas", "dns/adguard", point, str(into))
    permitted = permit(make_plan([action]), now=datetime(2026, 11, 21, 8, tzinfo=UTC))
    return engine.perform(
        action, permitted, progress=lambda progress: None, cancel=cancel or threading.Event()
    )


def require_lxc() -> None:
    """Fail in CI, and skip elsewhere, where no container of LXC can be started."""
    for name in (*PROGRAMS, "bwrap", "zstd", "busybox"):
        program(name)
    found = available(Path("/var/tmp/drills"))
    if not found.ok and in_ci():
        pytest.fail(f"no container can be started here: {found}")
    if not found.ok:
        pytest.skip(f"no container can be started here: {found}")


def open_folder() -> Path:
    """A folder whose parents everyone may pass through, unlike pytest's own."""
    folder = Path(mkdtemp(prefix="phx-test-", dir="/var/tmp"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o711)
    return folder


@dataclass
class Estate:
    """An estate with one guest and a folder of archives; nothing of Proxmox is there."""

    root: Path
    zone: str = "UTC"
    probe: list[str] = field(default_factory=lambda: list(PROBE))
    now: datetime = datetime(2026, 11, 21, 8, tzinfo=UTC)

    drill_dir: Path = field(default_factory=open_folder)

    def __post_init__(self) -> None:
        """Write phoenix.yaml and make the folder."""
        self.dump.mkdir(parents=True, exist_ok=True)
        text = CONFIG.format(root=self.root, zone=self.zone, probe=", ".join(self.probe))
        self.config.write_text(text)
        self.config.chmod(0o600)

    @property
    def config(self) -> Path:
        """phoenix.yaml."""
        return self.root / "phoenix.yaml"

    @property
    def dump(self) -> Path:
        """Where the archives lie."""
        return self.root / "dump"

    @property
    def environ(self) -> dict[str, str]:
        """The whole environment Phoenix gets."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "PHOENIX_CONFIG": str(self.config),
            "PHOENIX_STATE": str(self.root / "state"),
            "PHOENIX_DRILLS": str(self.drill_dir),
        }

    def context(self) -> Context:
        """A fresh context."""
        return Context(config.settings(self.environ), self.environ, clock=lambda: self.now)

    def drilled(self, **request: object) -> DrillRecord:
        """Drill the guest once; nothing may be left of it."""
        with self.context() as ctx:
            report = drills.run(ctx, drills.DrillRequest(("dns",), **request))  # type: ignore[arg-type]
        assert self.left() == []
        [record] = report.records
        return record

    def left(self) -> list[str]:
        """Folders, journals, cgroups, processes and mounts that carry the name of a drill."""
        folder = drill_dir(config.settings(self.environ))
        found = [*folder.glob("phx-*"), *(self.root / "state/drills").glob("*")]
        found += [path for path in Path("/sys/fs/cgroup").glob("*/lxc.*.phx-*") if self.mine(path)]
        found += [path for path in Path("/sys/fs/cgroup").glob("lxc.*.phx-*") if self.mine(path)]
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        return [*map(str, found), *(line for line in mounts if str(self.root) in line)]

    def mine(self, group: Path) -> bool:
        """Whether a cgroup is of a drill of this estate; others may run beside."""
        return group.name.rpartition(".")[2] in self.drills_seen

    @property
    def drills_seen(self) -> set[str]:
        """Names of the drills this estate ever ran."""
        with self.context() as ctx:
            return {record.id for record in ctx.ledger.drills()}
