"""Where retention is not what phoenix.yaml and the policy document say it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Differs:
    """Two rules of one stream of a store that should be one, as phoenix.yaml spells them."""

    engine: str
    stream: str
    wanted: str
    found: str


@dataclass(frozen=True, slots=True)
class Short:
    """A policy whose rule reaches back fewer calendar days on an engine than its data needs."""

    policy: str
    engine: str
    days: int
    needed: int


@dataclass(frozen=True, slots=True)
class Expired:
    """Points of an asset that something else removed although their rule keeps them."""

    engine: str
    asset: str
    points: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Dropped:
    """Points of many assets that went from an engine between two looks; `of` were there."""

    engine: str
    points: int
    of: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Drift:
    """What findings about retention are made from.

    `document` is `missing` or `stale`, empty when the policy document fits or nobody needs one.
    `differs` compares the rule in force with the one wanted, `pending` with the one written.
    """

    document: str = ""
    differs: tuple[Differs, ...] = ()
    pending: tuple[Differs, ...] = ()
    short: tuple[Short, ...] = ()
    expired: tuple[Expired, ...] = ()
    dropped: tuple[Dropped, ...] = ()
