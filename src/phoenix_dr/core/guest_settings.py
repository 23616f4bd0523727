"""What a person may wish of a Proxmox: how jobs run, and where drills may put guests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobOptions:
    """Wishes for the job of one policy; everything else follows from the policy.

    `id` names a job that is there already and becomes ours to change. Guests are exactly those
    whose assets follow the policy, unless `every` (with `exclude`) or `pool` is given. `notes` is
    a template of vzdump's (`{{guestname}}`), `fleecing` a storage. `node` keeps the job to one
    node, and so leaves guests of the others out.
    """

    id: str | None = None
    every: bool = False
    exclude: tuple[int, ...] = ()
    pool: str | None = None
    node: str | None = None
    mode: str = "snapshot"
    compress: str = "zstd"
    notes: str | None = None
    fleecing: str | None = None
    repeat_missed: bool = False


@dataclass(frozen=True, slots=True)
class GuestPlace:
    """Where on a Proxmox a drill may put a guest: numbers `first` to `last`, kept for drills.

    `storage` takes the disks, `pool` holds nothing but guests of drills. `bridge` is one without
    a way out; without it the guest has no network, and a drill ends at L3.
    """

    first: int
    last: int
    storage: str
    pool: str = "phoenix-drill"
    node: str | None = None
    bridge: str | None = None

    def holds(self, vmid: int) -> bool:
        """Whether a number is one of those kept for drills."""
        return self.first <= vmid <= self.last
