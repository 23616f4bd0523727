"""What the ledger knows of recovery kits: the newest one, whether it opened, what changed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from phoenix_dr.core import kit
from phoenix_dr.core.keys_found import recipients_of
from phoenix_dr.core.model import Estate

GRAIN = timedelta(seconds=1)
"""A kit says when it was made in whole seconds."""


@dataclass(frozen=True, slots=True)
class KitMaking:
    """A kit that was made. `marks` are the public fingerprints of its identities, by key."""

    made_at: datetime
    elements: tuple[str, ...]
    files: tuple[str, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KitTrial:
    """A kit somebody tried to open. `made_at` None: it did not open, so it did not say.

    `ok` None: nothing was wrong, and something could not be tried.
    """

    tried_at: datetime
    kit: str
    made_at: datetime | None
    ok: bool | None
    elements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KitState:
    """The newest kit known: what is in it by name, and how the last trial of it went."""

    made_at: datetime
    elements: tuple[str, ...]
    marks: Mapping[str, str] = field(default_factory=dict)
    tried_at: datetime | None = None
    ok: bool | None = None


@dataclass(frozen=True, slots=True)
class KitLook:
    """What a look at the ledger and at the key files says; `state` None: no kit is known."""

    state: KitState | None
    outdated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyDates:
    """What the house's keys are now: public fingerprints by key, last changes by kit element."""

    marks: Mapping[str, str] = field(default_factory=dict)
    changed: Mapping[str, datetime] = field(default_factory=dict)


def newest(made: Iterable[KitMaking], tried: Iterable[KitTrial]) -> KitState | None:
    """The newest kit that was made here or opened here; None while none is known."""
    makings = {each.made_at: each for each in made}
    trials = sorted(tried, key=lambda trial: trial.tried_at)
    opened = {each.made_at: each for each in trials if each.made_at is not None}
    if not makings and not opened:
        return None
    at = max((*makings, *opened))
    making = makings.get(at)
    if making is not None:
        state = KitState(at, making.elements, making.marks)
    else:
        state = KitState(at, opened[at].elements)
    files = frozenset(making.files) if making else frozenset[str]()
    own = [t for t in trials if t.made_at == at or _is_shut(t, files, since=at)]
    return replace(state, tried_at=own[-1].tried_at, ok=own[-1].ok) if own else state


def _is_shut(trial: KitTrial, files: frozenset[str], *, since: datetime) -> bool:
    """A file of this kit that did not open; an older kit may have lain there before."""
    return trial.made_at is None and trial.kit in files and trial.tried_at > since


def outdated(state: KitState, estate: Estate, dates: KeyDates) -> tuple[str, ...]:
    """Elements the kit lacks, or holds as they were before their last change.

    A trial after the change that found everything opening clears it: a file may be written
    again with the same content.
    """
    lacking = [name for name in kit.required(estate) if name not in {*state.elements, kit.MANIFEST}]
    proved_at = state.tried_at if state.ok else None
    known = set(state.elements)
    changed = [
        name
        for name, at in dates.changed.items()
        if name in known and at > state.made_at + GRAIN and (proved_at is None or proved_at < at)
    ]
    rotated = [
        kit.identity(key)
        for key, mark in state.marks.items()
        if (now := recipients_of(dates.marks.get(key, ""))) and not now <= recipients_of(mark)
    ]
    return tuple(dict.fromkeys((*lacking, *changed, *rotated)))
