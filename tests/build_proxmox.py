"""A house whose only engine is a fake Proxmox, as the app sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from adapters.proxmox.fake_answers import Route
from adapters.proxmox.fake_pve import Fake, running
from adapters.proxmox.fake_state import State
from adapters.proxmox.lab import NOW, SECRET, TOKEN
from phoenix_dr import config
from phoenix_dr.app.context import Context

T = TypeVar("T")
CONFIG = """\
version: 1
language: en
timezone: UTC
here: worker
hosts: {{pve1: {{site: home}}, pve2: {{site: home}}, worker: {{site: home}}}}
locations: {{nas: {{host: pve1}}}}
engines:
  pve1:
    kind: proxmox
    url: {url}
    fingerprint: "{fingerprint}"
    token: env:PVE
    storages: {{nfs: nas}}
{more}  home:
    kind: restic
    repository: {root}/restic
    location: nas
    password: env:PVE
policies:
  default: {{schedule: "0 */6 * * *", keep: {{last: 7}}, because: undo, to: [pve1/nfs]}}
services:
  dns: {{assets: {{adguard: {{guest: pve1/211}}}}{checks}}}
  web: {{assets: {{traefik: {{guest: pve1/210}}}}}}
"""


@dataclass
class House:
    """A configuration that names a fake, and a clock."""

    fake: Fake
    root: Path
    now: datetime = NOW
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        """The state directory."""
        return self.root / "state"

    def context(self) -> Context:
        """A context of its own, as every command has one."""
        settings = config.settings(
            self.environ, config=str(self.root / "phoenix.yaml"), state=str(self.state)
        )
        return Context(settings, self.environ, clock=lambda: self.now)

    def using(self, work: Callable[[Context], T]) -> T:
        """Run something in a context."""
        with self.context() as ctx:
            return work(ctx)


@contextmanager
def house(
    root: Path,
    state: State,
    *,
    more: str = "",
    checks: str = "",
    routes: tuple[Route, ...] = (),
) -> Iterator[House]:
    """A house while its fake runs; `more` are lines of the engine, `checks` those of dns."""
    with running(state, routes=routes) as fake:
        text = CONFIG.format(
            url=fake.url, fingerprint=fake.fingerprint, root=root, more=more, checks=checks
        )
        path = root / "phoenix.yaml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        environ = {"PVE": f"{TOKEN}={SECRET}", "HOME": str(root)}
        yield House(fake, root, environ=environ)
