"""Public keys of OpenSSH as text: one key in a file, the lines of an allowed_signers file."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.errors import UsageError

LIMIT = 16 * 1024
"""Bytes a file with one public key may have."""
RSA_BITS = 3072
"""The shortest RSA key that may approve."""
RSA = "ssh-rsa"
TYPES = (
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    RSA,
)
"""Kinds of keys that may approve; `sk-` keys live on a device that wants to be touched."""
_PRIVATE = re.compile(rb"-----BEGIN|PuTTY-User-Key-File|AGE-SECRET-KEY-", re.IGNORECASE)
_NAMED = re.compile(
    r"""("[^"]*"|\S+)\s+                              # principals
        (?:((?:[^\s"]|"(?:[^"\\]|\\.)*")+)\s+)?       # options
        ([a-z0-9@.-]+)\s+([A-Za-z0-9+/]+=*)(?:\s.*)?  # type, key, comment
    """,
    re.VERBOSE | re.ASCII,
)
_MARK = "namespaces="


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key: its type as OpenSSH spells it, and base64."""

    type: str
    base64: str

    @property
    def fingerprint(self) -> str:
        """`SHA256:…`, as `ssh-keygen -l` shows it; ValueError when the base64 is broken."""
        digest = hashlib.sha256(base64.b64decode(self.base64, validate=True)).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the approvers file: whom the key stands for, and options as they are written."""

    name: str
    key: PublicKey
    options: str = ""

    def line(self, namespace: str) -> str:
        """The line as Phoenix writes it: good for one namespace, without a comment."""
        return f'{self.name} {_MARK}"{namespace}" {self.key.type} {self.key.base64}'


def entries(content: bytes) -> tuple[Entry, ...]:
    """The readable lines of an allowed_signers file; others have no effect on OpenSSH either."""
    found = (_entry(line) for line in content.decode("utf-8", "surrogateescape").splitlines())
    return tuple(entry for entry in found if entry is not None)


def _entry(line: str) -> Entry | None:
    found = None if line.lstrip().startswith("#") else _NAMED.fullmatch(line.strip())
    if found is None:
        return None
    name, options, kind, text = found.groups()
    key = PublicKey(kind, text)
    try:
        parts = _parts(key)
    except ValueError:
        return None
    return Entry(name.strip('"'), key, options or "") if parts[0] == kind.encode() else None


def public_key(path: Path) -> PublicKey:
    """The one public key of a file (`KEYTYPE BASE64 COMMENT`).

    Raises UsageError: key-missing, key-private, key-not-public, key-type, key-short.
    """
    content = _content(path)
    if _PRIVATE.search(content):
        raise UsageError("key-private", path=str(path))
    text = content.decode("utf-8", "replace")
    lines = [line.split() for line in text.splitlines() if line.strip() and line[0] != "#"]
    if len(lines) != 1 or len(lines[0]) < 2:
        raise UsageError("key-not-public", path=str(path))
    key = PublicKey(*lines[0][:2])
    try:
        kind, *numbers = _parts(key)
    except ValueError:
        raise UsageError("key-not-public", path=str(path)) from None
    if kind != key.type.encode() or key.type not in TYPES:
        raise UsageError("key-type", path=str(path), known=", ".join(TYPES))
    if key.type == RSA and _bits(numbers) < RSA_BITS:
        raise UsageError("key-short", path=str(path), bits=_bits(numbers), least=RSA_BITS)
    return key


def _content(path: Path) -> bytes:
    try:
        with open(path, "rb", opener=_opened) as source:
            regular = stat.S_ISREG(os.fstat(source.fileno()).st_mode)
            content = source.read(LIMIT + 1) if regular else b""
    except IsADirectoryError:
        content = b""
    except OSError as error:
        reason = error.strerror or ""
        raise UsageError("key-missing", path=str(path), reason=reason) from error
    if not content or len(content) > LIMIT:
        raise UsageError("key-not-public", path=str(path))
    return content


def _opened(path: str, _: int) -> int:
    # Without O_NONBLOCK opening a pipe would wait for ever.
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)


def _parts(key: PublicKey) -> list[bytes]:
    """The length-prefixed parts of a key (RFC 4253); ValueError when it is not made of such."""
    try:
        blob = base64.b64decode(key.base64, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    parts: list[bytes] = []
    while blob:
        length = int.from_bytes(blob[:4], "big")
        if len(blob) < 4 + length:
            raise ValueError("cut short")
        parts.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    if len(parts) < 2:
        raise ValueError("empty")
    return parts


def _bits(numbers: list[bytes]) -> int:
    """Length of an RSA modulus, the second number of such a key."""
    return int.from_bytes(numbers[1], "big").bit_length() if len(numbers) > 1 else 0
