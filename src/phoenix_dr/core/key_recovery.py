"""Getting the keys back without the house: each step, and whether what it needs is still there.

A step is good when nothing it needs is lost with the site of this machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from phoenix_dr.core.custody_graph import (
    Disaster,
    Graph,
    Reach,
    at_hand,
    engine_survives,
    graph,
    house_lost,
    reach,
)
from phoenix_dr.core.model import Estate, Key, KeyCopy
from phoenix_dr.core.report import KeyCustody


@dataclass(frozen=True, slots=True)
class RecoveryStep:
    """One step: phrase `recovery.CODE`. `ok` None: nobody can tell; `why` is `recovery.why.WHY`."""

    section: str
    code: str
    parameters: tuple[tuple[str, str | int], ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    ok: bool | None = True
    why: str = ""
    named: str = ""


@dataclass(frozen=True, slots=True)
class KeyRecovery:
    """The whole procedure of an estate, and the site that is taken to be lost."""

    estate: str
    made_at: datetime
    site: str
    steps: tuple[RecoveryStep, ...]

    @property
    def broken(self) -> tuple[RecoveryStep, ...]:
        """Steps that need something of the house."""
        return tuple(step for step in self.steps if step.ok is False)


def procedure(estate: Estate, custody: Iterable[KeyCustody], *, now: datetime) -> KeyRecovery:
    """The steps in order: this page, keys, tools, repositories, what follows."""
    made, lost = graph(estate), house_lost(estate)
    after = reach(made, lost)
    held = {each.name: each for each in custody}
    return KeyRecovery(
        estate=estate.name,
        made_at=now,
        site=lost.site or "",
        steps=(
            RecoveryStep("before", "print", ok=None, why="print"),
            *(step for key in estate.keys.values() for step in _key(made, key, held[key.name])),
            RecoveryStep("tools", "tools"),
            *_engines(made, after, lost),
            RecoveryStep("then", "state"),
            RecoveryStep("then", "plan"),
        ),
    )


def _key(made: Graph, key: Key, held: KeyCustody) -> Iterator[RecoveryStep]:
    lost = house_lost(made.estate)
    after = reach(made, lost, without=frozenset({key.name}))
    steps = [_copy(made, key, copy, after=after, lost=lost) for copy in made.copies[key.name]]
    good = [step for step in steps if step.ok]
    # A copy in the house may lie there too; it only costs the procedure when no other is left.
    yield from good or [step for step in steps if step.ok is None]
    if not any(step.ok is not False for step in steps):
        facts = (("key", key.name),)
        yield RecoveryStep("keys", "no-copy", facts, ok=False, why="no-copy", named=key.name)
        yield from steps
    if key.age and held.fingerprint:
        compare = (("key", key.name), ("fingerprint", held.fingerprint))
        yield RecoveryStep("keys", "compare", compare, (("age-keygen", "-y", "COPY"),))


def _copy(made: Graph, key: Key, copy: KeyCopy, *, after: Reach, lost: Disaster) -> RecoveryStep:
    facts = (("key", key.name), ("place", copy.place), ("site", copy.site))
    if not at_hand(made, copy, after, lost):
        why = "inside" if copy.inside else "site"
        named = copy.inside or copy.site
        return RecoveryStep("keys", "take", facts, ok=False, why=why, named=named)
    if copy.inside is None and (service := _sounds_like(made.estate, copy.place)):
        return RecoveryStep("keys", "take", facts, ok=None, why="sounds", named=service)
    return RecoveryStep("keys", "take", facts)


def _sounds_like(estate: Estate, place: str) -> str:
    """A service the words of a place name, though nobody said `in`."""
    words = place.casefold().replace("-", " ").split()
    return next((name for name in estate.services if name.casefold() in words), "")


def _engines(made: Graph, after: Reach, lost: Disaster) -> Iterator[RecoveryStep]:
    used = {name for engines in made.assets.values() for name in engines}
    away = [
        name for name in made.openers if name in used and engine_survives(made.estate, name, lost)
    ]
    for name in away:
        spec = made.estate.engines[name]
        facts = (("engine", name), ("kind", spec.kind), ("repository", spec.repository))
        command = _listing(spec.kind, spec.repository)
        host = _host_in(made.estate, spec.repository, lost)
        if host:
            yield RecoveryStep("open", "open", facts, command, ok=False, why="address", named=host)
        elif name not in after.engines:
            yield RecoveryStep("open", "open", facts, command, ok=False, why="key", named=name)
        elif spec.environment and not _stood_for(made.estate, f"{name}.environment"):
            yield RecoveryStep("open", "open", facts, command, ok=None, why="access", named=name)
        else:
            yield RecoveryStep("open", "open", facts, command)
    if not away:
        yield RecoveryStep("open", "nothing-away", ok=False, why="nothing-away")


def _stood_for(estate: Estate, secret: str) -> bool:
    return any(secret in key.secrets for key in estate.keys.values())


def _listing(kind: str, repository: str) -> tuple[tuple[str, ...], ...]:
    if kind == "restic":
        return (("restic", "-r", repository, "snapshots"),)
    return (("borg", "list", repository),) if kind == "borg" else ()


def _host_in(estate: Estate, address: str, lost: Disaster) -> str:
    """A host of the lost site that an address goes through; paths of a disk are none."""
    if address.startswith("/") or lost.site is None:
        return ""
    words = address.replace("@", " ").replace("/", " ").replace(":", " ").split()
    return next(
        (
            host.name
            for host in estate.hosts.values()
            if host.site == lost.site and host.name in words
        ),
        "",
    )
