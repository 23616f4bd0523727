"""SSH private keys: the public half and the cipher from the header, never the private part.

An OpenSSH file begins with cipher, key derivation and the public key, then the private part
(PROTOCOL.key of OpenSSH). Older PEM files say in their second line whether they are encrypted and
hold no public half; it is then taken from the `.pub` beside it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

from phoenix_dr.adapters.keys_found.reading import Slow

MAGIC = b"openssh-key-v1\0"
LARGEST = 16_384
"""Bytes of a public key; RSA of 16384 bits needs 2 KiB."""


def header(source: Slow) -> tuple[str, bool | None] | None:
    """The fingerprint and whether a passphrase is needed; None when this is no private key."""
    first = source.line()
    if first == b"-----BEGIN OPENSSH PRIVATE KEY-----":
        return _openssh(source)
    if first == b"-----BEGIN ENCRYPTED PRIVATE KEY-----":
        return "", True
    if first == b"-----BEGIN PRIVATE KEY-----":
        return "", False
    if first.startswith(b"-----BEGIN ") and first.endswith(b" PRIVATE KEY-----"):
        return "", source.take(10) == b"Proc-Type:"
    return None


def public(line: bytes) -> str:
    """The fingerprint of one line of a `.pub` file, "" when it is none."""
    words = line.split()
    if len(words) < 2:
        return ""
    try:
        return _fingerprint(base64.b64decode(words[1], validate=True))
    except binascii.Error:
        return ""


def _openssh(source: Slow) -> tuple[str, bool | None]:
    try:
        reader = _Fields(source)
        if reader.take(len(MAGIC)) != MAGIC:
            return "", None
        cipher, _, _ = reader.text(), reader.text(), reader.text()
        if int.from_bytes(reader.take(4), "big") < 1:
            return "", None
        return _fingerprint(reader.text()), cipher != b"none"
    except ValueError:
        return "", None


class _Fields:
    """Length-prefixed fields out of base64, no more of it decoded than they need."""

    def __init__(self, source: Slow) -> None:
        self._source = source
        self._held = b""

    def take(self, count: int) -> bytes:
        if count > LARGEST:
            raise ValueError("too long")
        if count > len(self._held):
            self._held += self._source.decoded(count - len(self._held))
        found, self._held = self._held[:count], self._held[count:]
        return found

    def text(self) -> bytes:
        return self.take(int.from_bytes(self.take(4), "big"))


def _fingerprint(blob: bytes) -> str:
    """As `ssh-keygen -l` shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
