"""A house with machines and a cluster, in a project, for the file of its agent."""

from __future__ import annotations

from pathlib import Path

from build_app import House, house
from build_menu import make_project
from tools import ROOT

SEED_FORM = Path(__file__).parent / "surfaces" / "agents" / "seed-form.md"
SEED = ROOT.parent / "shared" / "seed" / "phoenix-agent.md"
FORMS = tuple(path for path in (SEED_FORM, SEED) if path.is_file())
"""Our own file in the seed's form; the seed itself where it lies beside the repository."""
WORKFLOW = "_bmad/core/workflows/party-mode/workflow.md"
ENGINES = """\
engines:
  pve1:
    kind: proxmox
    url: https://pve.lan:8006
    token: "file:ROOT/keys/repositories.pw"
    storages: {local: home}
  longhorn:
    kind: longhorn
    kubeconfig: ROOT/kubeconfig
    targets: {default: offsite}
"""
SERVICES = """\
services:
  dns:
    assets:
      guest: {guest: pve1/215}
  media:
    assets:
      settings: {volumes: longhorn/media/jellyfin-config}
"""


def project(root: Path, *, machines: bool = True) -> House:
    """A house in a BMAD project with a workflow; with `machines` a Proxmox and a Longhorn, too."""
    made = house(root)
    make_project(made)
    workflow = root / WORKFLOW
    workflow.parent.mkdir(parents=True)
    workflow.write_text("Let everybody speak.\n")
    if machines:
        made.say("engines:\n", ENGINES)
        made.say("services:\n", SERVICES)
    return made
