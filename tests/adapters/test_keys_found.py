"""Keys by path and fingerprint: real ssh-keygen, age and git; nothing secret leaves the reader."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phoenix_dr import codec
from phoenix_dr.adapters.keys_found import Asked, Bounds, look
from phoenix_dr.adapters.keys_found.reading import Slow, opened
from phoenix_dr.adapters.keys_found.sops import parse, recipients
from phoenix_dr.adapters.keys_found.ssh import header
from phoenix_dr.core.keys_found import FoundKey, KeyKind, KeysFound, only_with
from tools import program

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HOME = "/home/me"
ALICE, BOB = (f"age1{letter * 58}" for letter in "qp")
CANARY = "canary-7f3a-never-shown"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """An empty machine with one home, readable by its owner only as homes are."""
    (tmp_path / "home/me").mkdir(parents=True)
    return tmp_path


def write(machine: Path, path: str, text: str | bytes, mode: int = 0o600) -> Path:
    place = machine / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(text if isinstance(text, bytes) else text.encode())
    place.chmod(mode)
    return place


def seen(machine: Path, asked: Asked | None = None, **bounds: int) -> KeysFound:
    found = look(
        asked or Asked(homes=(HOME,)),
        now=NOW,
        environ=os.environ,
        root=machine,
        bounds=Bounds(**bounds) if bounds else None,
    )
    assert CANARY not in codec.dumps(found)
    return found


def only(found: KeysFound) -> FoundKey:
    (key,) = found.keys
    return key


def keygen(path: Path, *options: str, phrase: str = "") -> str:
    """Make a key with ssh-keygen; its fingerprint as ssh-keygen says it."""
    tool = program("ssh-keygen")
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([tool, "-q", "-f", path, "-N", phrase, *options], check=True, timeout=60)
    said = subprocess.run(
        [tool, "-lf", path], capture_output=True, text=True, check=True, timeout=9
    )
    return said.stdout.split()[1]


@pytest.mark.parametrize("phrase", ["", "open sesame"])
@pytest.mark.parametrize("form", [("-t", "ed25519"), ("-t", "rsa", "-b", "2048"), ("-t", "ecdsa")])
def test_ssh_keys_as_ssh_keygen_says(machine: Path, form: tuple[str, ...], phrase: str) -> None:
    said = keygen(machine / "home/me/.ssh/id_any", *form, phrase=phrase)
    key = only(seen(machine))
    assert (key.kind, key.fingerprint, key.locked) == (KeyKind.SSH, said, bool(phrase))
    assert (key.path, key.mode, key.exposed) == (f"{HOME}/.ssh/id_any", 0o600, False)


@pytest.mark.parametrize("phrase", ["", "open sesame"])
def test_old_pem_keys_take_the_fingerprint_beside_them(machine: Path, phrase: str) -> None:
    said = keygen(
        machine / "home/me/.ssh/old", "-t", "rsa", "-b", "2048", "-m", "PEM", phrase=phrase
    )
    key = only(seen(machine))
    assert (key.fingerprint, key.locked) == (said, bool(phrase))
    (machine / "home/me/.ssh/old.pub").unlink()
    assert only(seen(machine)).fingerprint == ""


def test_the_private_part_is_never_read(machine: Path) -> None:
    path = machine / "home/me/.ssh/id_ed25519"
    keygen(path, "-t", "ed25519")
    whole = path.read_bytes()
    with opened(str(path)) as (descriptor, _):
        source = Slow(descriptor)
        assert header(source)
        read = source._at
    # magic, cipher, kdf, options, count, public key: 98 bytes, in base64 with the first line.
    assert read < len(whole) // 2
    path.write_bytes(whole[:read])
    assert only(seen(machine)).fingerprint


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"ssh config\n",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + b"\xff" * 90,
        b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + b"b3BlbnNzaC1rZXktdjEA" + b"/" * 400,
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl",
        os.urandom(3000),
    ],
)
def test_what_is_no_key_or_broken_never_crashes(machine: Path, text: bytes) -> None:
    write(machine, f"{HOME}/.ssh/thing", text)
    assert [key.fingerprint for key in seen(machine).keys] in ([], [""])


KUBE = f"apiVersion: v1\nusers:\n- user:\n    token: {CANARY}\n"
KINDS: dict[str, tuple[str, str | bytes, KeyKind, str, bool | None]] = {
    "age": (".config/sops/age/keys.txt", f"# x\nAGE-SECRET-KEY-{CANARY}\n", KeyKind.AGE, "", False),
    "age locked": (".config/age/keys.txt", "age-encryption.org/v1\n", KeyKind.AGE, "", True),
    "kube": (".kube/config", KUBE, KeyKind.KUBECONFIG, "", False),
    "borg": (".config/borg/keys/r", f"BORG_KEY {'a' * 64}\n{CANARY}", KeyKind.BORG, "a" * 64, None),
    "s3": (".aws/credentials", f"id = AKIAABCDEFGHIJKLMNOP\n{CANARY}", KeyKind.S3, "…MNOP", False),
    "export": (
        "Downloads/bitwarden_export_2.json",
        '{"encrypted": false}',
        KeyKind.EXPORT,
        "",
        False,
    ),
    "sealed": ("bitwarden_encrypted_export.json", '{"encrypted": true}', KeyKind.EXPORT, "", True),
    "kdbx": ("Documents/all.kdbx", b"\x03\xd9\xa2\x9a", KeyKind.VAULT, "", True),
}


@pytest.mark.parametrize(("path", "text", "kind", "mark", "locked"), KINDS.values(), ids=KINDS)
def test_each_kind(
    machine: Path, path: str, text: str | bytes, kind: KeyKind, mark: str, locked: bool | None
) -> None:
    write(machine, f"{HOME}/{path}", text)
    key = only(seen(machine))
    assert (key.kind, key.fingerprint, key.locked) == (kind, mark, locked)


def test_keys_of_the_machine(machine: Path) -> None:
    mark = ":".join(["ab"] * 32)
    write(machine, "/var/lib/rancher/k3s/server/token", f"K10{'c' * 64}::server:{CANARY}")
    pbs = {"kdf": None, "created": "x", "data": CANARY, "fingerprint": mark}
    write(machine, "/etc/pve/priv/storage/pbs.enc", json.dumps(pbs))
    write(machine, "/etc/letsencrypt/accounts/le/directory/ab/private_key.json", CANARY)
    said = keygen(machine / "etc/ssh/ssh_host_ed25519_key", "-t", "ed25519")
    found = {key.kind: key for key in seen(machine).keys}
    assert found.keys() == {KeyKind.K3S_TOKEN, KeyKind.PBS, KeyKind.ACME, KeyKind.SSH_HOST}
    assert found[KeyKind.K3S_TOKEN].fingerprint == f"ca:{'c' * 16}…"
    assert (found[KeyKind.PBS].fingerprint, found[KeyKind.PBS].locked) == (mark, False)
    assert found[KeyKind.SSH_HOST].fingerprint == said
    assert seen(machine, Asked(homes=(HOME,), system=False)).keys == ()


def test_a_file_everybody_can_read_is_exposed_unless_a_folder_is_closed(machine: Path) -> None:
    place = write(machine, f"{HOME}/.kube/config", KUBE, 0o644)
    for folder in (machine, machine / "home", machine / "home/me", place.parent):
        folder.chmod(0o755)
    assert only(seen(machine)).exposed
    place.parent.chmod(0o700)
    assert not only(seen(machine)).exposed


def test_links_are_followed_at_home_and_not_into_other_homes(machine: Path) -> None:
    real = write(machine, f"{HOME}/dotfiles/keys.txt", "AGE-SECRET-KEY-")
    link = machine / "home/me/.config/sops/age/keys.txt"
    link.parent.mkdir(parents=True)
    link.symlink_to(real)
    key = only(seen(machine))
    assert (key.path, key.real) == (
        f"{HOME}/.config/sops/age/keys.txt",
        f"{HOME}/dotfiles/keys.txt",
    )
    other = write(machine, "/home/other/keys.txt", f"AGE-SECRET-KEY-{CANARY}")
    for target in (other, Path("/etc/hostname"), other.parent):
        link.unlink()
        link.symlink_to(target)
        found = seen(machine)
        assert found.keys == ()
        assert [each.reason for each in found.unseen] == ["link-outside"]
    named = Asked(homes=(HOME,), files=((KeyKind.AGE, "/home/other/keys.txt"),))
    assert [key.path for key in seen(machine, named).keys] == ["/home/other/keys.txt"]


def test_a_folder_that_is_a_link_to_another_home_is_not_listed(machine: Path) -> None:
    keygen(machine / "home/other/.ssh/id_ed25519", "-t", "ed25519")
    (machine / "home/me/.ssh").symlink_to(machine / "home/other/.ssh")
    assert seen(machine).keys == ()


def test_git_says_what_it_tracks_and_nothing_of_the_repository_runs(machine: Path) -> None:
    git = program("git")
    tree = machine / "home/me/infra"
    for name in ("id_ed25519", "id_rsa"):
        keygen(tree / name, "-t", "ed25519")
    proof = machine / "ran"
    hook = write(machine, f"{HOME}/hook", f"#!/bin/sh\ntouch {proof}\n", 0o700)
    for words in (
        ("init", "-q"),
        ("add", "id_rsa"),
        ("config", "core.fsmonitor", str(hook)),
    ):
        subprocess.run([git, "-C", tree, *words], check=True, timeout=20)
    found = seen(machine, Asked(homes=(HOME,), projects=(f"{HOME}/infra",)))
    assert {key.path.rpartition("/")[2]: key.in_git for key in found.keys} == {
        "id_ed25519": False,
        "id_rsa": True,
    }
    assert not proof.exists()
    (tree / ".git/HEAD").unlink()
    broken = seen(machine, Asked(projects=(f"{HOME}/infra",)))
    assert {key.in_git for key in broken.keys} == {None}


YAML = f"""\
password: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]
sops:
    kms: []
    age:
        - recipient: {ALICE}
          enc: |
            -----BEGIN AGE ENCRYPTED FILE-----
            YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOQ
            -----END AGE ENCRYPTED FILE-----
        - recipient: {BOB}
          enc: x
    lastmodified: "2026-11-23T08:00:00Z"
    mac: ENC[AES256_GCM,data:m,type:str]
    pgp: []
    unencrypted_suffix: _unencrypted
    version: 3.11.0
