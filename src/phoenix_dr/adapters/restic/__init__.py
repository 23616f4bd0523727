"""restic: one snapshot is one recovery point of one asset. Facts: docs/engines/restic.md."""

from phoenix_dr.adapters.restic.api import Restic
from phoenix_dr.adapters.restic.twin import Twin

__all__ = ["Restic", "Twin"]
