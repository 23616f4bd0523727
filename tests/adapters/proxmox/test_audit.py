"""A whole audit over a fake Proxmox: what is wrong with its guests, and what only looks so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.proxmox.fake_pve import Fake, running
from adapters.proxmox.fake_state import Guest, State, Storage, Task
from adapters.proxmox.lab import BLIND, NOW, SECRET, SEEING, TOKEN, ago, archive, token, upid
from phoenix_dr import config
from phoenix_dr.app import audit, guests_seen
from phoenix_dr.app.context import Context
from phoenix_dr.core.report import AuditReport, Severity
from phoenix_dr.core.report import State as Statut
from phoenix_dr.core.vzdump_findings import find_in_jobs, seen_of, view_of

NAMES = {200: "runner", 210: "traefik", 211: "adguard", 215: "vault", 216: "games"}
CONFIG = """\
version: 1
language: en
timezone: UTC
here: worker
hosts: {{pve1: {{site: home}}, worker: {{site: home}}}}
locations: {{nas: {{host: worker}}, system: {{host: pve1}}}}
engines:
  pve1:
    kind: proxmox
    url: {url}
    fingerprint: "{fingerprint}"
    token: file:{token}
    storages: {{nfs: nas, local: system}}
policies:
  guests: {{schedule: "{schedule}", keep: {{daily: 7}}, because: undo, to: [pve1/{storage}]}}
