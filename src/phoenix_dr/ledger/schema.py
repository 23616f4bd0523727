"""The tables of ledger.db, and how text and moments lie in their columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

APPLICATION_ID = 0x70687831
"""Marks the file as a ledger (`phx1`)."""

ROWS = (
    """CREATE TABLE rows (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
    payload TEXT NOT NULL, hash TEXT NOT NULL) STRICT""",
    "CREATE INDEX rows_by_kind ON rows (kind, subject, seq)",
)

# Key columns first, as an audit reads them; engines hold millions of points.
DERIVED = {
    "assets": """(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, known_at INTEGER NOT NULL) STRICT""",
    "places": """(
    id INTEGER PRIMARY KEY, engine TEXT NOT NULL, location TEXT NOT NULL,
    UNIQUE (engine, location)) STRICT""",
    "origins": """(
    id INTEGER PRIMARY KEY, host TEXT NOT NULL, paths TEXT NOT NULL,
    UNIQUE (host, paths)) STRICT""",
    "lanes": """(
    asset INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (asset, place))
    STRICT, WITHOUT ROWID""",
    "points": """(
    asset INTEGER NOT NULL, taken_at INTEGER NOT NULL, place INTEGER NOT NULL, id TEXT NOT NULL,
    state INTEGER NOT NULL, duration INTEGER, size INTEGER, files INTEGER,
    fraction INTEGER NOT NULL, complete INTEGER, protected INTEGER NOT NULL,
    origin INTEGER NOT NULL, seen_at INTEGER NOT NULL, gone_at INTEGER,
    PRIMARY KEY (asset, taken_at, place, id)) STRICT, WITHOUT ROWID""",
    "manifests": """(
    engine TEXT NOT NULL, point TEXT NOT NULL, hash TEXT NOT NULL, body BLOB,
    gone_at INTEGER,    PRIMARY KEY (engine, point)) STRICT, WITHOUT ROWID""",
}
"""Tables that the chained rows fully determine (but for `body`)."""

PRESENT = (
    # gone_at is always NULL here; naming it lets SQLite answer from the index alone.
    "CREATE INDEX present ON points (place, asset, gone_at, state, taken_at DESC, id)"
    " WHERE gone_at IS NULL"
)
KEPT = (
    """CREATE TABLE engines (
    engine TEXT PRIMARY KEY, first_at INTEGER NOT NULL, tried_at INTEGER NOT NULL,
    observed_at INTEGER, opened_at INTEGER, fingerprint TEXT, version TEXT NOT NULL,
    blind TEXT NOT NULL, locks TEXT NOT NULL) STRICT, WITHOUT ROWID""",
    "CREATE TABLE blobs (name TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID",
)
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        *ROWS,
        *(f"CREATE TABLE {name} {columns}" for name, columns in DERIVED.items()),
        PRESENT,
        *KEPT,
    ),
)
"""Step n takes a ledger from version n to n + 1. Released steps never change."""
VERSION = len(MIGRATIONS)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ESCAPED = "\x01"
_MOST = 2**63 - 1


def micros(moment: datetime) -> int:
    """Microseconds since 1970, exact. ValueError for a moment without time zone."""
    if moment.utcoffset() is None:
        raise ValueError(f"a moment without time zone: {moment.isoformat()}")
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(microseconds: int) -> datetime:
    """The UTC moment so many microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=microseconds)


def maybe_moment(microseconds: int | None) -> datetime | None:
    """The UTC moment, or None."""
    return None if microseconds is None else moment_of(microseconds)


def span_micros(duration: timedelta | None) -> int | None:
    """A duration in microseconds; None stays None, a negative one is not known."""
    return None if duration is None else fitting(duration // _MICROSECOND)


def fitting(number: int | None) -> int | None:
    """A count that a column can hold; anything an engine made up is not known."""
    return number if number is not None and 0 <= number <= _MOST else None


def column(text: str) -> str:
    """`text` as a column can hold it: text that is no valid Unicode is escaped, reversibly."""
    if not text.startswith(_ESCAPED) and _is_unicode(text):
        return text
    return _ESCAPED + text.encode("utf-8", "surrogatepass").hex()


def plain(stored: str) -> str:
    """The text that `column` stored."""
    if not stored.startswith(_ESCAPED):
        return stored
    return bytes.fromhex(stored[1:]).decode("utf-8", "surrogatepass")


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
