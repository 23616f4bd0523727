"""The server's token: what K3s derives from it, and whether a datastore was made with it.

K3s keeps its own certificates and keys in the datastore under `/bootstrap/HASH`, encrypted with
the token's password; with another token it does not start. HASH is the beginning of the
password's SHA-256, the value `SALT:BASE64(nonce, AES-256-GCM)` with a key of PBKDF2-HMAC-SHA1
over 4096 rounds. https://github.com/k3s-io/k3s/blob/master/pkg/cluster/encrypt.go
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from enum import StrEnum

from phoenix_dr.adapters.k3s.sealed import is_sealed_with

PREFIX = "/bootstrap/"
SHOWN = 12
ROUNDS = 4096
NONCE = 12
LARGEST_SEALED = 4 << 20
LARGEST_TOKEN = 4096


class Match(StrEnum):
    """What a token is to a datastore."""

    OPENS = "opens"
    """Its bootstrap data was encrypted with it."""
    NO_BOOTSTRAP = "no-bootstrap"
    """It holds no bootstrap data: nothing to compare."""
    OTHER = "other-token"
    """It was encrypted with another one."""
    DAMAGED = "damaged"
    """It is there under this token's name and yet cannot be decrypted."""
    MALFORMED = "malformed"
    """The file holds no token."""


def password(token: str) -> str:
    """The part K3s encrypts with: of `K10CA-HASH::USER:PASSWORD`, or all of a bare one.

    ValueError when it is neither.
    """
    given = token.strip()
    if not given.startswith("K10"):
        return _not_empty(given)
    rest = given.removeprefix("K10")
    _, separator, after = rest.partition("::")
    login = after if separator else rest
    _, colon, secret = login.partition(":")
    if not colon:
        raise ValueError("no user and password")
    return _not_empty(secret)


def fingerprint(token: str) -> str:
    """12 hexadecimal digits that name a token, as the datastore itself shows them."""
    return _hash(password(token))


def match(token: str, bootstrap: Mapping[str, bytes]) -> Match:
    """What a token is to the bootstrap data of a datastore (by key)."""
    try:
        secret = password(token)
    except ValueError:
        return Match.MALFORMED
    if not bootstrap:
        return Match.NO_BOOTSTRAP
    # Before 2021 the whole token was hashed; K3s still reads that, and renames it.
    for passphrase in dict.fromkeys((secret, token.strip())):
        sealed = bootstrap.get(PREFIX + _hash(passphrase))
        if sealed is not None:
            return Match.OPENS if _opens(passphrase, sealed) else Match.DAMAGED
    return Match.OTHER


def _opens(passphrase: str, sealed: bytes) -> bool:
    salt, colon, text = sealed[:LARGEST_SEALED].partition(b":")
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    if not colon or len(data) <= NONCE:
        return False
    key = hashlib.pbkdf2_hmac("sha1", passphrase.encode(), salt, ROUNDS, 32)
    return is_sealed_with(key, data[:NONCE], data[NONCE:])


def _hash(passphrase: str) -> str:
    return hashlib.sha256(passphrase.encode()).hexdigest()[:SHOWN]


def _not_empty(secret: str) -> str:
    if not secret:
        raise ValueError("empty")
    return secret
