"""Walking through the storages of a cluster: what is there, and what could not be seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from phoenix_dr.adapters.proxmox import parse
from phoenix_dr.adapters.proxmox.call import Call
from phoenix_dr.adapters.proxmox.parse import OnNode
from phoenix_dr.adapters.proxmox.rights import Rights, parse_rights
from phoenix_dr.core.capabilities import Node
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.proxmox import Archive, Storage
from phoenix_dr.errors import EngineError

T = TypeVar("T")
HIDDEN = "proxmox-rows-hidden"
UNSEEN = "proxmox-rows-unseen"
DRY_RUN = "keep-all=1"
"""A rule that would remove nothing. Without one, a storage that has none answers 500."""


@dataclass
class Look:
    """One look at a cluster; fills up as it is walked through."""

    call: Call
    assets: Mapping[int, str]
    rights: Rights
    nodes: tuple[Node, ...]
    resources: list[dict[str, Any]]
    archives: dict[str, Archive] = field(default_factory=dict)
    storages: dict[str, Storage] = field(default_factory=dict)
    blind: list[BlindSpot] = field(default_factory=list)
    settings: list[dict[str, Any]] | None = None

    @property
    def described(self) -> Mapping[str, str]:
        """Storage → location, as phoenix.yaml has it."""
        return self.call.spec.locations

    def walk(self) -> None:
        """Read every storage that holds backups, each shared one once."""
        by_name: defaultdict[str, list[OnNode]] = defaultdict(list)
        told: set[str] = set()
        for node in self.nodes:
            if not node.online:
                told |= self._away(node.name)
                continue
            found = self.tried(node.name, partial(self._listed, node.name))
            if found is None:
                # What lies on it has its reason; why else it is not listed nobody knows.
                told |= self.described.keys()
            for each in found or ():
                by_name[each.storage].append(each)
        for places in by_name.values():
            self._read(places)
        unlisted = [name for name in self.described if name not in by_name and name not in told]
        off = self._switched_off() if unlisted else set()
        for name in unlisted:
            self.dark("proxmox-storage-inactive" if name in off else "proxmox-storage-unseen", name)

    def dark(self, code: str, detail: str) -> None:
        """Note what could not be seen, once."""
        spot = BlindSpot(self.call.spec.id, code, detail)
        if spot not in self.blind:
            self.blind.append(spot)

    def tried(self, subject: str, ask: Callable[[], T]) -> T | None:
        """What a question brings; one that fails is a blind spot, and the others go on."""
        return self.tried_each([(subject, ask)])[0]

    def tried_each(self, asks: Iterable[tuple[str, Callable[[], T]]]) -> list[T | None]:
        """What several questions bring, asked side by side, each with its subject."""
        wanted = list(asks)
        found: list[T | None] = []
        answers = self.call.each([ask for _, ask in wanted])
        for (subject, _), answer in zip(wanted, answers, strict=True):
            if isinstance(answer, EngineError):
                said = str(answer.parameters.get("detail", ""))
                self.dark(answer.code, f"{subject}: {said}" if said else subject)
            found.append(None if isinstance(answer, EngineError) else answer)
        return found

    def _listed(self, node: str) -> list[OnNode]:
        return list(
            parse.storages(self.call.rows("nodes", node, "storage", content="backup"), node)
        )

    def _switched_off(self) -> set[str]:
        """Storages that are there and that no node lists, since they are switched off."""
        try:
            rows = self.configured()
        except EngineError:
            return set()
        off = (row for row in rows if parse.flag(row.get("disable"), default=False))
        return {parse.text(row, "storage") for row in off}

    def configured(self) -> list[dict[str, Any]]:
        """Rows of `/storage`, asked for once. Raises EngineError."""
        if self.settings is None:
            self.settings = self.call.rows("storage")
        return self.settings

    def _away(self, node: str) -> set[str]:
        lost = {name for name in parse.away(self.resources, node) if name in self.described}
        for storage in sorted(lost):
            self.dark("proxmox-node-offline", f"{node}: {storage}")
        return lost

    def _read(self, places: list[OnNode]) -> None:
        first, up = places[0], [each for each in places if each.active]
        name = first.storage
        self.storages[name] = Storage(
            id=name,
            kind=first.kind,
            shared=first.shared,
            active=tuple(each.node for each in up),
            inactive=tuple(each.node for each in places if not each.active),
            total=up[0].total if up and (first.shared or len(places) == 1) else None,
            available=up[0].available if up and (first.shared or len(places) == 1) else None,
            location=self.described.get(name, ""),
        )
        if first.shared:
            self._read_shared(name, up)
            return
        for each in places:
            if each.active:
                self._read_from([each])
            elif name in self.described:
                self.dark("proxmox-storage-inactive", f"{each.node}: {name}")

    def _read_shared(self, name: str, up: list[OnNode]) -> None:
        if up:
            self._read_from(up)
        elif name in self.described:
            self.dark("proxmox-storage-inactive", name)

    def _read_from(self, places: list[OnNode]) -> None:
        """Archives of one storage, from the first node that tells them."""
        for at in places[:-1]:
            try:
                self._keep(at, self._shown(at))
            except EngineError:
                # Another node reaches it too.
                continue
            return
        at = places[-1]
        if at.storage in self.described:
            found = self.tried(f"{at.node}: {at.storage}", partial(self._shown, at))
        else:
            found = self._quietly(at)
        if found is not None:
            self._keep(at, found)

    def _quietly(self, at: OnNode) -> list[Archive] | None:
        """Of a storage nobody described nothing is claimed, so failing there is no blind spot."""
        try:
            return self._shown(at)
        except EngineError:
            return None

    def _shown(self, at: OnNode) -> list[Archive]:
        path = ("nodes", at.node, "storage", at.storage, "content")
        return self._archives(at, self.call.rows(*path, content="backup"))

    def _keep(self, at: OnNode, shown: list[Archive]) -> None:
        for each in shown:
            self.archives[each.id] = each
        if not self.rights.shows_every_row(at.storage):
            self._keep_hidden(at, {each.id for each in shown})
        if at.storage not in self.described and self._holds_ours(at):
            self.dark("proxmox-storage-undescribed", at.storage)

    def _archives(self, at: OnNode, rows: Iterable[dict[str, Any]]) -> list[Archive]:
        good, odd = [], 0
        for row in rows:
            if (found := parse.archive(row, at)) is None:
                odd += 1
            else:
                good.append(found)
        if odd and at.storage in self.described:
            self.dark("proxmox-rows-odd", f"{at.storage}: {odd}")
        return good

    def _keep_hidden(self, at: OnNode, shown: set[str]) -> None:
        """Rows of backups we may not see are missing without a word (proxmox.md 5).

        The dry run of pruning hides none; it tells their time, not their size.
        """
        try:
            rows = self.call.rows(
                "nodes", at.node, "storage", at.storage, "prunebackups", prune_backups=DRY_RUN
            )
        except EngineError:
            if at.storage in self.described and not self._may_see(at.storage):
                self.dark(UNSEEN, at.storage)
            return
        hidden = self._archives(at, (row for row in rows if parse.name(row, at) not in shown))
        for each in hidden:
            self.archives[each.id] = each
        ours = sum(each.vmid in self.assets for each in hidden)
        if ours and at.storage in self.described:
            self.dark(HIDDEN, f"{at.storage}: {ours}")

    def _may_see(self, storage: str) -> bool:
        return all(self.rights.shows_row(storage, vmid) for vmid in self.assets)

    def _holds_ours(self, at: OnNode) -> bool:
        return any(
            each.storage == at.storage and each.vmid in self.assets
            for each in self.archives.values()
        )


def begin(call: Call) -> Look:
    """Rights first, then the cluster. Raises EngineError when nothing can be asked at all."""
    rights = parse_rights(call.data("access", "permissions"))
    if rights is None:
        raise call.confused()
    nodes = parse.nodes(call.rows("nodes"))
    resources = call.rows("cluster", "resources")
    assets = {int(vmid): asset for vmid, asset in call.spec.archives.items() if vmid.isdecimal()}
    return Look(call, assets, rights, nodes, resources)
