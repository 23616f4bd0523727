"""One backup job of a Proxmox cluster, as a value."""

from __future__ import annotations

from dataclasses import dataclass

from phoenix_dr.core.model import RetentionRule


@dataclass(frozen=True, slots=True)
class VzdumpJob:
    """A job as PVE has it: guests by number, by pool, or every one but `exclude`.

    `schedule` is a calendar event in the node's local time. `keep` None means that the rule of
    the storage applies, an empty rule keeps everything. `remove` False prunes nothing after a
    run. `fleecing` is the property string (`enabled=1,storage=X`).
    """

    id: str
    schedule: str
    storage: str
    vmids: tuple[int, ...] = ()
    every: bool = False
    exclude: tuple[int, ...] = ()
    pool: str | None = None
    node: str | None = None
    enabled: bool = True
    mode: str = "snapshot"
    compress: str = "zstd"
    keep: RetentionRule | None = None
    comment: str = ""
    notes_template: str | None = None
    fleecing: str | None = None
    repeat_missed: bool = False
    remove: bool = True

    @property
    def prunes(self) -> bool:
        """Whether a run of it can remove older archives; with the storage's rule, it may."""
        from phoenix_dr.core.retention_dialects import COUNTS

        bounded = self.keep is None or any(getattr(self.keep, name) for name in COUNTS)
        return self.enabled and self.remove and bounded
