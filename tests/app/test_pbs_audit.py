"""A whole audit over a fake Proxmox and its fake backup server: what counts, and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.pbs import pbs_lab
from adapters.pbs.fake_pbs import Fake as PbsFake
from adapters.pbs.fake_pbs import running as pbs_running
from adapters.pbs.pbs_state import Snapshot, stamp
from adapters.pbs.pbs_state import Token as PbsToken
from adapters.proxmox import lab as pve_lab
from adapters.proxmox.fake_pve import Fake, running
from adapters.proxmox.fake_state import Archive, Storage
from phoenix_dr import config
from phoenix_dr.app import audit, pbs_seen
from phoenix_dr.app.context import Context
from phoenix_dr.core.evidence import Scope
from phoenix_dr.core.report import AuditReport, Coverage, Severity, State

NOW = pbs_lab.NOW
ASSET = "traefik/core"
CONFIG = """\
version: 1
language: en
timezone: UTC
here: worker
hosts: {{pve1: {{site: home}}, worker: {{site: home}}, far: {{site: office}}}}
locations: {{nas: {{host: worker}}, vault: {{host: far}}}}
engines:
  pve1:
    kind: proxmox
    url: {pve}
    fingerprint: "{pve_print}"
    token: file:{root}/pve.token
    storages: {{backup: {storage}}}
  pbs1:
    kind: pbs
    url: {pbs}
    fingerprint: "{pbs_print}"
    token: file:{root}/pbs.token
    datastores: {{store1: {datastore}}}
    guests: pve1
policies:
  guests: {{schedule: "0 3,15 * * *", keep: {{daily: 7}}, because: undo, to: [pve1/backup]}}
services:
  traefik: {{assets: {{core: {{guest: pve1/210, policy: guests}}}}}}
"""


@dataclass
class House:
    """A configuration that names both fakes, and a clock that stands at the lab's time."""

    pve: Fake
    pbs: PbsFake
    root: Path

    def write(self, *, storage: str = "vault", datastore: str = "vault") -> None:
        """Describe the storage of Proxmox and the datastore below it."""
        for name, secret in (
            ("pve", f"{pve_lab.TOKEN}={pve_lab.SECRET}"),
            ("pbs", f"{pbs_lab.TOKEN}:{pbs_lab.SECRET}"),
        ):
            path = self.root / f"{name}.token"
            path.write_text(secret)
            path.chmod(0o600)
        (self.root / "phoenix.yaml").write_text(
            CONFIG.format(
                pve=self.pve.url, pve_print=self.pve.fingerprint, root=self.root,
                pbs=self.pbs.url, pbs_print=self.pbs.fingerprint,
                storage=storage, datastore=datastore,
            )
        )  # fmt: skip

    def context(self) -> Context:
        """A context at NOW."""
        environ = {
            "PHOENIX_CONFIG": str(self.root / "phoenix.yaml"),
            "PHOENIX_STATE": str(self.root / "state"),
            "HOME": str(self.root),
        }
        return Context(config.settings(environ), environ, clock=lambda: NOW)

    def audit(self) -> AuditReport:
        """Audit, opening everything anew."""
        with self.context() as ctx:
            return audit.audit(ctx, force=True)


