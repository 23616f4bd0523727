"""`phoenix retention show|simulate|plan|apply`: the group; each command has its own file."""

from __future__ import annotations

from phoenix_dr.surfaces.cli.base import group

retention = group("retention")

# Each command declares itself in the group when its module is read.
from phoenix_dr.surfaces.cli import retention_expiry, retention_show, retention_simulate  # noqa: E402, F401
