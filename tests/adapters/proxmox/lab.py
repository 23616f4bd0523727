"""A small Proxmox to ask: two nodes, five guests, a shared and a local storage, two jobs."""

from __future__ import annotations

from datetime import UTC, datetime

from adapters.proxmox.fake_state import Archive, Guest, State, Storage, Task, Token

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
TOKEN = "phoenix@pve!audit"
SECRET = "0f9ad3a2-1111-2222-3333-444455556666"
BLIND = {"/": "PVEAuditor"}
SEEING = {"/": "PVEAuditor", "/vms": "AuditorAndRows", "/storage": "AuditorAndRows"}
LOG = [
    "INFO: starting new backup job: vzdump 210 211 216 --storage nfs --mode snapshot",
    "INFO: Starting Backup of VM 210 (lxc)",
    "INFO: excluding bind mount point mp0 ('/data') from backup (not a volume)",
    "INFO: archive file size: 3.2GB",
    "INFO: Finished Backup of VM 210 (00:00:23)",
    "INFO: Starting Backup of VM 211 (lxc)",
    "ERROR: Backup of VM 211 failed - command 'mount' failed: exit code 32",
    "INFO: Starting Backup of VM 216 (qemu)",
    "INFO: Finished Backup of VM 216 (00:01:02)",
    "INFO: Backup job finished with errors",
    "TASK ERROR: job errors",
]


def ago(hours: float) -> int:
    """Epoch of so many hours before NOW."""
    return int(NOW.timestamp() - hours * 3600)


def volid(storage: str, vmid: int, hours: float, kind: str = "lxc") -> str:
    """The name vzdump gives; its time is the node's own (here UTC+1)."""
    stamp = datetime.fromtimestamp(ago(hours) + 3600, UTC).strftime("%Y_%m_%d-%H_%M_%S")
    end = "tar.zst" if kind == "lxc" else "vma.zst"
    return f"{storage}:backup/vzdump-{kind}-{vmid}-{stamp}.{end}"


def archive(vmid: int, hours: float, storage: str = "nfs", kind: str = "lxc") -> Archive:
    """An archive so many hours old."""
    form = "tar.zst" if kind == "lxc" else "vma.zst"
    name = volid(storage, vmid, hours, kind)
    return Archive(storage, name, vmid, ago(hours), subtype=kind, format=form)


def token(acl: dict[str, str]) -> Token:
    """A token with these roles by path."""
    return Token(SECRET, dict(acl))


def upid(node: str, started: int, kind: str = "vzdump", guest: str = "") -> str:
    """A task's name."""
    return f"UPID:{node}:0001E240:0123ABCD:{started:08X}:{kind}:{guest}:root@pam:"


def lab(acl: dict[str, str] | None = None) -> State:
    """The cluster; its token may see the rows unless `acl` says otherwise."""
    state = State(
        nodes={"pve1": True, "pve2": True},
        tokens={TOKEN: token(SEEING if acl is None else acl)},
        guests=[
            Guest(200, "lxc", "pve1", "runner", {"rootfs": "local-lvm:vm-200-disk-0,size=8G"}),
            Guest(
                210,
                "lxc",
                "pve1",
                "traefik",
                {
                    "rootfs": "local-lvm:vm-210-disk-0,size=8G",
                    "mp0": "/srv/data,mp=/data,backup=1",
                    "mp1": "local-lvm:vm-210-disk-1,mp=/var/lib/x,size=20G",
                    "mp2": "local-lvm:vm-210-disk-2,mp=/etc/x,backup=1,size=1G",
                },
            ),
            Guest(211, "lxc", "pve1", "adguard", {"rootfs": "local-lvm:vm-211-disk-0,size=8G"}),
            Guest(215, "lxc", "pve2", "vault", {"rootfs": "local-lvm:vm-215-disk-0,size=8G"}),
            Guest(
                216,
                "qemu",
                "pve2",
                "games",
                {
                    "scsi0": "local-lvm:vm-216-disk-0,size=32G",
                    "scsi1": "local-lvm:vm-216-disk-1,backup=1,size=4G",
                    "scsi2": "local-lvm:vm-216-disk-2,backup=0,size=4G",
                    "ide2": "none,media=cdrom",
                },
            ),
        ],
        storages=[
            Storage("nfs", prune="keep-last=7"),
            Storage("local", type="dir", shared=0, content="backup,iso"),
            Storage("local-lvm", type="lvmthin", shared=0, content="images,rootdir"),
        ],
        jobs=[
            {
                "id": "nightly", "schedule": "02:30", "vmid": "210,211,216,999", "storage": "nfs",
                "mode": "snapshot", "compress": "zstd", "prune-backups": {"keep-last": "7"},
            },
            {"id": "off", "schedule": "sun 04:00", "vmid": "200", "storage": "gone", "enabled": 0},
        ],
    )  # fmt: skip
    state.archives = [
        archive(210, 30), archive(210, 6), archive(211, 30), archive(216, 6, kind="qemu"),
    ]  # fmt: skip
    here = archive(215, 8, "local")
    here.node = "pve2"
    state.archives.append(here)
    started = ago(6)
    log = list(LOG)
    state.tasks = [
        Task(upid("pve1", started), "pve1", "vzdump", "", "root@pam", started, started + 90,
             "job errors", log),
    ]  # fmt: skip
    return state
