"""A drop-in of K3s' own configuration that schedules snapshots of its etcd."""

from __future__ import annotations

import re
from dataclasses import dataclass

from phoenix_dr.render.phrases import sentence

NAME = "phoenix-etcd-snapshots.yaml"
"""Its name in /etc/rancher/k3s/config.yaml.d, which K3s reads after config.yaml."""
SECRET = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
"""Names Kubernetes accepts for a Secret."""


@dataclass(frozen=True, slots=True)
class SnapshotPlan:
    """How K3s is to make snapshots: cron in the server's own time zone, how many per server.

    `present` is how many it keeps now, None when that could not be read. `secret` names a Secret in
    kube-system that says where to send them; "" leaves them on the server's disk.
    """

    asset: str
    policy: str
    cron: str
    retention: int
    timezone: str
    secret: str = ""
    present: int | None = None


def drop_in(plan: SnapshotPlan, *, language: str) -> str:
    """The file, with what a person has to know as comments."""
    lines = [f"# {line}" for each in notes(plan) for line in _said(each, plan, language)]
    lines += [
        f'etcd-snapshot-schedule-cron: "{plan.cron}"',
        f"etcd-snapshot-retention: {plan.retention}",
    ]
    if plan.secret:
        lines += ["etcd-s3: true", f"etcd-s3-config-secret: {plan.secret}"]
    return "\n".join(lines) + "\n"


def notes(plan: SnapshotPlan) -> tuple[str, ...]:
    """Codes of what has to be said, in order."""
    told = ["k3s.config.what", "k3s.config.restart", "k3s.config.per-server"]
    told += ["k3s.config.zone", "k3s.config.before"]
    if plan.present is None:
        told.append("k3s.config.unread")
    elif loses(plan):
        told.append("k3s.config.loses")
    told.append("k3s.config.secret" if plan.secret else "k3s.config.own-disk")
    return tuple(told)


def loses(plan: SnapshotPlan) -> int:
    """Snapshots per server that K3s removes at the next one, since it then keeps fewer."""
    return max((plan.present or 0) - plan.retention, 0)


USUAL = 5
"""Snapshots K3s keeps when nobody says."""


def _said(code: str, plan: SnapshotPlan, language: str) -> list[str]:
    facts: dict[str, str | int] = {
        "asset": plan.asset,
        "policy": plan.policy,
        "retention": plan.retention,
        "present": plan.present or 0,
        "fewer": loses(plan),
        "zone": plan.timezone,
        "secret": plan.secret,
    }
    return sentence(language, code, **facts).splitlines()
