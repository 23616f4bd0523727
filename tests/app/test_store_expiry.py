"""A shorter rule for a real Prometheus: planned as a loss, signed, written, handed over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from build_app import House, house
from build_expiry import signed
from build_prometheus import running, samples
from phoenix_dr.app import expiry
from phoenix_dr.app.apply import Leave, Performed, apply
from phoenix_dr.app.context import Context
from phoenix_dr.app.expiry import ExpiryPlan, Request, plan_expiry
from phoenix_dr.app.ground import store_state
from phoenix_dr.core.plan import Ground, SetRetention
from phoenix_dr.errors import ApprovalRequired, PlanStale

METRICS = Request(("metrics",))
ARGUMENTS = '# how it is started\nARGS="--storage.tsdb.retention.time=400d --log.level=warn"\n'


def monitored(root: Path, url: str, *, keep: str) -> House:
    """A house whose Prometheus is wanted to keep so long."""
    made = house(root)
    (root / "prometheus.default").write_text(ARGUMENTS)
    made.say(
        "policies:\n",
        f"  metrics:\n    kind: prometheus\n    url: {url}\n"
        f"    arguments: ROOT/prometheus.default\n    keep: {{within: {keep}}}\n"
        "    because: trends of a season\npolicies:\n",
    )
    return made


def applied(made: House, found: ExpiryPlan, *, sign: bool) -> tuple[Performed, ...]:
    """Apply as the command does."""

    def work(ctx: Context) -> tuple[Performed, ...]:
        def again(ground: Ground) -> object:
            return expiry.wanted(ctx, METRICS, ground).actions

        approval = signed(found.plan) if sign else None
        return apply(ctx, found.plan, leave=Leave(approval, remake=again))  # type: ignore[arg-type]

    done: tuple[Performed, ...] = made.using(work)
    return done


def test_a_shorter_rule_is_a_loss_and_is_written_only_when_signed(tmp_path: Path) -> None:
    held = samples(tmp_path, days=3)
    with running(tmp_path, held.folder, "--storage.tsdb.retention.time=400d") as url:
        made = monitored(tmp_path / "house", url, keep="2d")
        file = made.root / "prometheus.default"
        found: ExpiryPlan = made.using(plan_expiry, METRICS)
        [loss] = found.plan.losses
        assert (loss.engine, loss.asset, loss.points, loss.later) == ("metrics", "", (), False)
        assert abs(loss.since - held.since) < timedelta(hours=3)
        with pytest.raises(ApprovalRequired):
            applied(made, found, sign=False)
        assert file.read_text() == ARGUMENTS
        [done] = applied(made, found, sign=True)
        assert done.outcome.ok
        assert isinstance(done.outcome.action, SetRetention)
        assert file.read_text() == ARGUMENTS.replace("400d", "2d")
        again: ExpiryPlan = made.using(plan_expiry, METRICS)
        assert again.plan.actions == ()
        assert [each.reason for each in again.left] == ["restart-missing"]
        state = made.using(store_state, "metrics")
        assert [rule.within for rule in state.in_force] == [timedelta(days=400)]
        assert [rule.within for rule in state.written] == [timedelta(days=2)]


def test_a_longer_rule_asks_nobody_and_a_changed_file_is_left_alone(tmp_path: Path) -> None:
    held = samples(tmp_path, days=1)
    with running(tmp_path, held.folder, "--storage.tsdb.retention.time=400d") as url:
        made = monitored(tmp_path / "house", url, keep="500d")
        file = made.root / "prometheus.default"
        found: ExpiryPlan = made.using(plan_expiry, METRICS)
        assert found.plan.losses == ()
        file.write_text(ARGUMENTS + "# somebody was here\n")
        with pytest.raises(PlanStale):
            applied(made, found, sign=False)
        assert "400d" in file.read_text()
        fresh: ExpiryPlan = made.using(plan_expiry, METRICS)
        [done] = applied(made, fresh, sign=False)
        assert done.outcome.ok
        assert file.read_text() == ARGUMENTS.replace("400d", "500d") + "# somebody was here\n"
