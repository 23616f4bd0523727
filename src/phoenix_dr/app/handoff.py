"""What Phoenix prepares and does not do itself: lines for the person or sibling who does it."""

from __future__ import annotations

from phoenix_dr.core.model import EngineSpec

UNITS = {"prometheus": "prometheus", "loki": "loki"}
"""systemd units as Debian and Grafana's own packages name them."""


def restart_line(spec: EngineSpec) -> str:
    """The command that makes a store's new configuration take effect."""
    return f"systemctl restart {UNITS.get(spec.kind, spec.kind)}"
