"""Where keys usually lie: fixed paths, folders whose names tell, and names of exports."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from phoenix_dr.adapters.keys_found.reading import Grounds, Outside
from phoenix_dr.core.keys_found import KeyKind

SYSTEM: tuple[tuple[KeyKind, str], ...] = (
    (KeyKind.AGE, "/etc/sops/age/keys.txt"),
    (KeyKind.AGE, "/etc/age/keys.txt"),
    (KeyKind.AGE, "/var/lib/sops-nix/key.txt"),
    (KeyKind.KUBECONFIG, "/etc/rancher/k3s/k3s.yaml"),
    (KeyKind.KUBECONFIG, "/etc/kubernetes/admin.conf"),
    (KeyKind.K3S_TOKEN, "/var/lib/rancher/k3s/server/token"),
    (KeyKind.K3S_TOKEN, "/var/lib/rancher/k3s/server/agent-token"),
    (KeyKind.ACME, "/etc/traefik/acme.json"),
)
AT_HOME: tuple[tuple[KeyKind, str], ...] = (
    (KeyKind.AGE, ".config/sops/age/keys.txt"),
    (KeyKind.AGE, ".config/age/keys.txt"),
    (KeyKind.AGE, ".age/keys.txt"),
    (KeyKind.AGE, ".age/key.txt"),
    (KeyKind.KUBECONFIG, ".kube/config"),
    (KeyKind.PBS, ".config/proxmox-backup/encryption-key.json"),
    (KeyKind.PBS, ".config/proxmox-backup/master-key.pem"),
    (KeyKind.S3, ".aws/credentials"),
    (KeyKind.S3, ".config/rclone/rclone.conf"),
    (KeyKind.S3, ".s3cfg"),
    (KeyKind.S3, ".mc/config.json"),
    (KeyKind.S3, ".config/restic/env"),
)
FOLDERS: tuple[tuple[KeyKind, str, str], ...] = (
    (KeyKind.SSH_HOST, "/etc/ssh", r"ssh_host_\w+_key"),
    (KeyKind.PBS, "/etc/pve/priv/storage", r".+\.enc"),
)
HOME_FOLDERS: tuple[tuple[KeyKind, str, str], ...] = (
    (KeyKind.SSH, ".ssh", r".+"),
    (KeyKind.BORG, ".config/borg/keys", r".+"),
    *(
        (kind, folder, name)
        for folder in ("", "Downloads", "Téléchargements", "Documents", "Desktop", "Bureau")
        for kind, name in (
            (KeyKind.EXPORT, r"(?i)(bitwarden|vaultwarden).*(export).*\.(json|csv)"),
            (KeyKind.EXPORT, r"(?i)(1password|lastpass|keepass|dashlane|enpass).*\.(csv|1pif|xml)"),
            (KeyKind.EXPORT, r"(?i).*\.(1pux|1pif)"),
            (KeyKind.VAULT, r"(?i).*\.kdbx"),
        )
    ),
)
NO_PRIVATE = re.compile(r".*\.pub|known_hosts.*|authorized_keys.*|config|environment|rc|allowed_.*")
LETSENCRYPT = "/etc/letsencrypt"
MOST_NAMES = 2000
IN_PROJECT: tuple[tuple[KeyKind, str], ...] = (
    (KeyKind.SSH, r"id_(rsa|ecdsa|ed25519)(_sk)?"),
    (KeyKind.AGE, r"(keys|key|age|identity|age-key)\.(txt|agekey)|.*\.agekey"),
    (KeyKind.KUBECONFIG, r"kubeconfig(\.ya?ml)?|k3s\.yaml"),
    (KeyKind.ACME, r"acme\.json"),
    (KeyKind.EXPORT, r"(?i)(bitwarden|vaultwarden).*export.*\.(json|csv)|.*\.1pux"),
)
"""Files of a project that are keys by their name; their content decides where it can."""

Candidate = tuple[KeyKind, str]


def candidates(grounds: Grounds, homes: tuple[str, ...]) -> Iterator[Candidate]:
    """Paths where a key may lie; whether it does is for the one who opens them."""
    yield from SYSTEM
    for kind, folder, name in FOLDERS:
        yield from _named(grounds, kind, folder, name)
    yield from _letsencrypt(grounds)
    for home in homes:
        for kind, path in AT_HOME:
            yield kind, f"{home}/{path}"
        for kind, folder, name in HOME_FOLDERS:
            yield from _named(grounds, kind, f"{home}/{folder}".rstrip("/"), name)


def of_project(name: str) -> KeyKind | None:
    """What a file of a project is by its name."""
    return next((kind for kind, form in IN_PROJECT if re.fullmatch(form, name)), None)


def _named(grounds: Grounds, kind: KeyKind, folder: str, form: str) -> Iterator[Candidate]:
    for name in _names(grounds, folder):
        if re.fullmatch(form, name) and not (kind is KeyKind.SSH and NO_PRIVATE.fullmatch(name)):
            yield kind, f"{folder}/{name}"


def _letsencrypt(grounds: Grounds) -> Iterator[Candidate]:
    """Keys of accounts, four folders deep, and of the certificates in use."""
    for server in _names(grounds, f"{LETSENCRYPT}/accounts"):
        for directory in _names(grounds, f"{LETSENCRYPT}/accounts/{server}"):
            folder = f"{LETSENCRYPT}/accounts/{server}/{directory}"
            for account in _names(grounds, folder):
                yield KeyKind.ACME, f"{folder}/{account}/private_key.json"
    for name in _names(grounds, f"{LETSENCRYPT}/live"):
        yield KeyKind.TLS, f"{LETSENCRYPT}/live/{name}/privkey.pem"


def _names(grounds: Grounds, folder: str) -> list[str]:
    """Names in a folder, not too many; none when it cannot be read or is a link to elsewhere."""
    try:
        real = grounds.resolve(folder)
        return sorted(os.listdir(grounds.below(real)))[:MOST_NAMES] if real else []
    except (OSError, Outside):
        return []
