"""A cluster through the app: the claims of a pattern are assets, the last look is kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from adapters.kubernetes import homelab
from adapters.kubernetes.fake_store import rule
from build_cluster import house
from build_proxmox import House
from phoenix_dr.app.audit import audit
from phoenix_dr.app.cluster_seen import last, look
from phoenix_dr.core.report import AuditReport, State
from phoenix_dr.errors import UsageError

SONARR, RADARR = "media/settings/sonarr", "media/settings/radarr"


def states(report: AuditReport) -> dict[str, State]:
    """Asset → state, Phoenix's own left out."""
    return {each.asset: each.state for each in report.coverages if each.service == "media"}


def codes(report: AuditReport, subject: str) -> set[str]:
    """Codes of what is said about a subject."""
    return {each.code for each in report.findings if each.subject == subject}


def after(made: House, hours: float) -> AuditReport:
    """An audit so many hours later."""
    made.now += timedelta(hours=hours)
    return made.using(audit)


def test_the_first_audit_judges_each_claim_of_a_pattern(tmp_path: Path) -> None:
    with house(tmp_path, homelab.cluster()) as made:
        assert [each.id for each in made.context().estate.assets()] == ["media/settings"]
        report = made.using(audit)
        assert states(report) == {SONARR: State.WARN, RADARR: State.WARN}
        kept = {each.id for each in made.context().estate.assets()}
        assert kept == {SONARR, RADARR}
    assert "no-backup" not in codes(report, SONARR)
    assert {each.asset: each.newest for each in report.coverages}[SONARR] is not None
    assert codes(report, "longhorn/web/cache") == {"claim-not-longhorn"}
    assert codes(report, "longhorn/pvc-9") == {"backup-orphan"}


def test_the_backup_of_one_claim_covers_no_other(tmp_path: Path) -> None:
    store = homelab.cluster()
    del store.objects["longhorn.io", "backups", homelab.SPACE, "backup-2"]
    with house(tmp_path, store) as made:
        report = made.using(audit)
    assert states(report) == {SONARR: State.WARN, RADARR: State.FAIL}
    assert {"no-backup", "volume-never-backed-up"} <= codes(report, RADARR)
    assert not {"no-backup", "volume-never-backed-up"} & codes(report, SONARR)


def test_a_new_claim_is_in_the_next_audit_by_itself(tmp_path: Path) -> None:
    store = homelab.cluster()
    with house(tmp_path, store) as made:
        made.using(audit)
        homelab.claim(store, "media", "lidarr", volume="pvc-4")
        homelab.volume(store, "1.10.2", "pvc-4", "media/lidarr")
        report = after(made, 1)
    assert states(report)["media/settings/lidarr"] is State.FAIL


def test_a_namespace_that_is_lost_does_not_make_the_audit_greener(tmp_path: Path) -> None:
    store = homelab.cluster()
    with house(tmp_path, store) as made:
        made.using(audit)
        for name in ("sonarr", "radarr"):
            del store.objects["", "persistentvolumeclaims", "media", name]
        report = after(made, 1)
        assert states(report).keys() == {SONARR, RADARR}
        assert "claim-gone" in codes(report, SONARR) & codes(report, RADARR)
        assert states(after(made, 24 * 29)).keys() == {SONARR, RADARR}
        # Gone for a month: what is left is the pattern, and it is unknown, never green.
        assert states(after(made, 24)) == {"media/settings": State.UNKNOWN}


@pytest.mark.parametrize("plural", ["backups", "volumes", "persistentvolumeclaims"])
def test_5_without_the_right_to_a_list_nothing_is_green_and_nothing_missing(
    tmp_path: Path, plural: str
) -> None:
    store = homelab.cluster()
    with house(tmp_path, store) as made:
        made.using(audit)
        others = " ".join(kind.plural for kind in store.served if kind.plural != plural)
        store.tokens["audit"] = (rule("get list", "*", others),)
        report = after(made, 1)
    assert set(states(report).values()) == {State.UNKNOWN}
    assert not {"no-backup", "claim-gone"} & codes(report, SONARR)
    assert "blind" in codes(report, "longhorn")


def test_while_the_cluster_was_never_seen_the_pattern_is_unknown(tmp_path: Path) -> None:
    with house(tmp_path, homelab.cluster(), token="stranger") as made:
        report = made.using(audit)
    assert states(report) == {"media/settings": State.UNKNOWN}


def test_of_a_look_what_findings_need_is_kept_and_the_rest_is_counted(tmp_path: Path) -> None:
    store = homelab.cluster()
    for hours in range(30):
        homelab.backup(
            store, "1.10.2", f"old-{hours}", "pvc-9", hours=100 + hours, claim="web/forum"
        )
        homelab.backup(store, "1.10.2", f"ours-{hours}", "pvc-1", hours=100 + hours)
    with house(tmp_path, store) as made:
        assert made.using(lambda ctx: last(ctx, "longhorn")) is None
        found = made.using(lambda ctx: look(ctx, "longhorn"))
        kept = made.using(lambda ctx: last(ctx, "longhorn"))
    assert kept is not None
    assert (kept.cluster, kept.jobs, kept.targets) == (found.cluster, found.jobs, found.targets)
    held = {each.volume: each.name for each in kept.backups or ()}
    assert held == {"pvc-1": "backup-1", "pvc-2": "backup-2", "pvc-9": "backup-gone"}
    assert len(kept.backups or ()) == 3
    counts = {each.volume: each.count for each in kept.tallies}
    assert counts == {"pvc-1": 31, "pvc-2": 1, "pvc-9": 31}
    folder = made.state / "seen"
    assert {each.stat().st_mode & 0o777 for each in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"media/sonarr": 7}', '{"media/sonarr": "soon"}'])
def test_a_file_of_names_that_is_cut_is_no_file(tmp_path: Path, text: str) -> None:
    with house(tmp_path, homelab.cluster()) as made:
        made.using(audit)
        (made.state / "seen" / "longhorn.claims.json").write_text(text)
        assert [each.id for each in made.context().estate.assets()] == ["media/settings"]
        assert states(made.using(audit)).keys() == {SONARR, RADARR}


def test_an_engine_that_is_none_or_no_cluster(tmp_path: Path) -> None:
    with house(tmp_path, homelab.cluster()) as made, pytest.raises(UsageError):
        made.using(lambda ctx: look(ctx, "nothing"))
