"""Keys of real borg repositories in a kit: they open without the account's own, or KO by name."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from build_app import House
from build_kit import Kit, house_with_keys, kit_of, without
from phoenix_dr.app import keys, kit_prove
from phoenix_dr.core import kit
from phoenix_dr.core.kit import KitProof
from phoenix_dr.render.kit_readme import commands
from tools import program

PHRASE = "open sesame, said the forty"
ENGINE = """\
  {name}:
    kind: borg
    repository: {root}/{name}/borg
    location: offsite
    password: "file:{root}/keys/borg.pw"
    archives: {{"album-": photos/album}}
"""
KEY = """\
  borg:
    secrets: [paper.password, inner.password, bare.password]
    copies: [{place: kit in the safe, site: parents}]
"""
REPOSITORIES = {"paper": "keyfile", "inner": "repokey", "bare": "none"}


def borg(made: House, name: str, *words: str, **environ: str) -> str:
    """borg by hand, in the account's own home unless told otherwise."""
    known = {"HOME": str(made.root), "BORG_PASSPHRASE": PHRASE, "PATH": os.environ["PATH"],
             "BORG_REPO": f"{made.root}/{name}/borg", "LANG": "C.UTF-8"}  # fmt: skip
    done = subprocess.run(
        [program("borg"), *words], env=known | environ, capture_output=True, text=True,
        cwd=made.root, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    """A house with three borg repositories beside its own, and a kit of it."""
    house = house_with_keys(tmp_path_factory.mktemp("borg"))
    house.say(", ROOT/secret.enc.yaml]", "]")
    (house.root / "keys/borg.pw").write_text(PHRASE + "\n")
    (house.root / "keys/borg.pw").chmod(0o600)
    for name, mode in REPOSITORIES.items():
        (house.root / name).mkdir()
        borg(house, name, "init", "--encryption", mode)
    borg(house, "paper", "create", "::album-1", "srv/album")
    text = "".join(ENGINE.format(name=name, root=house.root) for name in REPOSITORIES)
    house.say("policies:\n", text + "policies:\n")
    house.config.write_text(house.config.read_text() + KEY)
    return kit_of(house)


@pytest.fixture
def gone(made: Kit) -> Kit:
    """The same after the account's own borg keys, cache and history burned."""
    for folder in (".config/borg", ".cache/borg"):
        shutil.rmtree(made.house.root / folder, ignore_errors=True)
    return made


def prove(made: Kit) -> KitProof:
    asked = kit_prove.ProofRequest(made.path, made.escrow, "kit in the safe")
    found: KitProof = made.house.using(kit_prove.prove, asked)
    return found


def answers(found: KitProof) -> dict[str, tuple[bool | None, str]]:
    return {each.element: (each.ok, each.code) for each in found.answers}


def custody(made: Kit) -> bool | None:
    [key] = [key for key in made.house.using(keys.custody) if key.name == "borg"]
    ok: bool | None = key.last_proof_ok
    return ok


def test_the_kit_holds_what_borg_exports_and_opens_without_the_house(made: Kit) -> None:
    held = made.opened()
    for name in ("paper", "inner"):
        exported = borg(made.house, name, "key", "export", "::")
        assert held[kit.borg_key(name)].decode() == exported
        assert exported.startswith("BORG_KEY ")
    assert held[kit.borg_key("bare")] == b""


def test_each_repository_opens_after_the_keyfile_is_gone(gone: Kit) -> None:
    found = prove(gone)
    opened = {name: answers(found)[kit.password(name)] for name in ("paper", "inner")}
    assert opened == dict.fromkeys(("paper", "inner"), (True, "kit-opens"))
    # The kit opens nothing of an account without its key, and leaves none behind.
    assert not (gone.house.root / ".config/borg/keys").exists()


def test_stock_borg_restores_with_the_lines_of_the_readme(gone: Kit, tmp_path: Path) -> None:
    for name, content in gone.opened().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    with gone.house.context() as ctx:
        lines = commands(ctx.estate, ctx.estate.engines["paper"])
    typed = "\n".join(lines).replace("::ARCHIVE", "::album-1").replace("/var/tmp", str(tmp_path))
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    done = subprocess.run(
        ["sh", "-e", "-c", typed], cwd=tmp_path, env=environ, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "album-1" in done.stdout
    restored = sorted(p.name for p in (tmp_path / "restore/srv/album").rglob("*"))
    assert restored == sorted(p.name for p in gone.house.album.rglob("*"))
    without_key = typed.replace("/keys", "/no-keys")
    shutil.rmtree(tmp_path / ".config", ignore_errors=True)
    refused = subprocess.run(
        ["sh", "-e", "-c", without_key], cwd=tmp_path, env=environ, capture_output=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert refused.returncode != 0


def test_a_wrong_key_is_ko_by_its_name(gone: Kit) -> None:
    element = kit.borg_key("paper")
    other = gone.opened()[kit.borg_key("inner")]
    swapped = gone.changed(lambda members: members.update({element: other}), told=True)
    found = answers(prove(swapped))
    assert found[element] == (False, "borg-key-missing")
    assert kit.password("paper") not in found
    assert found[kit.password("inner")] == (True, "kit-opens")
    assert custody(gone) is False
    torn = answers(prove(gone.changed(without(element))))
    assert torn[element] == (False, "kit-element-missing")
    assert answers(prove(gone))[kit.password("paper")] == (True, "kit-opens")


def test_a_key_of_the_repository_itself_that_changed_is_ko_by_its_name(gone: Kit) -> None:
    element = kit.borg_key("inner")
    other = gone.opened()[element].replace(b"\nh", b"\ni", 1)
    assert other != gone.opened()[element]
    found = answers(
        prove(gone.changed(lambda members: members.update({element: other}), told=True))
    )
    assert found[element] == (False, "kit-borg-key-replaced")
    assert custody(gone) is False


def test_without_the_repository_no_kit_is_made_that_lacks_its_key(gone: Kit) -> None:
    # The account's own key is gone: borg has nothing to export for the keyfile repository.
    ran = gone.house.phoenix("keys", "kit", "--to", "age1" + "q" * 58, "--out", "none.age")
    assert ran.code != 0
    assert not (gone.house.root / "none.age").exists()
