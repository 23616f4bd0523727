"""The public half of an OpenSSH private key, which stands in it unencrypted."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

_ARMOR = re.compile(
    "-----BEGIN OPENSSH PRIVATE KEY-----(.*?)-----END OPENSSH PRIVATE KEY-----", re.DOTALL
)
_MAGIC = b"openssh-key-v1\0"
_PUBLIC = re.compile(r"(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+\s+([A-Za-z0-9+/=]{40,})")


def public_blobs(text: str) -> Iterator[bytes]:
    """The public key of each private key in a text, in OpenSSH's wire form.

    Also of one behind a passphrase. What is not in OpenSSH's own form is passed over.
    """
    for armored in _ARMOR.findall(text):
        try:
            found = _public(base64.b64decode("".join(armored.split()), validate=True))
        except (ValueError, IndexError, binascii.Error):
            continue
        if found:
            yield found


def listed_blobs(text: str) -> Iterator[bytes]:
    """Public keys of an `authorized_keys` or `allowed_signers` text, in wire form."""
    for encoded in _PUBLIC.findall(text):
        try:
            yield base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            continue


def _public(blob: bytes) -> bytes:
    if not blob.startswith(_MAGIC):
        return b""
    rest = blob[len(_MAGIC) :]
    for _ in ("cipher", "kdf", "options"):
        _, rest = _string(rest)
    # Number of keys; OpenSSH writes one.
    return _string(rest[4:])[0]


def _string(blob: bytes) -> tuple[bytes, bytes]:
    size = int.from_bytes(blob[:4], "big")
    if size > len(blob) - 4:
        raise ValueError("torn")
    return blob[4 : 4 + size], blob[4 + size :]