"""
JSON = json.dumps(
    {"data": "ENC[x]", "sops": {"age": [{"recipient": ALICE}, {"recipient": BOB}], "mac": "ENC[m]"}}
)
ENV = f"""\
PASSWORD=ENC[AES256_GCM,data:x]
sops_age__list_0__map_enc=-----BEGIN AGE ENCRYPTED FILE-----
sops_age__list_0__map_recipient={ALICE}
sops_age__list_1__map_recipient={BOB}
sops_mac=ENC[AES256_GCM,data:m]
sops_version=3.11.0
"""
INI = f"""\
[login]
password = ENC[AES256_GCM,data:x]

[sops]
age__list_0__map_recipient = {ALICE}
age__list_1__map_recipient = {BOB}
mac                        = ENC[AES256_GCM,data:m]
"""
FORMS = {"a.yaml": YAML, "b.json": JSON, ".env.prod": ENV, "d.ini": INI}


@pytest.mark.parametrize(("name", "text"), FORMS.items())
def test_recipients_of_every_form(name: str, text: str) -> None:
    found = parse(name, text)
    assert found
    assert (found.recipients, found.others, found.any_of) == ((ALICE, BOB), 0, True)


@pytest.mark.parametrize(
    "text",
    [
        "sops:\n    age: []\n",
        "my sops: none\n",
        f"recipients:\n  - {ALICE}\n",
        '{"sops": "none"}',
        '{"sops": ' * 5000,
        "sops_note=x\n",
        "[sops]\nnote = mac\n",
    ],
)
def test_what_sops_did_not_write(text: str) -> None:
    assert parse("x", text) is None


def test_other_keys_and_groups_are_counted() -> None:
    pgp = YAML.replace("pgp: []", "pgp:\n        - fp: AA\n          enc: x")
    found = parse("x", pgp)
    assert found
    assert found.others == 1
    assert only_with([found], frozenset({ALICE, BOB})) == ()
    plain = parse("x", YAML)
    assert plain
    assert only_with([plain], frozenset({ALICE})) == ()
    assert only_with([plain], frozenset({ALICE, BOB})) == (plain,)
    groups = parse(
        "x", YAML.replace("    kms: []", "    shamir_threshold: 2\n    key_groups:\n    -")
    )
    assert groups
    assert only_with([groups], frozenset({ALICE})) == (groups,)


def test_a_hostile_file_costs_little() -> None:
    line = "sops_" + "a__list_1__map_" * 60_000 + "\n"
    assert parse("x", line + ENV)
    assert parse("x", "sops:\n" + "    \n" * 200_000) is None


def test_a_project_is_searched_and_its_rules_read(machine: Path) -> None:
    for name, text in FORMS.items():
        write(machine, f"{HOME}/infra/apps/{name}", text)
    write(
        machine,
        f"{HOME}/infra/.sops.yaml",
        f"creation_rules:\n  - age: >-\n      {ALICE},\n      {BOB} # b\n",
    )
    write(machine, f"{HOME}/infra/plain.yaml", "a: 1\n")
    write(machine, f"{HOME}/infra/.git/x.yaml", YAML)
    (machine / "home/me/infra/loop").symlink_to(machine / "home/me/infra")
    asked = Asked(projects=(f"{HOME}/infra",))
    found = seen(machine, asked)
    assert [each.path.rpartition("/")[2] for each in found.sops] == sorted(FORMS)
    assert [rule.recipients for rule in found.rules] == [(ALICE, BOB)]
    assert found.unseen == ()
    assert recipients(f"# {ALICE}\nage: '{BOB}'") == (BOB,)
    few = seen(machine, asked, entries=3)
    assert [each.reason for each in few.unseen] == ["search-stopped"]
    large = seen(machine, asked, size=100)
    assert {each.reason for each in large.unseen} == {"file-too-large"}


ODD = (
    *("sops", ":", "\n", "  ", "age", "recipient: ", ALICE, "mac: x", '{"', '"', "}", "[sops]"),
    *("__list_0__map_", "=", "sops_mac=", "- ", "key_groups:", "\r\n", "\x00", "\udcff"),
)
pieces = st.lists(st.sampled_from(ODD), max_size=40).map("".join)


@given(pieces | st.text())
def test_no_text_is_too_odd(text: str) -> None:
    found = parse("x", text)
    assert found is None or all(each.startswith("age1") for each in found.recipients)
    recipients(text)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(sorted(KINDS)))
def test_no_file_is_too_odd(tmp_path: Path, content: bytes, name: str) -> None:
    path, text, _, _, _ = KINDS[name]
    start = text.encode() if isinstance(text, str) else text
    (tmp_path / "home/me").mkdir(parents=True, exist_ok=True)
    write(tmp_path, f"{HOME}/{path}", start[: len(content)] + content)
    seen(tmp_path)
