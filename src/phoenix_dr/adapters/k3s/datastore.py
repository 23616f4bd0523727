"""Where a K3s server keeps its objects, and the files it needs beside them to start again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

USUAL = Path("var/lib/rancher/k3s")
"""The data directory below the root of a system; another one has its configuration in /etc."""
CONFIG = "etc/rancher/k3s"
TOKEN = "server/token"  # noqa: S105 - a file name
ENCRYPTION = "server/cred/encryption-config.json"
"""The keys that encrypt secrets in the datastore (`--secrets-encryption`)."""
LARGEST_CONFIG = 1 << 20
_SETTING = re.compile(r"^([a-z0-9][a-z0-9-]*)\+?:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_TRUE = frozenset({"true", "yes", "on", "1"})


class Kind(StrEnum):
    """What holds the objects: kine's SQLite (one server, the default), or embedded etcd."""

    SQLITE = "sqlite"
    ETCD = "etcd"


@dataclass(frozen=True, slots=True)
class Server:
    """A K3s server on this machine: data directory, configuration folder, kind of datastore."""

    data: Path
    config: Path
    kind: Kind

    @property
    def database(self) -> Path:
        """kine's database; only there for SQLITE."""
        return self.data / "server/db/state.db"

    @property
    def snapshots(self) -> Path:
        """Where K3s puts snapshots of its etcd, unless told otherwise (`etcd-snapshot-dir`)."""
        elsewhere = settings(self.config).get("etcd-snapshot-dir", "")
        return Path(elsewhere) if elsewhere.startswith("/") else self.data / "server/db/snapshots"

    @property
    def encrypts(self) -> bool:
        """Whether secrets are encrypted in the datastore, by configuration or by its key file."""
        configured = truth(settings(self.config).get("secrets-encryption", ""))
        return configured or (self.data / ENCRYPTION).exists()


def server(data: Path) -> Server:
    """The server whose data directory this is.

    Raises EngineUnreachable `asset-missing`, EngineDenied `asset-unreadable`, EngineError
    `k3s-external` (its objects are in a database elsewhere), `k3s-no-server` (an agent).
    """
    config = config_of(data)
    try:
        if not data.is_dir():
            raise EngineUnreachable("asset-missing", path=str(data))
        held = {each.name for each in (data / "server/db").iterdir()}
    except PermissionError:
        raise EngineDenied("asset-unreadable", path=str(data)) from None
    except (FileNotFoundError, NotADirectoryError):
        held = set()
    # K3s itself prefers etcd where both are: a server that moved keeps its old state.db.
    if "etcd" in held:
        return Server(data, config, Kind.ETCD)
    if "state.db" in held:
        return Server(data, config, Kind.SQLITE)
    if settings(config).get("datastore-endpoint") or (data / "server").is_dir():
        raise EngineError("k3s-external", path=str(data))
    raise EngineError("k3s-no-server", path=str(data))


def config_of(data: Path) -> Path:
    """The configuration folder that belongs to a data directory.

    K3s has no setting for it but the file alone. A system mounted elsewhere has its own.
    """
    if data.parts[-len(USUAL.parts) :] == USUAL.parts:
        return data.parents[len(USUAL.parts) - 1] / CONFIG
    return Path("/") / CONFIG


def settings(config: Path) -> dict[str, str]:
    """Single values of config.yaml, then of config.yaml.d in order of name; lists are left out.

    Files that cannot be read say nothing here.
    """
    found: dict[str, str] = {}
    for path in (config / "config.yaml", *sorted((config / "config.yaml.d").glob("*.yaml"))):
        try:
            with path.open("rb") as file:
                text = file.read(LARGEST_CONFIG).decode("utf-8", "replace")
        except OSError:
            continue
        found |= told(text)
    return found


def told(text: str) -> dict[str, str]:
    """Single values at the top of one configuration file."""
    return {name: plain(value) for name, value in _SETTING.findall(text) if value}


def truth(value: str) -> bool:
    """Whether a setting switches something on."""
    return value.lower() in _TRUE


def plain(value: str) -> str:
    """A YAML scalar without its quotes or trailing comment."""
    quoted = re.match(r"""(["'])(.*?)\1""", value)
    return quoted[2] if quoted else re.split(r"\s+#", value, maxsplit=1)[0].strip()
