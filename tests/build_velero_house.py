"""A house whose Velero may be written, on a fake cluster where Velero's controllers run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from adapters.kubernetes.fake_api import Fake, running
from adapters.kubernetes.fake_store import Store, rule
from adapters.kubernetes.fake_velero import Controllers
from adapters.kubernetes.lab import kubeconfig
from adapters.kubernetes.velerolab import SPACE, cluster
from build_approvals import put_key
from build_protect import House
from phoenix_dr.adapters.ssh_signing import NAMESPACE

CONFIG = """\
version: 1
language: en
timezone: {zone}
here: worker
approvers: {root}/approvers
hosts: {{nas: {{site: home}}, worker: {{site: home}}}}
locations: {{nas: {{host: nas}}}}
engines:
  velero: {{kind: velero, kubeconfig: {kubeconfig}, locations: {{default: nas}}, apply: {apply}}}
policies:
  volumes: {{schedule: "{schedule}", keep: {keep}, because: undo, to: [velero/default]}}
services:
  media: {{assets: {{settings: {{volumes: velero/media/*, policy: volumes}}}}}}
"""
APPLY = (
    rule("list", "*", "*"),
    rule("get create patch", "velero.io", "schedules", SPACE),
    rule("get create", "velero.io", "backups", SPACE),
)
"""The apply role: nothing is ever removed, updated or read in secret."""


def alive(**how: Any) -> Store:
    """A cluster whose Velero works."""
    made = cluster()
    made.tokens["apply"] = APPLY
    Controllers(made, **how)
    return made


class VeleroHouse(House):
    """The house of one Velero."""

    fake: Fake  # type: ignore[assignment]
    access: Path

    def describe(
        self,
        *,
        keep: str = "{within: 7d}",
        schedule: str = "0 3 * * *",
        apply: str = "direct",
        zone: str = "UTC",
    ) -> None:
        """Write phoenix.yaml."""
        text = CONFIG.format(
            root=self.root, kubeconfig=self.access, keep=keep, schedule=schedule, apply=apply,
            zone=zone,
        )  # fmt: skip
        self.config.write_text(text)
        self.config.chmod(0o600)

    def schedule(self, name: str = "phoenix-volumes") -> dict[str, Any]:
        """A schedule as the cluster keeps it; empty when it has none."""
        found: dict[str, Any] = self.fake.store.objects.get(
            ("velero.io", "schedules", SPACE, name), {}
        )
        return found

    def writes(self) -> list[tuple[str, str]]:
        """Every write so far, without its query."""
        return [
            (how, path.partition("?")[0].rpartition("/")[2]) for how, path in self.fake.writes()
        ]


@contextmanager
def house(root: Path, store: Store, *, token: str = "apply") -> Iterator[VeleroHouse]:
    """The house on a running fake, in a folder only root can change."""
    with running(store) as fake:
        made = VeleroHouse(fake, root)  # type: ignore[arg-type]
        made.access = kubeconfig(fake, root / "kube", {"token": token})
        public = put_key(root).with_name("alice.pub").read_text().split()
        (root / "approvers").write_text(f'alice namespaces="{NAMESPACE}" {public[0]} {public[1]}\n')
        (root / "approvers").chmod(0o644)
        made.describe()
        yield made
        assert not [how for how, _ in fake.asked if how in ("DELETE", "PUT")], "nothing is removed"