def shown(made: Snapshot) -> Archive:
    """A snapshot as Proxmox lists it in its storage."""
    volid = f"backup:backup/{made.kind}/{made.name}/{stamp(made.time)}"
    more = {"verification": {"state": "ok", "upid": "UPID:"}}
    return Archive(
        "backup", volid, int(made.name), made.time, size=made.size, format="pbs-ct", more=more
    )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Guest 210, saved every twelve hours to the backup server, which Proxmox shows too."""
    pbs, pve = pbs_lab.lab(), pve_lab.lab()
    pbs.snapshots = [pbs_lab.snapshot("210", 3 + 12 * count) for count in range(6)]
    pve.storages = [Storage("backup", type="pbs")]
    pve.archives = [shown(each) for each in pbs.snapshots]
    pve.jobs, pve.tasks = [], []
    with running(pve) as one, pbs_running(pbs) as other:
        made = House(one, other, tmp_path)
        made.write()
        yield made


def covered(report: AuditReport) -> Coverage:
    """How the asset is covered."""
    (found,) = (each for each in report.coverages if each.asset == ASSET)
    return found


def codes(report: AuditReport) -> set[str]:
    """Codes of what is found."""
    return {each.code for each in report.findings}


def test_one_location_is_one_copy_however_many_engines_show_it(house: House) -> None:
    found = covered(house.audit())
    assert found.backups == (("pbs1", "vault"), ("pve1", "vault"))
    # Production, and the one copy.
    assert (found.copies, found.media) == (2, 2)
    assert found.rpo == timedelta(hours=3)


def test_the_same_snapshots_at_two_locations_count_once_and_survive_nothing(house: House) -> None:
    house.write(storage="nas", datastore="vault")
    report = house.audit()
    found = covered(report)
    assert found.backups == (("pve1", "nas"),)
    assert found.copies == 2
    assert found.off_site is False
    assert found.rpo_by_scope[Scope.SITE] is None
    assert found.rpo_by_scope[Scope.FILE] is not None
    assert "pbs-one-copy-or-two" in codes(report)


def test_another_copy_at_another_location_counts(house: House) -> None:
    house.write(storage="nas", datastore="vault")
    for each in house.pbs.state.snapshots:
        each.time -= 60
    report = house.audit()
    found = covered(report)
    assert found.copies == 3
    assert found.off_site is True
    assert found.rpo_by_scope[Scope.SITE] is not None
    assert "pbs-one-copy-or-two" not in codes(report)


def test_13_a_token_without_rights_makes_the_guest_unknown_not_missing(house: House) -> None:
    house.pve.state.archives = []
    house.pbs.state.tokens[pbs_lab.TOKEN] = PbsToken(pbs_lab.SECRET, {})
    report = house.audit()
    assert covered(report).state is State.UNKNOWN
    assert not {"no-backup", "pbs-verify-job-missing", "pbs-gc-never-ran"} & codes(report)
    assert ("pbs1", "pbs-datastore-unseen") in [
        (each.subject, dict(each.parameters).get("reason")) for each in report.findings
    ]
    house.pbs.state.tokens[pbs_lab.TOKEN] = PbsToken(pbs_lab.SECRET, dict(pbs_lab.SEEING))
    house.pbs.state.snapshots = []
    assert covered(house.audit()).state is State.FAIL


def test_what_runs_on_the_server_is_judged_and_kept(house: House) -> None:
    report = house.audit()
    assert not {each for each in codes(report) if each.startswith("pbs-")}
    house.pbs.state.verify, house.pbs.state.datastores[0].gc = [], {}
    assert {"pbs-verify-job-missing", "pbs-gc-never-ran"} <= codes(house.audit())
    with house.context() as ctx:
        kept = pbs_seen.last(ctx, "pbs1")
    assert kept is not None
    assert kept.jobs_of == {"store1"}
    assert len(kept.snapshots) == 6


def test_a_broken_snapshot_is_critical_and_weakens_the_asset(house: House) -> None:
    house.pve.state.guests, house.pve.state.archives = [], []
    house.pbs.state.snapshots[0].state = "failed"
    report = house.audit()
    assert covered(report).newest_suspect
    (found,) = (each for each in report.findings if each.code == "pbs-verification-failed")
    assert (found.severity, found.subject) == (Severity.CRITICAL, ASSET)
    assert dict(found.parameters)["moment"] == "2026-11-23 03:00 UTC"


def test_of_other_peoples_snapshots_the_newest_and_the_broken_are_kept(house: House) -> None:
    house.pbs.state.snapshots += [pbs_lab.snapshot("999", 6 + hours) for hours in range(20)]
    house.pbs.state.snapshots[-1].state = "failed"
    house.audit()
    with house.context() as ctx:
        kept = pbs_seen.last(ctx, "pbs1")
    assert kept is not None
    others = [each for each in kept.snapshots if each.name == "999"]
    assert len(others) == 11
    assert sum(each.verified is False for each in others) == 1
    (house.root / "state" / "seen" / "pbs1.json").write_text("{cut")
    with house.context() as ctx:
        assert pbs_seen.last(ctx, "pbs1") is None
