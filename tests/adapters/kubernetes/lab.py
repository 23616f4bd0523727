"""Ways into the fake cluster: kubeconfigs by token, certificate and plugin."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.kubernetes.fake_api import Fake
from phoenix_dr.adapters._kube import Kind, Kube, Limits
from phoenix_dr.adapters._kube_access import Access

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
NAMESPACES = Kind("", "v1", "Namespace", "namespaces", namespaced=False)
CLAIMS = Kind("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims")
JOBS = Kind("longhorn.io", "v1beta2", "RecurringJob", "recurringjobs")
QUICK = Limits(connect=2.0, read=3.0)


def kubeconfig(fake: Fake, folder: Path, user: dict[str, Any], **cluster: Any) -> Path:
    """A kubeconfig for the fake; JSON is YAML, too."""
    folder.mkdir(exist_ok=True)
    path = folder / "kubeconfig"
    said = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "home",
        "clusters": [
            {
                "name": "k3s",
                "cluster": {
                    "server": fake.url,
                    "certificate-authority": str(fake.certificate),
                    **cluster,
                },
            }
        ],
        "contexts": [{"name": "home", "context": {"cluster": "k3s", "user": "me"}}],
        "users": [{"name": "me", "user": user}],
    }
    path.write_text(json.dumps(said))
    path.chmod(0o600)
    return path


def access(path: Path, *, context: str = "", environ: dict[str, str] | None = None) -> Access:
    """The way a kubeconfig leads."""
    there = {"PATH": "/usr/bin:/bin", **(environ or {})}
    return Access("k3s", str(path), context, there, lambda: NOW, threading.Event())


def kube(fake: Fake, folder: Path, token: str = "admin", limits: Limits = QUICK) -> Kube:
    """The fake as one token sees it."""
    return Kube(access(kubeconfig(fake, folder, {"token": token})), limits)
