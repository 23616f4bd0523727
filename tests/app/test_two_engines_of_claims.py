"""One claim, two engines that could save it: each is judged for what it was asked, once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from adapters.kubernetes import homelab, velerolab
from adapters.kubernetes.fake_schema import kinds
from adapters.kubernetes.fake_store import Store
from adapters.kubernetes.homelab import at
from adapters.kubernetes.velerolab import LAST, SPACE
from build_cluster import CONFIG, house
from phoenix_dr.app.audit import audit
from phoenix_dr.core.report import AuditReport, Severity, State

SONARR, RADARR = "media/settings/sonarr", "media/settings/radarr"
VELERO = "  velero: {{kind: velero, kubeconfig: {kubeconfig}, locations: {{default: nas}}}}\n"
BOTH = "longhorn/default, velero/default"
LOUD = {Severity.CRITICAL, Severity.WARNING}


def config(to: str) -> str:
    """The house with both engines, and a policy that sends claims there."""
    text = CONFIG.replace("[longhorn/default]", f"[{to}]")
    return text.replace("policies:\n", f"{VELERO}policies:\n")


def cluster() -> Store:
    """Longhorn and Velero in one cluster; both saved both claims last night."""
    made = homelab.cluster()
    made.put("Namespace", SPACE)
    for key, each in made.objects.items():
        if key[1] == "persistentvolumeclaims":
            each["metadata"]["creationTimestamp"] = at(900)
    # Both have a kind named Backup.
    longhorn, made.served = made.served, kinds("velero-1.18.1")
    velerolab.location(made, "default", default=True)
    velerolab.schedule(made, "nightly", "0 3 * * *")
    velerolab.backup(made, LAST, hours=3)
    for name in ("media/sonarr", "media/radarr"):
        velerolab.upload(made, LAST, name, hours=2.9)
    made.served = (*longhorn, *made.served)
    return made


def without_velero(made: Store) -> Store:
    """No data in the backup of Velero, which says Completed."""
    for app in ("sonarr", "radarr"):
        del made.objects["velero.io", "datauploads", SPACE, f"{LAST}-{app}"]
    return made


def without_longhorn(made: Store) -> Store:
    """No backup of Longhorn, and no job that would make one."""
    del made.objects["longhorn.io", "recurringjobs", homelab.SPACE, "nightly"]
    for number in (1, 2):
        del made.objects["longhorn.io", "backups", homelab.SPACE, f"backup-{number}"]
    return made


def audited(root: Path, made: Store, to: str) -> AuditReport:
    root.mkdir(exist_ok=True)
    with house(root, made, config=config(to)) as house_of_both:
        report: AuditReport = house_of_both.using(audit)
    return report


def about_claims(report: AuditReport, *, loud: set[Severity] = LOUD) -> set[str]:
    """Loud codes about the claims of media, those of the estate's own rules left out."""
    return {
        each.code
        for each in report.findings
        if each.subject in (SONARR, RADARR)
        and each.severity in loud
        and each.code.startswith(("velero", "volume", "claim", "no-backup"))
    }


@pytest.mark.parametrize("to", [BOTH, "longhorn/default", "velero/default"])
def test_what_both_saved_is_said_to_be_missing_by_neither(tmp_path: Path, to: str) -> None:
    report = audited(tmp_path, cluster(), to)
    assert about_claims(report, loud=set(Severity)) == set()
    states = {each.asset: each.state for each in report.coverages if each.service == "media"}
    assert states == {SONARR: State.WARN, RADARR: State.WARN}


def test_velero_is_not_blamed_for_what_only_longhorn_was_asked(tmp_path: Path) -> None:
    report = audited(tmp_path, without_velero(cluster()), "longhorn/default")
    assert about_claims(report) == set()
    # The twin: sent to both, the half that is missing is told.
    twin = audited(tmp_path / "twin", without_velero(cluster()), BOTH)
    assert about_claims(twin) == {"velero-claim-not-saved", "velero-claim-no-pod"}


def test_longhorn_is_not_blamed_for_what_only_velero_was_asked(tmp_path: Path) -> None:
    report = audited(tmp_path, without_longhorn(cluster()), "velero/default")
    assert about_claims(report) == set()
    twin = audited(tmp_path / "twin", without_longhorn(cluster()), BOTH)
    assert about_claims(twin)
    assert not any(code.startswith("velero") for code in about_claims(twin))


def test_a_claim_that_is_gone_is_said_to_be_gone_once(tmp_path: Path) -> None:
    made = cluster()
    with house(tmp_path, made, config=config(BOTH)) as both:
        both.using(audit)
        del made.objects["", "persistentvolumeclaims", "media", "radarr"]
        report: AuditReport = both.using(audit)
    said = Counter((each.code, each.subject) for each in report.findings)
    assert said["claim-gone", RADARR] == 1
    assert max(said.values()) == 1
