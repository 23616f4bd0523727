"""A cluster to look at, in a process of its own: the fake of the tests, large, and quick.

Each answer is made once, kept ready as bytes and written to a folder, so that what is measured is
the one who asks, and so that the plain side can decode the very same answers. `/asked` tells how
often it was asked and how many rows the longest page had.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.place import HERE

sys.path.insert(0, str(HERE.parent / "tests"))

from adapters.kubernetes import fake_api, homelab
from adapters.kubernetes.fake_schema import Kind
from adapters.kubernetes.fake_store import READER, Object, Store, store

SPACES = 50
SPACE = homelab.SPACE
VERSION = "1.10.2"


@dataclass
class Large(Store):
    """A store whose lists are sorted once."""

    lists: dict[tuple[str, str, str], list[Object]] = field(default_factory=dict)

    def list(self, kind: Kind, namespace: str) -> list[Object]:
        """Objects of a kind in their order."""
        key = (kind.group, kind.plural, namespace)
        if key not in self.lists:
            self.lists[key] = super().list(kind, namespace)
        return self.lists[key]


def cluster(claims: int, backups: int) -> Store:
    """So many claims on Longhorn, each with so many nightly backups, all of them well."""
    told = store(f"longhorn-{VERSION}", "csi", "k3s", tokens=(("audit", READER),))
    made = Large(told.served, tokens=told.tokens)
    for number in range(SPACES):
        made.put("Namespace", f"n{number}")
    made.put("Namespace", SPACE)
    made.put("Node", "k3s-1", status=homelab._ready())
    target = {"spec": {"backupTargetURL": "nfs://nas/longhorn", "pollInterval": "5m0s"}}
    made.put("BackupTarget", "default", SPACE, **target, status={"available": True})
    made.put("Setting", "current-longhorn-version", SPACE, value=f"v{VERSION}")
    made.put("Setting", "allow-recurring-job-while-volume-detached", SPACE, value="true")
    spec = {"name": "nightly", "task": "backup", "cron": "0 3 * * *", "retain": 30,
            "concurrency": 2, "groups": ["default"]}  # fmt: skip
    made.put("RecurringJob", "nightly", SPACE, spec=spec)
    # What is put there is checked against its schema: once of each kind, the rest is copied.
    for number in range(claims):
        name, space = f"app{number}", f"n{number % SPACES}"
        put = homelab if number == 0 else _Quick(made)
        put.claim(made, space, name, volume=f"pvc-{number}")
        put.volume(made, VERSION, f"pvc-{number}", f"{space}/{name}")
        for day in range(backups):
            put.backup(made, VERSION, f"b{number}-{day}", f"pvc-{number}", hours=3 + 24 * day)
    return made


class _Quick:
    """The same objects without looking at their schemas again."""

    def __init__(self, made: Store) -> None:
        self.made = made

    def __getattr__(self, name: str) -> Any:
        def put(store_: Store, *words: Any, **named: Any) -> None:
            keep = _Unchecked(store_)
            getattr(homelab, name)(keep, *words, **named)

        return put


class _Unchecked:
    def __init__(self, made: Store) -> None:
        self.made = made

    def put(self, kind: str, name: str, namespace: str = "", **parts: Any) -> Object:
        """Keep an object as it is."""
        resource = self.made.named(kind)
        version = f"{resource.group}/{resource.version}".lstrip("/")
        made: Object = {"apiVersion": version, "kind": kind, **parts}
        made["metadata"] = {"name": name, **parts.get("metadata", {})}
        if namespace:
            made["metadata"]["namespace"] = namespace
        return self.made.keep(resource, made)


def main(folder: str, claims: str, backups: str) -> None:
    """Serve until standard input ends; the first line out is where, and by which certificate."""
    handler, ready = fake_api._Handler, dict[str, bytes]()
    counted = {"asked": 0, "longest": 0}
    make = handler._answered

    def answered(self: Any, made: Store, path: str, query: dict[str, str], body: bytes) -> Any:
        if path == "/asked":
            said = dict(counted)
            counted.update(asked=0, longest=0)
            return said
        counted["asked"] += 1
        found = ready.get(self.path)
        if found is None:
            answer = make(self, made, path, query, body)
            found = ready[self.path] = json.dumps(answer).encode()
            (Path(folder) / f"{len(ready)}.json").write_bytes(found)
            self.rows = len(answer.get("items", ()))
        counted["longest"] = max(counted["longest"], found.count(b'"metadata":') - 1)
        return found

    def send(self: Any, code: int, answer: Any) -> None:
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    handler._answered = answered  # type: ignore[method-assign]
    handler._send = send  # type: ignore[method-assign]
    with fake_api.running(cluster(int(claims), int(backups))) as fake:
        print(json.dumps({"url": fake.url, "certificate": str(fake.certificate)}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
