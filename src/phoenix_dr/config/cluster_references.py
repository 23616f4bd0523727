"""What the shapes of engines in a cluster cannot see: the claims that assets name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from phoenix_dr.config import shapes
from phoenix_dr.config.cluster_engines import Clusters
from phoenix_dr.config.engines import LaterEngine
from phoenix_dr.config.names import known
from phoenix_dr.config.source import Key, Source

_PART = r"[a-z0-9*]([a-z0-9*.-]{0,251}[a-z0-9*])?"
CLAIMS = re.compile(rf"(?P<engine>[^/]+)/(?P<pattern>{_PART}/{_PART})", re.ASCII)
"""`ENGINE/NAMESPACE/NAME`; `*` stands for any letters of a name."""


def check_claims(source: Source, root: shapes.Root) -> None:
    """Note claims no engine can hold, and patterns two assets claim."""
    seen: set[str] = set()
    for at, volumes in _volumes(root):
        found = CLAIMS.fullmatch(volumes)
        if found is None:
            source.problem(at, "bad-volumes", given=volumes)
        elif known(source, at, found["engine"], root.engines, "engine"):
            holder = root.engines.get(found["engine"])
            if holder is not None and not isinstance(holder, Clusters | LaterEngine):
                source.problem(at, "volumes-elsewhere", engine=found["engine"], kind=holder.kind)
            elif volumes in seen:
                source.problem(at, "named-twice", name=volumes)
        seen.add(volumes)


def _volumes(root: shapes.Root) -> Iterator[tuple[Key, str]]:
    for service, given in root.services.items():
        for name, asset in given.assets.items():
            if asset.volumes is not None and "TODO" not in asset.volumes:
                yield ("services", service, "assets", name, "volumes"), asset.volumes
