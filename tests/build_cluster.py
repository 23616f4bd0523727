"""A house whose only engine of volumes is a fake cluster, as the app sees it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.kubernetes.fake_api import running
from adapters.kubernetes.fake_store import Store
from adapters.kubernetes.lab import kubeconfig
from build_proxmox import House

CONFIG = """\
version: 1
language: en
timezone: UTC
here: worker
hosts: {{nas: {{site: home}}, worker: {{site: home}}}}
locations: {{nas: {{host: nas}}}}
engines:
  longhorn: {{kind: longhorn, kubeconfig: {kubeconfig}, targets: {{default: nas}}}}
policies:
  default: {{schedule: "0 */6 * * *", keep: {{last: 7}}, because: undo, to: [longhorn/default]}}
services:
  media: {{assets: {{settings: {{volumes: longhorn/media/*}}}}}}
"""

VELERO = CONFIG.replace("longhorn", "velero").replace("targets", "locations")
"""The same house with a Velero in place of Longhorn."""


@contextmanager
def house(
    root: Path, store: Store, *, token: str = "audit", config: str = CONFIG
) -> Iterator[House]:
    """A house while its fake runs; `fake` of it is that of the cluster."""
    with running(store) as fake:
        access = kubeconfig(fake, root / "kube", {"token": token})
        path = root / "phoenix.yaml"
        path.write_text(config.format(kubeconfig=access), encoding="utf-8")
        path.chmod(0o600)
        yield House(fake, root, environ={"HOME": str(root)})  # type: ignore[arg-type]
        assert {method for method, _ in fake.asked} <= {"GET"}, "an audit only reads"
