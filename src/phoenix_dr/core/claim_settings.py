"""Where in a cluster a drill may put what it restores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

IMAGE = "python:3.13-alpine"
"""What check jobs run by default: they need nothing but Python 3 with its sqlite3."""


@dataclass(frozen=True, slots=True)
class ClaimPlace:
    """The namespace kept for drills, made by an administrator, with nothing else in it.

    `way` is how Longhorn restores: `class` (a StorageClass for each drill; its driver makes and
    removes the volume, so the account cannot) or `volume` (a Volume and a PersistentVolume, for
    which the account may remove every volume of the cluster). `image` has Python 3. `within` is
    how long a restore may take, and how long a check may: one that hangs ends by it.
    """

    namespace: str = "phoenix-drill"
    way: str = "class"
    image: str = IMAGE
    within: timedelta = timedelta(hours=4)