services:
{services}
ignore: [{{found: pve1/host-config, because: made by Ansible, until: 2027-06-01}}]
"""
MISSING = {"no-backup", "guest-in-no-job", "guest-no-archive", "job-never-ran", "job-missed"}


@dataclass
class House:
    """A configuration that names a fake, and a clock that stands at the lab's time."""

    fake: Fake
    root: Path

    def write(self, schedule: str = "0 3,15 * * *", storage: str = "nfs") -> None:
        """Describe the five guests of the seed."""
        secret = self.root / "token"
        secret.write_text(f"{TOKEN}={SECRET}\n")
        secret.chmod(0o600)
        services = "\n".join(
            f"  {name}: {{assets: {{guest: {{guest: pve1/{vmid}, policy: guests}}}}}}"
            for vmid, name in NAMES.items()
        )
        (self.root / "phoenix.yaml").write_text(
            CONFIG.format(
                url=self.fake.url, fingerprint=self.fake.fingerprint, token=secret,
                schedule=schedule, storage=storage, services=services,
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

    def audit(self, acl: dict[str, str] | None = None) -> AuditReport:
        """Audit with a token of these roles."""
        self.fake.state.tokens[TOKEN] = token(SEEING if acl is None else acl)
        with self.context() as ctx:
            return audit.audit(ctx)


def log(vmids: list[int]) -> list[str]:
    """What a green task of these guests logs."""
    lines = [f"INFO: starting new backup job: vzdump {' '.join(map(str, vmids))} --storage nfs"]
    for vmid in vmids:
        lines += [f"INFO: Starting Backup of VM {vmid} (lxc)"]
        lines += [f"INFO: Finished Backup of VM {vmid} (00:00:23)"]
    return [*lines, "INFO: Backup job finished successfully", "TASK OK"]


def cluster(storage: str = "nfs", schedule: str = "03,15:00", every: int = 12) -> State:
    """One node with the guests of the seed, all saved on time for three days."""
    ids = [*NAMES]
    state = State(
        nodes={"pve1": True},
        tokens={TOKEN: token(SEEING)},
        guests=[
            Guest(vmid, "lxc", "pve1", name, {"rootfs": f"local-lvm:vm-{vmid}-disk-0,size=8G"})
            for vmid, name in NAMES.items()
        ],
        storages=[
            Storage("nfs", prune="keep-daily=7"),
            Storage("local", type="dir", shared=0, content="backup,iso", prune="keep-daily=7"),
        ],
        jobs=[
            {
                "id": "phoenix-guests", "schedule": schedule, "storage": storage,
                "vmid": ",".join(map(str, ids)), "mode": "snapshot", "compress": "zstd",
                "prune-backups": {"keep-daily": "7"},
            }
        ],
    )  # fmt: skip
    ages = [3 + every * count for count in range(72 // every)]
    for age in ages:
        for vmid in ids:
            made = archive(vmid, age, storage)
            made.node = "pve1" if storage == "local" else None
            state.archives.append(made)
        name = upid("pve1", ago(age))
        state.tasks.append(
            Task(name, "pve1", "vzdump", "", "root@pam", ago(age), ago(age) + 90, "OK", log(ids))
        )
    return state


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A cluster where all is well."""
    with running(cluster()) as fake:
        made = House(fake, tmp_path)
        made.write()
        yield made


def codes(report: AuditReport, *severities: Severity) -> set[str]:
    """Codes of what is found, of some severities or of all."""
    return {each.code for each in report.findings if each.severity in (severities or [*Severity])}


GENERAL = {"copies-too-few", "one-medium", "no-off-site", "never-drilled", "key-not-described"}
"""What is wrong with a house of one NAS and no drill; nothing of it is about a Proxmox."""


def test_where_all_is_seen_and_well_nothing_is_said_of_the_guests(house: House) -> None:
    report = house.audit()
    assert codes(report) <= GENERAL
    assert {each.state for each in report.coverages if each.asset != "phoenix/state"} == {
        Statut.WARN
    }


def test_5_a_pveauditor_token_gives_unknown_and_never_missing_and_never_green(
    house: House,
) -> None:
    report = house.audit(BLIND)
    assert codes(report, Severity.CRITICAL) == set()
    assert not codes(report) & MISSING
    assert {"blind"} <= codes(report, Severity.UNKNOWN)
    assets = [each for each in report.coverages if each.asset != "phoenix/state"]
    assert {each.state for each in assets} == {Statut.UNKNOWN}


def test_3_jobs_a_token_may_not_read_leave_no_guest_without_one(house: House) -> None:
    report = house.audit({"/vms": "AuditorAndRows", "/storage": "AuditorAndRows"})
    assert {"jobs-unseen", "blind"} <= codes(report, Severity.UNKNOWN)
    assert not codes(report) & MISSING


def test_5_a_storage_a_token_may_not_see_is_not_gone(house: House) -> None:
    house.fake.state.jobs[0]["storage"] = "tape"
    known = house.audit()
    assert "job-storage-missing" in codes(known, Severity.CRITICAL)
    narrow = {**SEEING, "/storage": "NoAccess", "/storage/nfs": "AuditorAndRows"}
    report = house.audit(narrow)
    assert "job-storage-missing" in codes(report, Severity.UNKNOWN)
    assert codes(report, Severity.CRITICAL) == set()


def test_13_3_a_guest_made_after_the_job_is_in_none(house: House) -> None:
    rootfs = {"rootfs": "local-lvm:vm-220-disk-0,size=8G"}
    house.fake.state.guests.append(Guest(220, "lxc", "pve1", "k3s", rootfs))
    report = house.audit()
    (alone,) = (each for each in report.findings if each.code == "guest-in-no-job")
    assert (alone.subject, alone.severity) == ("pve1/220", Severity.WARNING)


def test_13_2_a_bind_mount_in_no_archive_is_found_while_every_task_is_green(house: House) -> None:
    house.fake.state.guests[1].config["mp0"] = "/srv/data,mp=/data,backup=1"
    report = house.audit()
    (lost,) = (each for each in report.findings if each.code == "bind-mount-not-saved")
    assert (lost.subject, dict(lost.parameters)["place"]) == ("traefik/guest", "/srv/data")


def test_13_4_the_guest_that_failed_in_a_task_of_many_is_named(house: House) -> None:
    lines = log([*NAMES])
    at = lines.index("INFO: Finished Backup of VM 211 (00:00:23)")
    lines[at] = "ERROR: Backup of VM 211 failed - command 'mount' failed: exit code 32"
    started = ago(2)
    house.fake.state.tasks.append(
        Task(upid("pve1", started), "pve1", "vzdump", "", "root@pam", started, started + 90,
             "job errors", lines)
    )  # fmt: skip
    report = house.audit()
    (failed,) = (each for each in report.findings if each.code == "guest-run-failed")
    assert failed.subject == "adguard/guest"
    assert "exit code 32" in dict(failed.parameters)["error"].__str__()


def test_a_proxmox_that_does_not_answer_keeps_what_was_seen_and_says_it_is_dark(
    house: House,
) -> None:
    house.audit()
    house.fake.state.tokens.clear()
    with house.context() as ctx:
        report = audit.audit(ctx)
    assert "blind" in codes(report, Severity.UNKNOWN)
    assert "jobs-unseen" not in codes(report)
    assert not codes(report) & MISSING


def test_one_never_looked_at_is_unknown(house: House) -> None:
    with house.context() as ctx:
        assert "jobs-unseen" in codes(audit.judge(ctx), Severity.UNKNOWN)


def test_the_seeds_example_is_told_honestly_through_the_live_path(tmp_path: Path) -> None:
    state = cluster("local", "03:00", every=24)
    rootfs = {"rootfs": "local-lvm:vm-220-disk-0,size=8G"}
    state.guests.append(Guest(220, "lxc", "pve1", "k3s", rootfs))
    with running(state) as fake:
        made = House(fake, tmp_path)
        made.write("0 3 * * *", "local")
        report = made.audit()
        with made.context() as ctx:
            look = guests_seen.last(ctx, "pve1")
            assert look is not None
            assert look.observed_at == datetime(2026, 11, 23, 6, tzinfo=UTC)
            seen = seen_of(ctx.estate, look)
            planned = find_in_jobs(view_of(ctx.estate, "pve1", seen, now=NOW))
    honest = {"guest-in-no-job", "copies-on-own-host", "schedule-too-thin"}
    # Three days of runs a day apart are gaps of a day already.
    assert codes(report) - GENERAL - {"gap-too-long"} == honest
    assert {each.code for each in planned} == honest
    for found in (report.findings, planned):
        subjects = [each.subject for each in found if each.code == "copies-on-own-host"]
        assert sorted(subjects) == sorted(f"{name}/guest" for name in NAMES.values())
        assert [each.subject for each in found if each.code == "guest-in-no-job"] == ["pve1/220"]
