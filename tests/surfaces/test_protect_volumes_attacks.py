"""Sequences of plan, approve and apply that try to lose production backups unsigned."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.kubernetes.fake_store import Fault
from adapters.kubernetes.homelab import SPACE
from build_volumes import house, stack
from surfaces.test_protect_volumes import root, spec_of, weeks

__all__ = ["root"]


@pytest.mark.parametrize("plural", ["persistentvolumeclaims", "persistentvolumes"])
def test_nothing_is_planned_while_the_claims_cannot_be_read(root: Path, plural: str) -> None:
    with house(root) as made:
        made.applied("longhorn")
        weeks(made, 5)
        made.plan()
        made.write(within="15d")
        made.written()
        made.store.faults[f"/api/v1/{plural}"] = Fault(code=410)
        plan = made.plan()
        refused = made.type("protect", "apply", "longhorn")
        assert made.written() == []
        assert spec_of(made)["retain"] == 5
    assert (plan["refused"], plan["guarded"]) == ("jobs-unreadable", None)
    assert refused.code != 0


def test_a_limit_of_longhorn_below_the_rule_is_told_by_the_plan(root: Path) -> None:
    store = stack()
    store.put("Setting", "recurring-job-max-retention", SPACE, value="4")
    with house(root, store) as made:
        plan = made.plan()
        for language, words in (("en", "at the most"), ("fr", "au plus")):
            said = made.type("protect", "plan", language=language).out
            assert words in " ".join(said.split())
        refused = made.type("protect", "apply", "longhorn")
        handed = made.type("protect", "plan", "--handoff", str(root / "out"))
        assert made.written() == []
    # Seven snapshots are more than four, too.
    assert plan["refused"] == "longhorn-retain-many"
    assert refused.code != 0
    assert handed.code != 0
