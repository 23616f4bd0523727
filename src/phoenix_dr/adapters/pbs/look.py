"""Walking through the datastores of a PBS: what is there, and what could not be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from time import monotonic
from typing import Any, TypeVar

from phoenix_dr.adapters.pbs import parse
from phoenix_dr.adapters.pbs.call import Call
from phoenix_dr.adapters.pbs.rights import Sight, sight
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.pbs import GUESTS, Datastore, Group, Namespace, Snapshot, place
from phoenix_dr.errors import EngineError

T = TypeVar("T")
WHOLE = 5_000
"""Snapshots of a namespace that are asked for at once; of more, those of our guests alone."""
MOST = 200_000
"""Snapshots that are held in memory of one PBS."""
MOST_SPACES = 1_000
LONGEST = 600.0
"""Seconds a whole look may take."""


@dataclass
class Look:
    """One look at a PBS; fills up as it is walked through."""

    call: Call
    usages: dict[str, Datastore] = field(default_factory=dict)
    namespaces: list[Namespace] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    sights: dict[str, Sight] = field(default_factory=dict)
    undescribed: list[str] = field(default_factory=list)
    blind: list[BlindSpot] = field(default_factory=list)
    until: float = field(default_factory=lambda: monotonic() + LONGEST)

    @property
    def described(self) -> Mapping[str, str]:
        """`DATASTORE` or `DATASTORE/NAMESPACE` → location, as phoenix.yaml has it."""
        return self.call.spec.locations

    @property
    def assets(self) -> Mapping[str, str]:
        """Number of a guest → asset."""
        return self.call.spec.archives

    @property
    def datastores(self) -> tuple[str, ...]:
        """Datastores any described place lies in, in the order they were described."""
        return tuple(dict.fromkeys(each.partition("/")[0] for each in self.described))

    def walk(self) -> None:
        """Read every described place; look for our guests in the others."""
        listed = self._listed()
        for datastore in self.datastores:
            if listed is not None and datastore not in listed:
                self.dark("pbs-datastore-unseen", datastore)
                continue
            for space in self._spaces(datastore):
                self._read(space)
        for datastore in sorted((listed or set()) - set(self.datastores)):
            self._pry(Namespace(datastore))

    def dark(self, code: str, detail: str) -> None:
        """Note what could not be seen, once."""
        spot = BlindSpot(self.call.spec.id, code, detail)
        if spot not in self.blind:
            self.blind.append(spot)

    def tried(self, subject: str, ask: Callable[[], T]) -> T | None:
        """What a question brings; one that fails is a blind spot, and the others go on."""
        if monotonic() > self.until:
            self.dark("pbs-look-long", subject)
            return None
        try:
            return ask()
        except EngineError as error:
            said = str(error.parameters.get("detail", ""))
            self.dark(error.code, f"{subject}: {said}" if said else subject)
            return None

    def sight(self, datastore: str, namespace: str = "") -> Sight:
        """What of a place the token may see; nothing where even that could not be asked."""
        where = place(datastore, namespace)
        if where not in self.sights:
            found = self.tried(where, partial(sight, self.call, datastore, namespace))
            self.sights[where] = found or Sight(False)
        return self.sights[where]

    def _listed(self) -> set[str] | None:
        rows = self.tried("datastore-usage", partial(self.call.rows, "status", "datastore-usage"))
        for row in rows or ():
            if (found := parse.usage(row)) is not None:
                self.usages[found.name] = found
        return None if rows is None else set(self.usages)

    def _spaces(self, datastore: str) -> Iterator[Namespace]:
        """Namespaces of a datastore; described ones that are not listed are blind spots."""
        found = self._below(datastore)
        names = {each.name for each in found}
        for where in self.described:
            store, _, name = where.partition("/")
            if store == datastore and name not in names:
                if self.sight(datastore, name).any:
                    self.dark("pbs-namespace-missing", where)
                else:
                    self.dark("pbs-datastore-unseen", where)
        yield from found

    def _below(self, datastore: str) -> list[Namespace]:
        """Every namespace that is shown, asked from the root, else from each described one."""
        tops = [where.partition("/")[2] for where in self.described if _of(where, datastore)]
        if self.sight(datastore).any:
            tops = [""]
        found: dict[str, Namespace] = {}
        for top in dict.fromkeys(tops):
            if not self.sight(datastore, top).any:
                continue
            ask = partial(self.call.rows, "admin", "datastore", datastore, "namespace", parent=top)
            for row in self.tried(place(datastore, top), ask) or ():
                if (each := parse.namespace(row, datastore)) is not None:
                    at = self.described.get(each.place, "")
                    found[each.name] = replace(each, location=at)
        if len(found) > MOST_SPACES:
            self.dark("pbs-namespaces-many", f"{datastore}: {len(found) - MOST_SPACES}")
        kept = sorted(found.values(), key=lambda each: (not each.location, each.name))
        return kept[:MOST_SPACES]

    def _read(self, space: Namespace) -> None:
        if not space.location:
            self._pry(space)
            return
        seen = self.sight(space.datastore, space.name)
        groups, missed = None, 0
        if seen.any:
            groups = self.tried(space.place, partial(self._groups, space))
        if groups is not None:
            self.groups += groups
            # Each is asked, whatever became of the one before it.
            missed = sum(not self._keep(space, part) for part in self._parts(groups))
            self._check_owners(space, seen)
        whole = groups is not None and seen.whole and not missed
        self.namespaces.append(replace(space, seen=whole))
        if not seen.any:
            self.dark("pbs-datastore-unseen", space.place)

    def _check_owners(self, space: Namespace, seen: Sight) -> None:
        if not seen.whole:
            # Groups of other owners are left out without a word.
            self.dark("pbs-rows-hidden", space.place)

    def _parts(self, groups: list[Group]) -> Iterator[dict[str, str]]:
        """The questions that bring the snapshots: one, or one a guest where there are many."""
        if sum(each.count for each in groups) <= WHOLE:
            yield {}
            return
        for each in groups:
            if each.kind in GUESTS and each.name in self.assets:
                yield {"backup_type": each.kind, "backup_id": each.name}

    def _groups(self, space: Namespace) -> list[Group]:
        rows = self._rows(space, "groups")
        found = [each for row in rows if (each := parse.group(row, space)) is not None]
        if len(found) < len(rows):
            self.dark("pbs-rows-odd", f"{space.place}: {len(rows) - len(found)}")
        return found

    def _keep(self, space: Namespace, part: dict[str, str]) -> bool:
        """Keep the snapshots one question brings; whether it was answered."""
        subject = "/".join((space.place, *part.values()))
        rows = self.tried(subject, partial(self._rows, space, "snapshots", **part))
        if rows is None:
            return False
        odd = 0
        for row in rows:
            if len(self.snapshots) >= MOST:
                self.dark("pbs-snapshots-many", subject)
                return False
            if (each := parse.snapshot(row, space)) is None:
                odd += 1
            else:
                self.snapshots[each.id] = each
        if odd:
            self.dark("pbs-rows-odd", f"{subject}: {odd}")
        return True

    def _rows(self, space: Namespace, what: str, **params: str) -> list[dict[str, Any]]:
        path = ("admin", "datastore", space.datastore, what)
        return self.call.rows(*path, ns=space.name, **params)

    def _pry(self, space: Namespace) -> None:
        """Whether groups of our guests lie where phoenix.yaml names nothing.

        Of such a place nothing is claimed, so failing there is no blind spot.
        """
        try:
            found = self._groups(space) if monotonic() < self.until else []
        except EngineError:
            return
        if any(each.kind in GUESTS and each.name in self.assets for each in found):
            self.undescribed.append(space.place)


def _of(where: str, datastore: str) -> bool:
    return where.partition("/")[0] == datastore
