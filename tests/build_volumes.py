"""The seed's media stack on a fake cluster: claims on Longhorn, a policy, and a typed command."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.kubernetes import homelab
from adapters.kubernetes.fake_api import Fake, running
from adapters.kubernetes.fake_backups import Backups
from adapters.kubernetes.fake_store import ADMIN, Store, store
from adapters.kubernetes.homelab import SPACE
from adapters.kubernetes.lab import kubeconfig
from build_app import Ran
from build_approvals import put_key
from phoenix_dr.adapters.ssh_signing import NAMESPACE
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import Invocation
from phoenix_dr.surfaces.cli.main import run

APPS = ("jellyfin-config", "sonarr-config", "radarr-config", "prowlarr-config", "bazarr-config")
GROUP = "recurring-job-group.longhorn.io/"
CONFIG = """\
version: 1
language: en
timezone: {zone}
here: worker1
approvers: {root}/approvers
hosts: {{nas: {{site: home}}, worker1: {{site: home}}}}
locations: {{nfs-4tb: {{host: nas}}}}
engines:
  longhorn:
    kind: longhorn
    kubeconfig: {kubeconfig}
    targets: {{default: nfs-4tb}}
    apply: {apply}
policies:
  volumes:
    snapshots: {{schedule: "0 3 * * *", keep: {{within: 7d}}}}
    schedule: "{cron}"
    keep: {{within: {within}}}
    because: media settings change rarely
    to: [longhorn/default]
services:
  media: {{assets: {{settings: {{volumes: "longhorn/media/*", policy: volumes}}}}}}
"""


def stack(version: str = "1.10.2", **labels: str) -> Store:
    """Claims of the media stack, one beside it on a local path, no job yet."""
    made = store(f"longhorn-{version}", "csi", "k3s", tokens=(("admin", ADMIN),))
    for name in ("media", SPACE):
        made.put("Namespace", name)
    made.put("Node", "k3s-1", status=homelab._ready())
    target = {"spec": {"backupTargetURL": "nfs://nas/longhorn", "pollInterval": "5m0s"}}
    made.put("BackupTarget", "default", SPACE, **target, status={"available": True})
    made.put("Setting", "current-longhorn-version", SPACE, value=f"v{version}")
    for app in APPS:
        homelab.claim(made, "media", app, volume=f"pvc-{app}")
        homelab.volume(made, version, f"pvc-{app}", f"media/{app}")
        volume(made, app)["metadata"]["labels"] = dict(labels)
    homelab.claim(made, "media", "cache", volume="pvc-cache", storage_class="local-path")
    return made


def volume(made: Store, app: str) -> dict[str, Any]:
    """The Longhorn volume of an app."""
    return made.objects["longhorn.io", "volumes", SPACE, f"pvc-{app}"]


def job(made: Store, name: str) -> dict[str, Any] | None:
    """The spec of a recurring job, as the server keeps it."""
    found = made.objects.get(("longhorn.io", "recurringjobs", SPACE, name))
    return found["spec"] if found else None


def labels_of(made: Store, app: str) -> dict[str, str]:
    """The labels of jobs that a volume has."""
    found: dict[str, str] = volume(made, app)["metadata"].get("labels", {})
    return {key: value for key, value in found.items() if key.startswith("recurring-job")}


@dataclass
class House:
    """A configuration that names the fake, and whoever may approve."""

    fake: Fake
    root: Path

    @property
    def store(self) -> Store:
        """The cluster."""
        return self.fake.store

    def write(
        self, *, apply: str = "direct", within: str = "30d", cron: str = "0 4 * * 0",
        zone: str = "UTC",
    ) -> None:  # fmt: skip
        """Describe the stack."""
        access = kubeconfig(self.fake, self.root / "kube", {"token": "admin"})
        text = CONFIG.format(
            root=self.root, kubeconfig=access, apply=apply, within=within, cron=cron, zone=zone
        )
        path = self.root / "phoenix.yaml"
        path.write_text(text)
        path.chmod(0o600)

    def type(self, *words: str, language: str = "en") -> Ran:
        """Type a command; it runs in this process, where starting Python takes no time."""
        config, state = str(self.root / "phoenix.yaml"), str(self.root / "state")
        given = [*words, "--config", config, "--state", state, "--language", language]
        out, err = io.StringIO(), io.StringIO()
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.root), "LC_ALL": "C.UTF-8"}
        speech.choose(given, environ)
        asked = Invocation(environ=environ, language_asked=True)
        with redirect_stdout(out), redirect_stderr(err):
            code = run(given, asked)
        assert "Traceback" not in err.getvalue()
        return Ran(code, out.getvalue(), err.getvalue())

    def menu(self, *lines: str) -> str:
        """A session at the menu, in French: what is typed, then the end of the input."""
        before, sys.stdin = sys.stdin, io.StringIO("".join(f"{line}\n" for line in lines))
        try:
            done = self.type("menu", language="fr")
        finally:
            sys.stdin = before
        assert done.code == 0, done.err
        return done.out

    def plan(self, *words: str) -> dict[str, Any]:
        """`protect plan --json` of the only engine."""
        (made,) = json.loads(self.type("protect", "plan", *words, "--json").out)
        assert isinstance(made, dict)
        return made

    def applied(self, *words: str) -> dict[str, Any]:
        """`protect apply --json`."""
        made = json.loads(self.type("protect", "apply", *words, "--json").out)
        assert isinstance(made, dict)
        return made

    def approve(self, digest: str) -> Ran:
        """Sign a plan with alice's key."""
        return self.type("approve", digest, "--key", str(self.root / "alice"))

    def written(self) -> list[tuple[str, str]]:
        """Method and object of every write since the last call, dry runs left out."""
        found = [
            (method, "/".join(path.partition("?")[0].split("/")[-2:]))
            for method, path in self.fake.writes()
        ]
        self.fake.asked.clear()
        return found


@contextmanager
def house(root: Path, made: Store | None = None, backups: Backups | None = None) -> Iterator[House]:
    """A house while its fake runs."""
    public = put_key(root).with_name("alice.pub").read_text().split()
    (root / "approvers").write_text(f'alice namespaces="{NAMESPACE}" {public[0]} {public[1]}\n')
    (root / "approvers").chmod(0o644)
    with running((backups or Backups()).join(made or stack())) as fake:
        built = House(fake, root)
        built.write()
        yield built
