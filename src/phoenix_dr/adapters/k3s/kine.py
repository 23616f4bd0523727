"""Questions to a restored kine database, and to be read what its sqlite3 program answered.

kine keeps every revision of every object as a row; the newest of a name counts, unless it says
deleted. https://github.com/k3s-io/kine
"""

from __future__ import annotations

from dataclasses import dataclass

from phoenix_dr.adapters.k3s.token import PREFIX

_NEWEST = (
    "FROM kine WHERE deleted = 0 AND id IN "
    "(SELECT max(id) FROM kine WHERE name >= '{first}' AND name < '{after}' GROUP BY name)"
)
_ENCRYPTED = "6B38733A656E633A"
"""`k8s:enc:`, with which the API server begins what it encrypted, in hexadecimal."""
BOOTSTRAPS = 64
"""Most keys of bootstrap data looked at; each change of the token leaves one."""
OBJECTS = "SELECT count(*) " + _NEWEST.format(first="/registry/", after="/registry0") + ";"
SECRETS = (
    "SELECT count(*) "
    + _NEWEST.format(first="/registry/secrets/", after="/registry/secrets0")
    + f" AND hex(substr(value, 1, 8)) = '{_ENCRYPTED}';"
)
KEYS = (
    "SELECT id, name "
    + _NEWEST.format(first=PREFIX, after=PREFIX[:-1] + "0")
    + f" ORDER BY id DESC LIMIT {BOOTSTRAPS};"
)


@dataclass(frozen=True, slots=True)
class Key:
    """A row of bootstrap data: its id in kine, and its name."""

    id: int
    name: str


def number(answer: bytes) -> int | None:
    """The one number of an answer."""
    text = answer.strip()
    return int(text) if text.isdigit() and len(text) < 19 else None


def keys(answer: bytes) -> tuple[Key, ...]:
    """The rows of KEYS; what is none is left out."""
    found = []
    for line in answer.decode("utf-8", "replace").splitlines()[:BOOTSTRAPS]:
        id_, bar, name = line.partition("|")
        if bar and id_.isdecimal() and len(id_) < 19:
            found.append(Key(int(id_), name))
    return tuple(found)


def value_of(key: Key) -> str:
    """The statement that asks for the value of a row, in hexadecimal."""
    return f"SELECT hex(value) FROM kine WHERE id = {key.id:d};"  # noqa: S608 - a whole number


def value(answer: bytes) -> bytes | None:
    """The bytes of a value; None when the answer is not one."""
    try:
        return bytes.fromhex(answer.decode("ascii").strip())
    except ValueError:
        return None
