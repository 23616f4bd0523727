"""Keys found on this machine by path and public fingerprint, and what each SOPS file opens with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from phoenix_dr.core.discovery import Unseen


class KeyKind(StrEnum):
    """What a file is that opens something."""

    AGE = "age"
    SSH = "ssh"
    SSH_HOST = "ssh-host"
    KUBECONFIG = "kubeconfig"
    K3S_TOKEN = "k3s-token"  # noqa: S105
    PASSWORD = "password"  # noqa: S105
    BORG = "borg"
    PBS = "pbs"
    S3 = "s3"
    ACME = "acme"
    TLS = "tls"
    EXPORT = "export"
    """Everything a password manager holds, in the clear."""
    VAULT = "vault"
    """A password manager's own encrypted file, or an encrypted export."""


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key file: `path` as it was asked for, `real` where a link led, "" when none did.

    `fingerprint` is public, "" where none exists (a hash of a password would help to guess it).
    `mode` are its permission bits; `exposed` means that every user of the machine can read it.
    `locked` says whether a passphrase protects it, None when that cannot be told. `changed_at` is
    its modification time: as old as that, at least in this place. `in_git` None: not in a work
    tree, or git could not be asked.
    """

    kind: KeyKind
    path: str
    real: str = ""
    fingerprint: str = ""
    owner: str = ""
    mode: int = 0
    exposed: bool = False
    locked: bool | None = None
    changed_at: datetime | None = None
    in_git: bool | None = None


@dataclass(frozen=True, slots=True)
class SopsFile:
    """A file SOPS encrypted: age recipients, and how many other keys (PGP, KMS) open it too.

    `any_of` is False when several groups of keys are needed together (Shamir).
    """

    path: str
    recipients: tuple[str, ...]
    others: int = 0
    any_of: bool = True


@dataclass(frozen=True, slots=True)
class SopsRule:
    """A `.sops.yaml`: the age recipients new files will have."""

    path: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeysFound:
    """One look. With `unseen` entries, an empty list is not evidence of absence."""

    looked_at: datetime
    keys: tuple[FoundKey, ...] = ()
    sops: tuple[SopsFile, ...] = ()
    rules: tuple[SopsRule, ...] = ()
    unseen: tuple[Unseen, ...] = ()


def recipients_of(fingerprint: str) -> frozenset[str]:
    """The age recipients in a key's fingerprint, which lists them with commas."""
    return frozenset(each for each in fingerprint.replace(",", " ").split() if each)


def opened_by(files: Iterable[SopsFile], recipients: frozenset[str]) -> tuple[SopsFile, ...]:
    """Files that name one of these recipients."""
    return tuple(each for each in files if recipients.intersection(each.recipients))


def only_with(files: Iterable[SopsFile], recipients: frozenset[str]) -> tuple[SopsFile, ...]:
    """Files that nothing but these recipients opens."""
    return tuple(
        each
        for each in files
        if recipients.intersection(each.recipients)
        and (not each.any_of or (not each.others and recipients.issuperset(each.recipients)))
    )


def alone(files: Iterable[SopsFile], fingerprints: Mapping[str, str]) -> Mapping[str, int]:
    """Per key name the number of files it alone opens."""
    listed = tuple(files)
    return {
        name: len(only_with(listed, found)) if (found := recipients_of(text)) else 0
        for name, text in fingerprints.items()
    }
