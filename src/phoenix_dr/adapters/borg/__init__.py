"""borg: archives others made, known by how their names begin. Facts: docs/engines/borg.md."""

from phoenix_dr.adapters.borg.api import Borg

__all__ = ["Borg"]
