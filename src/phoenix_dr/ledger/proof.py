"""Verification: recompute the chain, derive the tables anew from it, compare."""

from __future__ import annotations

import json
import operator
import sqlite3
from dataclasses import dataclass
from itertools import starmap, zip_longest

from phoenix_dr.ledger.chain import GENESIS, Stored, link
from phoenix_dr.ledger.manifests import Sealed, is_intact
from phoenix_dr.ledger.payload import apply
from phoenix_dr.ledger.records import Kind, Verification
from phoenix_dr.ledger.schema import DERIVED
from phoenix_dr.ledger.store import Store

SHORTEST_HEAD = 12
"""Characters of a printed head that are enough to look for it."""
_COMPARED = {
    "assets": "SELECT * FROM {}.assets ORDER BY id",
    "places": "SELECT * FROM {}.places ORDER BY id",
    "origins": "SELECT * FROM {}.origins ORDER BY id",
    "lanes": "SELECT * FROM {}.lanes ORDER BY asset, place",
    "points": "SELECT * FROM {}.points ORDER BY asset, taken_at, place, id",
    # The body is compared by its hash; here only whether it is there.
    "manifests": "SELECT engine, point, hash, gone_at, body IS NULL FROM {}.manifests"
    " ORDER BY engine, point",
}
"""How each derived table is read for comparison, in the order of its key."""


@dataclass(slots=True)
class _Walk:
    """How far the chain was followed."""

    rows: int = 0
    head: str = GENESIS
    bad: int | None = None
    reason: str = ""
    met: bool = False


class Proofs(Store):
    """Looking for what someone changed."""

    def verify(self, expected_head: str | None = None) -> Verification:
        """Follow the whole chain and rebuild the tables from it.

        `expected_head` is a hash, or its first twelve characters or more, that was printed
        earlier: it must still be a row. Without it a cut-off end cannot be noticed.
        """
        with self.stream() as connection:
            walk = _follow(connection, expected_head)
            agree = None if walk.bad else _tables_agree(connection)
        if not walk.reason and expected_head is not None and not walk.met:
            walk.reason = "head-missing"
        if not walk.reason and not agree:
            walk.reason = "points-differ"
        return Verification(not walk.reason, walk.rows, walk.bad, walk.head, walk.reason, agree)


def _follow(connection: sqlite3.Connection, expected: str | None) -> _Walk:
    walk = _Walk(met=expected == GENESIS)
    wanted = expected if expected and len(expected) >= SHORTEST_HEAD else None
    stored: Stored
    for stored in connection.execute(
        "SELECT seq, at, kind, subject, payload, hash FROM rows ORDER BY seq"
    ):
        if stored[0] != walk.rows + 1:
            walk.bad, walk.reason = walk.rows + 1, "row-missing"
            break
        if not _is_linked(walk.head, stored):
            walk.bad, walk.reason = stored[0], "hash-differs"
            break
        walk.rows, walk.head = stored[0], stored[5]
        walk.met = walk.met or (wanted is not None and walk.head.startswith(wanted))
    return walk


def _is_linked(before: str, stored: Stored) -> bool:
    try:
        return link(before, stored) == stored[5]
    except (ValueError, OverflowError):
        # A moment or text that we never write.
        return False


def _tables_agree(connection: sqlite3.Connection) -> bool:
    """Whether the derived tables are exactly what the chained rows make of empty ones."""
    for name, columns in DERIVED.items():
        # Temporary tables hide the real ones from `apply`, which names no schema.
        connection.execute(f"CREATE TEMP TABLE {name} {columns}")
    try:
        for kind, at, payload in connection.execute(
            "SELECT kind, at, payload FROM rows WHERE kind IN (?, ?) ORDER BY seq",
            (str(Kind.OBSERVATION), str(Kind.CONFIG)),
        ):
            apply(connection, kind, json.loads(payload), at=at // 1_000_000)
    except (ValueError, TypeError, LookupError, AttributeError, sqlite3.IntegrityError):
        # A row with a right hash that Phoenix cannot have written.
        return False
    return all(_same(connection, name) for name in DERIVED) and _bodies(connection)


def _same(connection: sqlite3.Connection, name: str) -> bool:
    real, derived = (
        connection.execute(_COMPARED[name].format(schema)) for schema in ("main", "temp")
    )
    return all(starmap(operator.eq, zip_longest(real, derived)))


def _bodies(connection: sqlite3.Connection) -> bool:
    kept = connection.execute("SELECT hash, body FROM main.manifests WHERE body NOT NULL")
    return all(is_intact(Sealed(*found)) for found in kept)
