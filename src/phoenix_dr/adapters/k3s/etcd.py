"""A snapshot of etcd restored by etcd's own tools, started, and asked; all of it shut in.

Only a restore tells: `snapshot status` ends with 0 for a cut and for a changed file. The server
listens on the loopback of a network namespace that holds nothing else, and ends with it.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SERVER = "etcd"
RESTORERS = ("etcdutl", "etcdctl")
"""etcd 3.6 moved `snapshot restore` from the second to the first; the second asks, too."""
CLIENT = "etcdctl"
SECONDS = 600.0
ENCRYPTED = b"k8s:enc:"
_HERE = ("no space left", "cannot allocate memory", "permission denied", "exec format error")
_OLDER = ("cannot be downgraded", "downgrade", "unsupported version", "version is lower")

SCRIPT = """
snapshot=$1
export ETCDCTL_API=3
version=$(/programs/etcd --version 2>&1) || { echo "programs $version" | head -n 1; exit 0; }
work=$(mktemp -d /restore/phx-etcd-XXXXXXXX) || exit 1
client=http://127.0.0.1:2379
peer=http://127.0.0.1:2380
restorer=/programs/etcdctl
if [ -x /programs/etcdutl ]; then restorer=/programs/etcdutl; fi
ask() { /programs/etcdctl --endpoints=$client --command-timeout=60s "$@" 2>/dev/null; }
last() { grep -v '^[[:space:]]*$' "$1" | tail -n 1 | cut -c 1-400; }
if ! $restorer snapshot restore "$snapshot" --data-dir "$work/data" --name drill \
    --initial-cluster drill=$peer --initial-advertise-peer-urls $peer >/tmp/restored 2>&1; then
  echo "restore $(last /tmp/restored)"; exit 0
fi
/programs/etcd --name drill --data-dir "$work/data" --listen-client-urls $client \
  --advertise-client-urls $client --listen-peer-urls $peer --initial-advertise-peer-urls $peer \
  --initial-cluster drill=$peer >/tmp/log 2>&1 &
server=$!
until ask endpoint health >/dev/null; do
  if ! kill -0 $server 2>/dev/null; then echo "start $(last /tmp/log)"; exit 0; fi
  sleep 0.1
done
echo "version $version" | head -n 1
echo "registry $(ask get /registry/ --prefix --keys-only --limit=1 --write-out=json)"
echo "bootstrap $(ask get /bootstrap/ --prefix --limit=16 --write-out=json)"
echo "secrets $(ask get /registry/secrets/ --prefix --limit=3 --write-out=json)"
kill $server
wait $server
echo end
"""
"""Its argument is the snapshot. It tells one line per step, and `end` when it came to its end."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What etcd's tools told: `failed` is the step that did not work ("" none), and its words.

    `keys` are those below /registry/, `bootstrap` the data of K3s itself by key.
    """

    failed: str = ""
    detail: str = ""
    keys: int = 0
    bootstrap: Mapping[str, bytes] = field(default_factory=dict)
    encrypted: bool = False
    version: str = ""

    @property
    def is_here(self) -> bool:
        """This machine let the tools down (room, memory, rights): nothing about the snapshot."""
        return self.failed == "programs" or any(word in self.detail.lower() for word in _HERE)

    @property
    def is_older(self) -> bool:
        """The tools are older than what wrote the snapshot: that says nothing about it."""
        return self.failed == "start" and any(word in self.detail.lower() for word in _OLDER)


def tools(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """The programs needed, as installed here; empty unless all of them are."""
    path = os.pathsep.join((environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
    found = {name: shutil.which(name, path=path) for name in (SERVER, *RESTORERS)}
    if not found[SERVER] or not found[CLIENT]:
        return ()
    return tuple(Path(each) for each in found.values() if each)


def command(snapshot: str) -> tuple[str, ...]:
    """The command that restores, starts, asks and stops; `snapshot` is its path inside."""
    return ("sh", "-c", SCRIPT, "sh", snapshot)


def parse(code: int, stdout: bytes) -> Asked:
    """What the script told; anything else than its whole report is a failure."""
    told: dict[str, bytes] = {}
    for line in stdout.splitlines():
        name, _, rest = line.partition(b" ")
        told.setdefault(name.decode("ascii", "replace"), rest)
    for step in ("programs", "restore", "start"):
        if step in told:
            return Asked(step, _words(told[step]))
    if "end" not in told:
        return Asked("ask", f"exit {code}")
    registry, bootstrap, secrets = (_answer(told.get(name)) for name in _LISTS)
    count = registry.get("count", 0) if registry is not None else None
    if not isinstance(count, int) or bootstrap is None or secrets is None:
        return Asked("ask", "odd answer")
    return Asked(
        keys=max(count, 0),
        bootstrap=_held(bootstrap),
        encrypted=any(each.startswith(ENCRYPTED) for each in _held(secrets).values()),
        version=_words(told.get("version", b"")),
    )


_LISTS = ("registry", "bootstrap", "secrets")


def _answer(text: bytes | None) -> dict[str, Any] | None:
    try:
        found = json.loads(text or b"")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _held(answer: Mapping[str, Any]) -> dict[str, bytes]:
    rows, found = answer.get("kvs"), {}
    for row in rows if isinstance(rows, list) else ():
        try:
            key = base64.b64decode(row["key"], validate=True).decode()
            found[key] = base64.b64decode(row.get("value", ""), validate=True)
        except (TypeError, KeyError, AttributeError, ValueError, binascii.Error):
            continue
    return found


def _words(text: bytes) -> str:
    shown = text.decode("utf-8", "replace")
    return "".join(each if each.isprintable() else "�" for each in shown)[:400]
