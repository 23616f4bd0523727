"""A house whose Longhorn restores claims for drills, and what their files are."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.kubernetes import homelab
from adapters.kubernetes.fake_api import Fake, running
from adapters.kubernetes.fake_jobs import Jobs
from adapters.kubernetes.fake_longhorn import Longhorn, is_whole
from adapters.kubernetes.fake_store import Object, Rule, Store, rule
from adapters.kubernetes.lab import kubeconfig
from build_proxmox import House

DRILLS = "phoenix-drill"
OWN = homelab.SPACE
URL = "nfs://nas/longhorn?backup=backup-1&volume=pvc-1"
CONFIG = """\
version: 1
language: en
timezone: UTC
here: worker
hosts: {{nas: {{site: home}}, worker: {{site: home}}}}
locations: {{nas: {{host: nas}}}}
engines:
  longhorn: {{kind: longhorn, kubeconfig: {kubeconfig}, targets: {{default: nas}}{drills}}}
policies:
  default: {{schedule: "0 */6 * * *", keep: {{last: 7}}, because: undo, to: [longhorn/default]}}
services:
  media: {{assets: {{settings: {{volumes: {volumes}}}}}{checks}}}
"""
AUDIT = (
    rule("get list", "core", "namespaces nodes persistentvolumes persistentvolumeclaims pods"),
    rule("get list", "apps", "deployments statefulsets daemonsets"),
    rule("get list", "batch", "cronjobs jobs"),
    rule("get list", "storage.k8s.io", "storageclasses"),
    rule("get list", "snapshot.storage.k8s.io", "volumesnapshots"),
    rule("get list", "k3s.cattle.io", "etcdsnapshotfiles"),
    rule(
        "get list",
        "longhorn.io",
        "volumes engines snapshots backups backupvolumes backuptargets recurringjobs settings "
        "systembackups",
        OWN,
    ),
)
IN_SPACE = (
    rule("create delete", "core", "persistentvolumeclaims", DRILLS),
    rule("create delete", "batch", "jobs", DRILLS),
    rule("get list create delete", "networking.k8s.io", "networkpolicies", DRILLS),
)
BY_CLASS = (
    *AUDIT,
    *IN_SPACE,
    rule("create delete", "storage.k8s.io", "storageclasses"),
)
BY_VOLUME = (
    *AUDIT,
    *IN_SPACE,
    rule("create delete", "core", "persistentvolumes"),
    rule("create delete", "longhorn.io", "volumes", OWN),
)
ROLES: dict[str, tuple[Rule, ...]] = {"class": BY_CLASS, "volume": BY_VOLUME}


def files(root: Path, *, count: int = 30) -> Path:
    """What a claim of Sonarr holds: settings, logs and two databases, one of them in use."""
    shutil.rmtree(root, ignore_errors=True)
    (root / "logs").mkdir(parents=True)
    for number in range(count):
        (root / "logs" / f"sonarr.{number}.txt").write_text(f"line {number}\n" * 50)
    database(root / "sonarr.db")
    database(root / "logs.db", in_use=True)
    (root / "config.xml").write_text("<Config/>")
    return root


def database(path: Path, *, in_use: bool = False) -> None:
    """A real database; one in use has its newest rows in its log, as a snapshot finds it."""
    work = path.with_name("work.db") if in_use else path
    made = sqlite3.connect(work)
    made.execute("CREATE TABLE Episodes (id INTEGER PRIMARY KEY, title TEXT)")
    if in_use:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("PRAGMA wal_autocheckpoint=0")
    made.executemany("INSERT INTO Episodes (title) VALUES (?)", [("x" * 200,)] * 400)
    made.commit()
    if in_use:
        for end in ("", "-wal"):
            shutil.copyfile(f"{work}{end}", f"{path}{end}")
    made.close()
    if in_use:
        work.unlink()


def flip(path: Path) -> None:
    """Damage one page in the middle of a database."""
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 3 + 512] = b"\xff" * 512
    path.write_bytes(data)


@dataclass
class Claims:
    """The cluster with its controllers, and the folder the backup's files lie in."""

    store: Store
    longhorn: Longhorn
    jobs: Jobs
    data: Path

    def left(self) -> list[tuple[str, str]]:
        """What drills left: everything in their namespace, and everything of their name."""
        return [
            (plural, name)
            for _, plural, space, name in self.store.objects
            if space == DRILLS or "phx-" in name
            or (plural == "volumes" and name not in ("pvc-1", "pvc-2"))
            or (plural == "persistentvolumes" and name not in ("pvc-1", "pvc-2", "pvc-3"))
            or plural == "engines"
        ]  # fmt: skip


def claims(root: Path, *, version: str = "1.10.2", **longhorn: Any) -> Claims:
    """A cluster with one backup of media/sonarr that can be restored."""
    store = homelab.cluster(version)
    store.put("Namespace", DRILLS)
    for way, rules in ROLES.items():
        store.tokens[way] = rules
    homelab.backup(
        store, version, "backup-1", "pvc-1", hours=3, url=URL, volumeSize=str(5 << 30)
    )  # fmt: skip
    data = files(root / "claim")
    controller = Longhorn(**longhorn)
    jobs = Jobs(holds=lambda claim: data, ready=is_whole)
    return Claims(controller.join(jobs.join(store)), controller, jobs, data)


@contextmanager
def house(
    root: Path, made: Claims, *, way: str = "class", more: str = "", **said: str
) -> Iterator[House]:
    """A house while its cluster runs, seen by a token that may do what `way` needs, no more."""
    with running(made.store) as fake:
        access = kubeconfig(fake, root / "kube", {"token": said.pop("token", way)})
        drills = said.pop("drills", f", drills: {{way: {way}{more}}}")
        volumes = said.pop("volumes", "longhorn/media/sonarr")
        text = CONFIG.format(
            kubeconfig=access, drills=drills, volumes=volumes, checks=said.pop("checks", "")
        )
        path = root / "phoenix.yaml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        yield House(fake, root, environ={"HOME": str(root)})  # type: ignore[arg-type]
        made.jobs.close()
        harmless(fake)


def harmless(fake: Fake) -> None:
    """No write but of drills: never in production's namespaces, never on what backups are."""
    for method, path in fake.asked:
        if method == "GET":
            continue
        assert method in ("POST", "DELETE"), (method, path)
        for word in (
            "backups",
            "backupvolumes",
            "backuptargets",
            "recurringjobs",
            "namespaces/media",
        ):
            assert word not in path, (method, path)
        is_ours = (
            f"/namespaces/{DRILLS}/" in path
            or (f"/namespaces/{OWN}/volumes" in path)
            or "/persistentvolumes" in path
            or "/storageclasses" in path
        )
        assert is_ours, (method, path)
        if method == "DELETE":
            name = path.partition("?")[0].rsplit("/", 1)[1]
            assert name.startswith("phx-"), (method, path)


def objects(store: Store, plural: str) -> list[Object]:
    """Everything of a kind."""
    return [each for key, each in store.objects.items() if key[1] == plural]
