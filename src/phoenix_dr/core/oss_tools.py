"""What the tools of others do, fact by fact. Where each fact was read: docs/oss.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from phoenix_dr.core.model import AssetKind


class Way(StrEnum):
    """How a tool comes to a kind of data; what it cannot save is not in its table."""

    WHOLE = "whole"
    CLIENT = "client"
    """A client of its own must run where the data is."""
    CONSISTENT = "consistent"
    """Somebody must make a consistent copy first."""
    DUMP = "dump"
    MOUNTED = "mounted"
    MIRROR = "mirror"
    OUTPUT = "output"
    """It starts the command itself and fails when that fails."""
    PIPED = "piped"
    """It reads a stream and cannot know whether the command failed."""
    FILE = "file"
    """The command must write a file first."""


class Reach(StrEnum):
    """Kinds of places a tool writes to."""

    LOCAL = "local"
    SSH = "ssh"
    S3 = "s3"
    AZURE = "azure"
    GOOGLE = "google"
    SHARE = "share"
    DATASTORE = "datastore"
    RCLONE = "rclone"


class Cipher(StrEnum):
    """Whether copies can be read by whoever holds the disk."""

    ALWAYS = "always"
    OPTION = "option"
    VOLUME = "volume"
    """Only where the volume itself is encrypted."""
    DEFAULT_KEY = "default-key"
    """With a password that is public until somebody sets another one."""
    NO = "no"


class Lock(StrEnum):
    """What keeps whoever writes copies from removing them."""

    SERVER = "server"
    RIGHTS = "rights"
    OBJECTS = "objects"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ours:
    """For which kinds Phoenix sees points of a tool, makes them and drills them.

    `expires`: Phoenix removes points by a rule; otherwise the tool does it by itself, or nobody.
    """

    sees: tuple[AssetKind, ...] = ()
    fills: tuple[AssetKind, ...] = ()
    drills: tuple[AssetKind, ...] = ()
    expires: bool = False


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool. `kinds` are those of phoenix.yaml's engines that speak of it; `words` its names.

    `option` is what has it read a command's output. `verify` is the command that reads data again,
    "" where there is none. `single` None: a single file comes back, but by hand.
    """

    id: str
    name: str
    words: tuple[str, ...]
    licence: str
    saves: Mapping[AssetKind, Way]
    reaches: tuple[Reach, ...]
    kinds: tuple[str, ...] = ()
    ours: Ours = field(default_factory=Ours)
    cipher: Cipher = Cipher.NO
    lock: Lock = Lock.NO
    dedup: bool = True
    server: bool = False
    cluster: bool = False
    single: bool | None = True
    verify: str = ""
    option: str = ""


_FILES, _SQLITE, _K3S = AssetKind.FILES, AssetKind.SQLITE, AssetKind.K3S
_OF_FILES = {
    _FILES: Way.WHOLE,
    _SQLITE: Way.CONSISTENT,
    AssetKind.POSTGRES: Way.DUMP,
    _K3S: Way.CONSISTENT,
    AssetKind.SHARE: Way.MOUNTED,
    AssetKind.GIT: Way.MIRROR,
    AssetKind.COMMAND: Way.OUTPUT,
}
_VOLUMES, _GUEST = AssetKind.VOLUMES, AssetKind.GUEST

TOOLS: tuple[Tool, ...] = (
    Tool(
        "restic", "restic", ("restic",), "BSD-2-Clause", _OF_FILES,
        (Reach.LOCAL, Reach.SSH, Reach.S3, Reach.AZURE, Reach.GOOGLE, Reach.RCLONE),
        kinds=("restic",),
        ours=Ours(*((_FILES, _SQLITE, _K3S),) * 3, expires=True),
        cipher=Cipher.ALWAYS, lock=Lock.SERVER,
        verify="restic check --read-data", option="--stdin-from-command",
    ),
    Tool(
        "borg", "BorgBackup", ("borg", "borgbackup"), "BSD-3-Clause", _OF_FILES,
        (Reach.LOCAL, Reach.SSH),
        kinds=("borg",),
        # Archives of any asset are known by how their names begin.
        ours=Ours(tuple(_OF_FILES), expires=True),
        cipher=Cipher.OPTION, lock=Lock.SERVER,
        verify="borg check --verify-data", option="--content-from-command",
    ),
    Tool(
        "kopia", "Kopia", ("kopia",), "Apache-2.0",
        {**_OF_FILES, AssetKind.COMMAND: Way.PIPED},
        (Reach.LOCAL, Reach.SSH, Reach.S3, Reach.AZURE, Reach.GOOGLE, Reach.RCLONE),
        cipher=Cipher.ALWAYS, lock=Lock.OBJECTS,
        verify="kopia snapshot verify --verify-files-percent=100", option="--stdin-file",
    ),
    Tool(
        "pbs", "Proxmox Backup Server", ("pbs", "proxmox backup server"), "AGPL-3.0",
        {**_OF_FILES, _GUEST: Way.WHOLE, _FILES: Way.CLIENT, AssetKind.COMMAND: Way.FILE},
        (Reach.DATASTORE,),
        kinds=("pbs",),
        ours=Ours((_GUEST,)),
        cipher=Cipher.OPTION, lock=Lock.RIGHTS, server=True,
        verify="proxmox-backup-manager verify",
    ),
    Tool(
        "vzdump", "vzdump", ("vzdump",), "AGPL-3.0", {_GUEST: Way.WHOLE},
        (Reach.LOCAL, Reach.SHARE, Reach.DATASTORE),
        kinds=("proxmox", "vzdump"),
        ours=Ours(*((_GUEST,),) * 3),
        dedup=False, single=None,
    ),
    Tool(
        "longhorn", "Longhorn", ("longhorn",), "Apache-2.0", {_VOLUMES: Way.WHOLE},
        (Reach.S3, Reach.SHARE, Reach.AZURE),
        kinds=("longhorn",),
        ours=Ours(*((_VOLUMES,),) * 3),
        cipher=Cipher.VOLUME, lock=Lock.UNKNOWN, cluster=True, single=False,
    ),
    Tool(
        "velero", "Velero", ("velero",), "Apache-2.0", {_VOLUMES: Way.WHOLE},
        (Reach.S3, Reach.AZURE, Reach.GOOGLE),
        kinds=("velero",),
        ours=Ours(*((_VOLUMES,),) * 3),
        cipher=Cipher.DEFAULT_KEY, cluster=True, single=False,
    ),
    # A copy, not a format of backups: there is nothing it saves as points in time.
    Tool(
        "rclone", "rclone", ("rclone",), "MIT", {},
        (Reach.LOCAL, Reach.SSH, Reach.S3, Reach.AZURE, Reach.GOOGLE),
        cipher=Cipher.OPTION, dedup=False, verify="rclone check",
    ),
)  # fmt: skip
"""The tools that are compared, in the order of equals."""
BY_ID: Mapping[str, Tool] = {tool.id: tool for tool in TOOLS}
CUSTOM = "custom"
"""What a decision for none of them is called."""
COPIES_ONLY = "rclone"
