"""A claim that changed its policy: the label of the old one is told, with what its end loses."""

from __future__ import annotations

from dataclasses import replace

from build_longhorn import CLAIM, NIGHTLY, NOW, VOLUME, state
from phoenix_dr.core.ground import Ground
from phoenix_dr.core.longhorn import SOURCE_LABEL, LonghornState, RecurringJob
from phoenix_dr.core.volume_losses import losses_of_labels
from phoenix_dr.core.volume_strays import StrayLabel, stray_labels
from phoenix_dr.core.volume_wishes import Wish

GROUP = "recurring-job-group.longhorn.io/"
A = RecurringJob("phoenix-a", "backup", "0 3 * * *", 7, ("phoenix-a",))
B = RecurringJob("phoenix-b", "backup", "0 4 * * 0", 5, ("phoenix-b",))
OLD, NEW = f"{GROUP}phoenix-a", f"{GROUP}phoenix-b"
ASSETS = {CLAIM.id: "media/settings/sonarr"}


def look(labels: dict[str, str], *, on_claim: bool = False) -> LonghornState:
    """One claim with these labels, or its volume."""
    made = state(jobs=(NIGHTLY, A, B))
    source = {SOURCE_LABEL: "enabled"} if on_claim else {}
    claim = replace(CLAIM, labels=labels | source if on_claim else {})
    volume = replace(VOLUME, labels={} if on_claim else labels)
    return replace(made, cluster=replace(made.cluster, claims=(claim,)), volumes=(volume,))


def strays(
    seen: LonghornState, *, follows: str, jobs: tuple[RecurringJob, ...] = (NIGHTLY, A, B)
) -> tuple[StrayLabel, ...]:
    """Of a claim that follows one of two policies, or none."""
    wishes = tuple(
        Wish(name, f"phoenix-{name}", (job,), "default", (CLAIM,) if name == follows else ())
        for name, job in (("a", A), ("b", B))
    )
    return stray_labels(wishes, seen, jobs=jobs, assets=ASSETS)


def test_a_claim_of_its_own_policy_has_none() -> None:
    assert strays(look({OLD: "enabled"}), follows="a") == ()
    assert strays(look({}), follows="a") == ()
    # Labels of others are nobody's business here, nor is one without effect.
    other = {f"{GROUP}hourly": "enabled", f"{GROUP}default": "enabled", OLD: "no"}
    assert strays(look(other), follows="b") == ()


def test_a_claim_that_changed_its_policy_still_hangs_on_the_old_job() -> None:
    [stray] = strays(look({OLD: "enabled"}), follows="b")
    assert stray.label == OLD
    assert (stray.action.on, stray.action.name) == ("Volume", VOLUME.name)
    assert (stray.action.before, stray.action.after) == ((A, B), (B,))
    # Daily for a week was more often: what is saved is rarer without it.
    [loss] = losses_of_labels(stray.action, Ground(now=NOW, made={"longhorn": {}}))
    assert (loss.asset, loss.later) == ("media/settings/sonarr", True)


def test_nothing_is_lost_where_the_other_job_does_as_much() -> None:
    better = replace(B, cron="0 3 * * *", retain=9)
    [stray] = strays(look({OLD: "enabled"}), follows="b", jobs=(NIGHTLY, A, better))
    assert losses_of_labels(stray.action, Ground(now=NOW, made={"longhorn": {}})) == ()


def test_without_any_label_it_falls_back_into_group_default() -> None:
    [stray] = strays(look({OLD: "enabled"}), follows="")
    assert stray.action.after == (NIGHTLY,)
    assert (
        strays(look({OLD: "enabled", NEW: "enabled"}, on_claim=True), follows="b")[0].action.on
        == "PersistentVolumeClaim"
    )
