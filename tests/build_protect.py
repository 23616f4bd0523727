"""The seed's house on a fake Proxmox: five containers, a configuration, and a typed command."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from adapters.proxmox.fake_answers import Route
from adapters.proxmox.fake_jobs import APPLYING
from adapters.proxmox.fake_pve import Fake, running
from adapters.proxmox.fake_state import Archive, Guest, State, Storage
from adapters.proxmox.lab import SECRET, TOKEN, token
from build_app import Ran
from build_approvals import put_key
from build_jobs import NAMES
from phoenix_dr.adapters.ssh_signing import NAMESPACE
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import Invocation
from phoenix_dr.surfaces.cli.main import run

CONFIG = """\
version: 1
language: en
timezone: UTC
here: worker1
approvers: {root}/approvers
hosts: {{pve1: {{site: home}}, worker1: {{site: home}}}}
locations: {{system: {{host: pve1}}}}
engines:
  pve1:
    kind: proxmox
    url: {url}
    fingerprint: "{fingerprint}"
    token: file:{root}/token
    storages: {{local: system}}
    apply: {apply}
    jobs: {jobs}
policies:
  guests: {{schedule: "0 3 * * *", keep: {{daily: 7}}, because: undo, to: [pve1/local]}}
services:
"""


def cluster() -> State:
    """One node with the seed's containers and its storage local; a job of somebody else's."""
    return State(
        nodes={"pve1": True},
        tokens={TOKEN: token(APPLYING)},
        guests=[
            Guest(vmid, "lxc", "pve1", name, {"rootfs": f"local-lvm:vm-{vmid}-disk-0,size=8G"})
            for vmid, name in NAMES.items()
        ],
        storages=[Storage("local", type="dir", shared=0, content="backup,iso")],
        jobs=[{"id": "theirs", "schedule": "sun 01:00", "vmid": "216", "storage": "local",
               "enabled": 1, "prune-backups": {"keep-all": "1"}}],
    )  # fmt: skip


@dataclass
class House:
    """A configuration that names a fake, and whoever may approve."""

    fake: Fake
    root: Path

    @property
    def config(self) -> Path:
        """phoenix.yaml."""
        return self.root / "phoenix.yaml"

    def write(
        self, *, apply: str = "direct", jobs: str = "{}", vmids: tuple[int, ...] = tuple(NAMES)
    ) -> None:
        """Describe these guests, and how jobs are set."""
        head = CONFIG.format(
            root=self.root, url=self.fake.url, fingerprint=self.fake.fingerprint,
            apply=apply, jobs=jobs,
        )  # fmt: skip
        services = "".join(
            f"  {NAMES[v]}: {{assets: {{guest: {{guest: pve1/{v}, policy: guests}}}}}}\n"
            for v in vmids
        )
        self.config.write_text(head + services)
        self.config.chmod(0o600)

    def type(self, *words: str, language: str = "en") -> Ran:
        """Type a command; it runs in this process, where starting Python takes no time."""
        argv = (*words, "--config", str(self.config), "--state", str(self.root / "state"))
        given = [*argv, "--language", language]
        out, err = io.StringIO(), io.StringIO()
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.root), "LC_ALL": "C.UTF-8"}
        speech.choose(given, environ)
        asked = Invocation(environ=environ, language_asked=speech.said(given, environ))
        with redirect_stdout(out), redirect_stderr(err):
            code = run(given, asked)
        said = Ran(code, out.getvalue(), err.getvalue())
        assert "Traceback" not in said.err, said.err
        assert SECRET not in said.out + said.err
        return said

    def plan(self, *words: str) -> dict[str, Any]:
        """`protect plan --json` of the only engine."""
        (made,) = json.loads(self.type("protect", "plan", *words, "--json").out)
        assert isinstance(made, dict)
        return made

    def approve(self, digest: str) -> Ran:
        """Sign a plan with alice's key."""
        return self.type("approve", digest, "--key", str(self.root / "alice"))

    def job(self, name: str = "phoenix-guests") -> dict[str, Any]:
        """A job as the server keeps it; empty when it has none."""
        return next((job for job in self.fake.state.jobs if job["id"] == name), {})

    def sent(self, method: str) -> list[dict[str, str]]:
        """Forms of every write of one method, in order."""
        both = zip(self.fake.asked, self.fake.bodies, strict=True)
        return [
            {name: values[0] for name, values in parse_qs(body).items()}
            for (how, _), body in both
            if how == method
        ]

    def hold(self, vmid: int, days: int) -> None:
        """Archives of a guest, one a day before now."""
        now = self.fake.state.now
        for day in range(1, days + 1):
            name = f"local:backup/vzdump-lxc-{vmid}-2026_01_{day:02d}-03_00_00.tar.zst"
            held = Archive("local", name, vmid, now - day * 86_400, node="pve1")
            self.fake.state.archives.append(held)


@contextmanager
def house(root: Path, *routes: Route) -> Iterator[House]:
    """The house on a running fake, in a folder only root can change."""
    with running(cluster(), routes=routes) as fake:
        made = House(fake, root)
        (root / "token").write_text(f"{TOKEN}={SECRET}\n")
        (root / "token").chmod(0o600)
        public = put_key(root).with_name("alice.pub").read_text().split()
        (root / "approvers").write_text(f'alice namespaces="{NAMESPACE}" {public[0]} {public[1]}\n')
        (root / "approvers").chmod(0o644)
        made.write()
        yield made
