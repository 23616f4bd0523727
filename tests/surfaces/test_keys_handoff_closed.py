"""What was handed to Vault is closed when every point was shown since, and by nothing else."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from build_app import House
from build_kit import Kit, kit_of, lived
from build_menu import make_project
from phoenix_dr import codec
from phoenix_dr.app import bunker, keys, keys_found, kit_prove, vault

COPIES = """\
      - {place: kit in the safe, site: parents}
      - {place: box, site: home, path: ROOT/home/age.txt}
      - {place: bank, site: parents, path: ROOT/offsite/age.txt}
"""
OPEN, DONE = "- [ ] [phoenix→vault]", "- [x] [phoenix→vault]"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    """A house that lived, whose every key has two copies that can be tried."""
    house = lived(tmp_path_factory.mktemp("closed"))
    house.say("      - {place: kit in the safe, site: parents}\n", COPIES)
    house.say(", ROOT/secret.enc.yaml]", "]")
    for where in ("home", "offsite"):
        shutil.copy(house.root / "keys/age.txt", house.root / where / "age.txt")
        shutil.copy(house.password, house.root / where / "repositories.pw")
    make_project(house)
    return kit_of(house)


def look(house: House) -> None:
    """`phoenix keys find`, of this house alone: what else the machine holds is not ours."""
    found = house.using(keys_found.look)
    own = tuple(key for key in found.keys if key.path.startswith(str(house.root)))
    kept = replace(found, keys=own, unseen=())
    (house.state / keys_found.FILE).write_text(codec.dumps(kept, ordered=True))


def said(made: Kit, *words: str) -> str:
    return made.house.phoenix(*words).err


def context(made: Kit) -> str:
    return (made.house.root / "_bmad/_memory/shared-context.md").read_text()


def with_kit(made: Kit, *words: str) -> str:
    return said(made, *words, "--kit", str(made.path), "--identity",
                f"file:{made.path.parent}/escrow.txt")  # fmt: skip


def everything_but_the_bunker(made: Kit) -> str:
    look(made.house)
    return (
        said(made, "keys", "prove")
        + with_kit(made, "keys", "prove", "--copy", "kit in the safe")
        + said(made, "audit", "--no-report")
    )


def test_older_proofs_close_nothing_newer_ones_do(made: Kit) -> None:
    everything_but_the_bunker(made)
    with_kit(made, "drill", "bunker")
    sheet = made.house.phoenix("keys", "handoff", "given").out
    assert "Shown: 13. Not shown: 0. Unknown: 0." in sheet, sheet
    said(made, "audit", "--no-report")
    assert OPEN in context(made)
    # All was shown before the handover; each trial is made again, and the last one closes.
    assert "Vault" not in everything_but_the_bunker(made)
    assert OPEN in context(made)
    assert "checked off" in with_kit(made, "drill", "bunker")
    assert (OPEN in context(made), DONE in context(made)) == (False, True)
    log = (made.house.root / "_bmad/_memory/handoff-log.md").read_text()
    assert "✅" in log
    # Nothing waits any more, and a new handover is a new request.
    assert "Vault" not in said(made, "audit", "--no-report")
    made.house.using(vault.hand_over, made.house.root / "given")
    assert (context(made).count(OPEN), context(made).count(DONE)) == (1, 1)
    try_all(made)
    assert [each.checked_off for each in made.house.using(vault.settle)] == [True]


BROKEN = {
    "copy": {"copy-away:repositories", "two-copies:repositories"},
    "kit": {"copy-away:sops-age", "kit:small", "bunker:small"},
    "key": {"copy-away:sops-age", "two-copies:sops-age", "no-circle:sops-age", "kit:small"},
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_twin_stays_open_and_the_mended_one_is_closed(made: Kit, broken: str) -> None:
    house = made.house
    path = {"copy": house.root / "offsite/repositories.pw", "kit": made.path, "key": house.config}
    content = path[broken].read_bytes()
    house.using(vault.hand_over, house.root / "given")
    assert context(made).count(OPEN) == 1
    try:
        if broken == "key":
            path[broken].write_bytes(content.replace(b"  sops-age:", b"  other-age:"))
        else:
            path[broken].write_bytes(bytes([content[0] ^ 1]) + content[1:])
        try_all(made)
        [settled] = house.using(vault.settle)
        assert set(settled.missing) == BROKEN[broken]
        assert context(made).count(OPEN) == 1
    finally:
        path[broken].write_bytes(content)
    try_all(made)
    [settled] = house.using(vault.settle)
    assert (settled.missing, settled.checked_off) == ((), True)
    assert context(made).count(OPEN) == 0


def try_all(made: Kit) -> None:
    """Every trial there is, without the command line."""
    look(made.house)
    made.house.using(keys.prove, None)
    asked = kit_prove.ProofRequest(made.path, made.escrow, "kit in the safe")
    made.house.using(kit_prove.prove, asked)
    made.house.using(bunker.run, bunker.BunkerRequest(made.path, made.escrow))


def test_the_audit_tells_what_became_of_the_kit(made: Kit) -> None:
    house = made.house

    def said() -> set[str]:
        return {each.code for each in house.audit().findings if each.code.startswith("kit-")}

    try_all(made)
    assert said() == set()
    house.password.write_bytes(house.password.read_bytes())
    assert said() == {"kit-old"}
    try_all(made)
    assert said() == set()
    content = made.path.read_bytes()
    younger = kit_of(house)
    assert said() == {"kit-unproved"}
    try_all(younger)
    assert said() == set()
    younger.path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    try_all(younger)
    assert said() == {"kit-wrong"}
