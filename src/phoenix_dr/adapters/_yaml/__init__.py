"""Another tool's YAML file: read as plain values, edited without touching anything else."""

from __future__ import annotations

from phoenix_dr.adapters._yaml.edits import appended, assigned, removed
from phoenix_dr.adapters._yaml.values import LARGEST, Key, read, shown

__all__ = ["LARGEST", "Key", "appended", "assigned", "read", "removed", "shown"]
