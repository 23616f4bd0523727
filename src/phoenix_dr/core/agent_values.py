"""What the placeholders of an agent's file stand for on this estate."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from phoenix_dr.core.model import AssetKind, Estate
from phoenix_dr.errors import UsageError

Values = Mapping[str, tuple[str, ...]]
"""Names by placeholder, in the order of phoenix.yaml; empty where the estate gives none."""
ADD: Mapping[str, str] = MappingProxyType({
    "infra_dir": "--config FILE",
    "proxmox_host": "engines: {pve1: {kind: proxmox, url: …}}",
    "lxc_id": "services: {…: {assets: {…: {guest: pve1/215}}}}",
    "cluster": "engines: {longhorn: {kind: longhorn, …}}",
    "namespaces": "services: {…: {assets: {…: {volumes: longhorn/media/*}}}}",
    "services": "services: {wiki: {assets: {…: {files: /srv/wiki}}}}",
})  # fmt: skip
"""What gives each placeholder its value."""
WITHOUT: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "proxmox": ("proxmox_host", "lxc_id"),
    "cluster": ("cluster", "namespaces"),
})  # fmt: skip
"""What an estate may be said not to have, and the placeholders that need no value then."""
_HOST = re.compile(r"https?://(?:[^/]*@)?(\[[^\]]*\]|[^:/]+)")
CLUSTERS = frozenset({"longhorn", "velero"})


def values(estate: Estate, folder: str) -> Values:
    """Every placeholder with what the estate gives for it; `folder` holds phoenix.yaml."""
    return {
        "infra_dir": (folder,) if folder else (),
        "proxmox_host": tuple(_proxmox(estate)),
        "lxc_id": _sources(estate, AssetKind.GUEST, part=slice(1, None)),
        "cluster": tuple(n for n, spec in estate.engines.items() if spec.kind in CLUSTERS),
        "namespaces": _sources(estate, AssetKind.VOLUMES, part=slice(1, 2)),
        "services": tuple(estate.services),
    }


def require_all(found: Values, without: frozenset[str]) -> None:
    """Raise UsageError for placeholders without a value, or things said not to be there that are.

    A thing of which the estate has a part is there: half of a Proxmox is a gap, not its absence.
    """
    for thing in sorted(without):
        has = [name for name in WITHOUT[thing] if found[name]]
        if has:
            raise UsageError("agent-has", thing=thing, found=", ".join(found[has[0]][:3]))
    spared = {name for thing in without for name in WITHOUT[thing]}
    lacking = [name for name in ADD if not found[name] and name not in spared]
    if lacking:
        added = " · ".join(ADD[name] for name in lacking)
        raise UsageError("agent-unresolved", names=", ".join(lacking), add=added)


def _proxmox(estate: Estate) -> Iterator[str]:
    for name, spec in estate.engines.items():
        if spec.kind == "proxmox":
            host = _HOST.match(spec.settings.get("url", ""))
            yield f"{name} ({host[1]})" if host else name


def _sources(estate: Estate, kind: AssetKind, *, part: slice) -> tuple[str, ...]:
    """A part of what assets of a kind name as `ENGINE/…`, each once."""
    named = (asset.source.split("/") for asset in estate.assets() if asset.kind is kind)
    return tuple(dict.fromkeys(said for each in named if (said := "/".join(each[part]))))
