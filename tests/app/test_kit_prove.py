"""A kit is proven by what is in it, or KO by the name of what is wrong."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from build_app import House
from build_kit import Kit, house_with_keys, kit_of, sops_program, without
from phoenix_dr.adapters import age
from phoenix_dr.app import keys, kit_prove
from phoenix_dr.app.kit_escrow import Escrow
from phoenix_dr.core.kit import KitProof
from phoenix_dr.core.model import SecretRef
from phoenix_dr.errors import EngineUnreachable, UsageError


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    made = house_with_keys(tmp_path_factory.mktemp("proven"))
    assert made.backup().is_whole
    with_sops(made)
    return kit_of(made)


@pytest.fixture
def made(whole: Kit) -> Iterator[Kit]:
    """The kit, with the house put back as it was afterwards."""
    files = [whole.house.config, whole.house.root / "keys/age.txt", whole.house.password]
    before = [path.read_bytes() for path in files]
    yield whole
    for path, content in zip(files, before, strict=True):
        path.write_bytes(content)


def with_sops(made: House) -> None:
    """A real SOPS file beside the age one."""
    plain = made.root / "plain.yaml"
    plain.write_text("password: deep-in-sops\n")
    [identity] = age.identities_in((made.root / "keys/age.txt").read_text())
    sops = sops_program()
    (made.root / "bin" / "sops").symlink_to(sops)
    line = [str(sops), "encrypt", "--age", age.public_of(identity), str(plain)]
    done = subprocess.run(line, check=True, capture_output=True, env=dict(os.environ))
    (made.root / "secret.enc.yaml").write_bytes(done.stdout)
    plain.unlink()


def proof(made: Kit, place: str | None = None, **more: object) -> KitProof:
    request = kit_prove.ProofRequest(made.path, made.escrow, place)
    found: KitProof = made.house.using(kit_prove.prove, replace(request, **more))  # type: ignore[arg-type]
    return found


def wrong(found: KitProof) -> dict[str, str]:
    return {answer.element: answer.code for answer in found.answers if answer.ok is False}


def test_what_is_in_it_opens_everything(made: Kit) -> None:
    found = proof(made, place="kit in the safe")
    assert found.is_good
    assert [(each.element, each.code) for each in found.answers] == [
        ("repositories/home/password", "kit-opens"),
        ("repositories/offsite/password", "kit-opens"),
        ("identities/sops-age.txt", "kit-file-opens"),
        ("identities/sops-age.txt", "kit-file-opens"),
        ("identities/sops-age.txt", "kit-same-key"),
    ]
    [custody] = [key for key in made.house.using(keys.custody) if key.name == "sops-age"]
    assert (custody.proved_off_site, custody.proved_place) == (True, "kit in the safe")
    assert custody.last_proof_ok is True


def test_nothing_of_this_machine_helps_it(made: Kit) -> None:
    """The house may burn: what is on this machine is neither asked nor needed."""
    (made.house.root / "keys/age.txt").unlink()
    made.house.password.write_text("gone\n")
    found = proof(made)
    assert found.is_good
    assert "kit-same-key" not in {answer.code for answer in found.answers}
    (made.house.root / "keys/age.txt").touch(mode=0o600)


def test_a_kit_at_the_path_of_a_copy_is_that_copy_and_not_taken_for_the_key(made: Kit) -> None:
    made.house.say(
        "      - {place: drawer, site: home, path: ROOT/home/repositories.pw}\n",
        f"      - {{place: drawer, site: home, path: {made.path}}}\n",
    )
    own = made.house.using(keys.prove, "repositories")
    assert {(each.place, each.ok) for each in own} == {("safe", True)}
    found = proof(made)
    assert {each.place for each in found.proofs if each.key == "repositories"} == {"drawer"}
    assert found.is_good


def test_a_copy_nobody_described_counts_for_no_copy(made: Kit) -> None:
    found = proof(made)
    assert {each.place for each in found.proofs} == {"kit.age"}
    assert {each.site for each in found.proofs} == {""}
    said = made.house.phoenix(
        "keys",
        "prove",
        "--kit",
        str(made.path),
        "--identity",
        f"file:{made.path.parent}/escrow.txt",
    )
    assert (said.code, "describes no copy" in said.out) == (0, True)


@pytest.mark.parametrize("told", [False, True], ids=["torn out", "never in"])
def test_each_element_that_is_gone_is_named(made: Kit, told: bool) -> None:
    names = sorted(made.opened())
    assert len(names) == 11
    for name in names:
        if told and name == "kit.json":
            continue
        found = proof(made.changed(without(name), told=told))
        assert not found.is_good
        assert wrong(found)[name] == "kit-element-missing", name


def test_a_changed_element_is_named(made: Kit) -> None:
    found = proof(made.changed(lambda members: members.update({"README.md": b"other"})))
    assert wrong(found) == {"README.md": "kit-element-changed"}
    found = proof(made.changed(lambda members: members.update({"kit.json": b"{}"})))
    assert wrong(found) == {"kit.json": "kit-element-odd"}


def test_a_password_replaced_since_is_ko_by_name(made: Kit) -> None:
    old = made.changed(
        lambda held: held.update({"repositories/offsite/password": b"old\n"}), told=True
    )
    found = proof(old, place="safe")
    assert wrong(found) == {"repositories/offsite/password": "wrong-password"}
    assert {each.opened: each.ok for each in found.proofs if each.key == "repositories"} == {
        "home": True, "offsite": False,
    }  # fmt: skip


def test_a_key_replaced_since_is_ko_by_name(made: Kit) -> None:
    (made.house.root / "keys/age.txt").write_text(age.fresh_identity() + "\n")
    found = proof(made, place="kit in the safe")
    assert wrong(found) == {"identities/sops-age.txt": "kit-key-rotated"}
    assert [each.ok for each in found.proofs if each.key == "sops-age"] == [False]


def test_a_key_that_no_longer_opens_its_file_is_ko(made: Kit) -> None:
    path = made.house.root / "secret.age"
    before = path.read_bytes()
    path.write_bytes(age.encrypted(b"deep", [age.public_of(age.fresh_identity())]))
    assert wrong(proof(made)) == {"identities/sops-age.txt": "kit-file-closed"}
    path.write_bytes(before)
    sops = made.house.root / "secret.enc.yaml"
    text = sops.read_text()
    for change in (("ENC[AES256_GCM,data:", "ENC[AES256_GCM,data:AAAA"),):
        sops.write_text(text.replace(*change, 1))
        assert "identities/sops-age.txt" in wrong(proof(made))
    sops.write_text(text)
    assert proof(made).is_good


def test_a_repository_that_moved_is_named(made: Kit) -> None:
    made.house.say("repository: ROOT/offsite/restic", "repository: ROOT/offsite/moved")
    assert wrong(proof(made)) == {"repositories/offsite/address": "kit-address-moved"}


def test_an_engine_the_kit_does_not_know_yet_is_named(made: Kit) -> None:
    made.house.say(
        "policies:\n",
        "  third:\n    kind: restic\n    repository: ROOT/third\n    location: home\n"
        '    password: "env:NOWHERE"\npolicies:\n',
    )
    assert wrong(proof(made)) == {
        "repositories/third/address": "kit-element-missing",
        "repositories/third/password": "kit-element-missing",
    }


def test_a_place_that_is_not_there_is_not_known_and_never_good(made: Kit) -> None:
    repository = made.house.repository("home")
    aside = repository.with_name("aside")
    repository.rename(aside)
    found = proof(made)
    aside.rename(repository)
    assert wrong(found) == {"repositories/home/address": "repository-missing"}


def test_another_key_and_a_flipped_bit_fail_every_key(made: Kit, tmp_path: Path) -> None:
    content = made.path.read_bytes()
    flipped = replace(made, path=made.path.with_name("flipped.age"))
    flipped.path.write_bytes(content[:-40] + bytes([content[-40] ^ 1]) + content[-39:])
    (tmp_path / "other").write_text(age.fresh_identity())
    (tmp_path / "other").chmod(0o600)
    other = Escrow((SecretRef("file", str(tmp_path / "other")),))
    for found in (proof(flipped), proof(made, escrow=other)):
        assert [answer.code for answer in found.answers] == ["kit-cannot-open"]
        assert {each.ok for each in found.proofs} == {False}
        assert {each.key for each in found.proofs} == {"repositories", "sops-age"}


def test_what_cannot_be_asked_is_no_verdict(made: Kit) -> None:
    rows = len(made.house.using(lambda ctx: ctx.ledger.key_proofs()))
    for request, error in (
        ({"kit": Path("/nowhere.age")}, EngineUnreachable),
        ({"escrow": Escrow(share_files=(Path("/nowhere"),))}, EngineUnreachable),
        ({"escrow": Escrow()}, UsageError),
        ({"place": "nowhere"}, UsageError),
    ):
        with pytest.raises(error):
            proof(made, **request)
    assert len(made.house.using(lambda ctx: ctx.ledger.key_proofs())) == rows
