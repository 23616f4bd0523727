"""A Longhorn that works, an account of the apply role, and one action performed on it."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes.fake_api import Fake
from adapters.kubernetes.fake_backups import Backups
from adapters.kubernetes.fake_store import Store, rule
from adapters.kubernetes.homelab import SPACE, cluster, engine
from adapters.kubernetes.lab import NOW
from phoenix_dr.adapters.base import Done
from phoenix_dr.core.cluster_actions import SaveVolume
from phoenix_dr.core.ground import Ground
from phoenix_dr.core.guard import Approval, permit
from phoenix_dr.core.plan import Action, make_plan
from phoenix_dr.errors import PhoenixError

PATH = f"/apis/longhorn.io/v1beta2/namespaces/{SPACE}"
SAVING = SaveVolume("longhorn", "media/settings/sonarr", "pvc-1", "default")
MADE = f"phoenix-pvc-1-{NOW:%Y%m%d%H%M%S}"
RIGHTS = (
    rule("list", "*", "*"),
    rule("get create patch", "longhorn.io", "recurringjobs", SPACE),
    rule("get patch", "longhorn.io", "volumes", SPACE),
    rule("get patch", "core", "persistentvolumeclaims", "media"),
    rule("get create", "longhorn.io", "snapshots", SPACE),
    rule("get create", "longhorn.io", "backups", SPACE),
)
"""Those of the apply role and of backups made now: no delete, no update."""


def started(version: str = "1.10.2", **how: Any) -> Store:
    """A cluster whose Longhorn works, and an account that may apply."""
    made = cluster(version)
    made.tokens["apply"] = RIGHTS
    return Backups(**how).join(made)


def perform(
    fake: Fake,
    folder: Path,
    action: Action,
    *,
    token: str = "apply",
    cancel: threading.Event | None = None,
) -> Done:
    """One action under its own plan, signed for where it loses something."""
    plan = make_plan([action], Ground(now=NOW, made={"longhorn": {}}))
    leave = permit(plan, Approval(plan.digest, "alice", NOW + timedelta(hours=1)), now=NOW)
    stop = cancel or threading.Event()
    return engine(fake, folder, token).perform(
        action, leave, progress=lambda each: None, cancel=stop
    )


def failing(fake: Fake, folder: Path, action: Action, *, token: str = "apply") -> PhoenixError:
    with pytest.raises(PhoenixError) as caught:
        perform(fake, folder, action, token=token)
    return caught.value
