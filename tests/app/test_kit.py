"""A kit: everything one starts from nothing with, for whom it was made and for nobody else."""

from __future__ import annotations

import stat
import subprocess
import sys
import tarfile
from io import BytesIO
from itertools import combinations
from pathlib import Path

import pytest

from build_app import House
from build_kit import Kit, house_with_keys, kit_of
from build_restic import PASSWORD
from phoenix_dr.adapters import age, shares, typesetting
from phoenix_dr.adapters.scanning import scanned
from phoenix_dr.app import kit, kit_pages, quiet
from phoenix_dr.app.kit_escrow import Escrow, identities
from phoenix_dr.codec.kit import pack, unpack
from phoenix_dr.core import kit as elements
from phoenix_dr.core.model import SecretRef
from phoenix_dr.errors import EngineDenied, EngineError, Refused, UsageError
from phoenix_dr.render import kit_page
from tools import program


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return kit_of(house_with_keys(tmp_path_factory.mktemp("made")))


def test_it_holds_every_element_and_is_for_its_owner_alone(made: Kit) -> None:
    held = made.opened()
    assert set(held) == set(elements.required(made.house.using(lambda ctx: ctx.estate)))
    assert held["repositories/offsite/password"] == PASSWORD.encode() + b"\n"
    assert held["repositories/offsite/address"].decode().strip() == str(
        made.house.repository("offsite")
    )
    assert held["identities/sops-age.txt"] == (made.house.root / "keys/age.txt").read_bytes()
    assert held["phoenix.yaml"] == made.house.config.read_bytes()
    assert held["disaster-recovery-plan.md"] == b"# The plan\n"
    assert b"phoenix " in held["versions.txt"]
    assert b"restic " in held["versions.txt"]
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert PASSWORD.encode() not in held["README.md"] + held["kit.json"] + held["phoenix.yaml"]
    assert b"deep" not in made.path.read_bytes()


def test_the_same_members_are_the_same_bytes_and_stock_tar_lists_them() -> None:
    packed = pack({"b/c": b"2", "a": b"1"})
    assert packed == pack({"a": b"1", "b/c": b"2"})
    assert unpack(packed) == {"a": b"1", "b/c": b"2"}
    listed = subprocess.run(
        ["tar", "--list", "--file", "-"], input=packed, capture_output=True, check=True
    )
    assert listed.stdout == b"a\nb/c\n"
    for name in ("../a", "/a", "a/../b", "", "a\nb", ".a"):
        with pytest.raises(ValueError, match="name"):
            pack({name: b""})


def hostile(name: str, kind: bytes = tarfile.REGTYPE, size: int = 1) -> bytes:
    held = BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.GNU_FORMAT) as tar:
        entry = tarfile.TarInfo(name)
        entry.type, entry.size = kind, size if kind == tarfile.REGTYPE else 0
        entry.linkname = "/etc/passwd"
        tar.addfile(entry, BytesIO(b"x" * size))
    return held.getvalue()


def test_a_hostile_tar_is_no_kit() -> None:
    assert unpack(hostile("fine")) == {"fine": b"x"}
    whole = hostile("fine", size=9000)
    for packed in (
        hostile("../up"), hostile("/etc/cron.d/x"), hostile("link", tarfile.SYMTYPE),
        hostile("hard", tarfile.LNKTYPE), hostile("device", tarfile.CHRTYPE),
        whole[:2000], b"no tar at all", b"\0" * 3,
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"."):
            unpack(packed)


def test_nobody_else_opens_it(made: Kit) -> None:
    with pytest.raises(EngineDenied, match="kit-cannot-open"):
        age.opened(made.path.read_bytes(), [age.fresh_identity()])
    with pytest.raises(UsageError, match="escrow-nothing"):
        made.house.using(identities, Escrow())


def test_recipients_of_every_kind_and_a_passphrase_each_open_it(made: Kit, tmp_path: Path) -> None:
    for name in ("anna", "ben"):
        key = [program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)]
        subprocess.run(key, check=True)
    (tmp_path / "phrase").write_text("correct horse battery staple pony\n")
    (tmp_path / "phrase").chmod(0o600)
    phrase = SecretRef("file", str(tmp_path / "phrase"))
    daily = age.public_of(age.identities_in((made.house.root / "keys/age.txt").read_text())[0])
    to = (str(tmp_path / "anna.pub"), (tmp_path / "ben.pub").read_text(), daily, daily)
    request = kit.KitRequest(tmp_path / "k.age", to=to, passphrase=phrase)
    done = made.house.using(kit.make, request)
    assert [Path(path).name for path in done.files] == ["k.age", "k.passphrase.age"]
    assert len(done.recipients) == 3
    for identity in (tmp_path / "anna", tmp_path / "ben", made.house.root / "keys/age.txt"):
        line = [program("age"), "-d", "-i", str(identity), str(tmp_path / "k.age")]
        plain = subprocess.run(line, check=True, capture_output=True).stdout
        assert "kit.json" in unpack(plain)
    closed = (tmp_path / "k.passphrase.age").read_bytes()
    assert "kit.json" in unpack(age.unsealed(closed, "correct horse battery staple pony"))


REFUSED = {
    "for nobody": (dict[str, object](), "kit-for-nobody"),
    "no paper": ({"paper": True}, "kit-needs-pages"),
    "no pages": ({"shares": (2, 3)}, "kit-needs-pages"),
    "one is enough": ({"shares": (1, 3), "pages": Path("p")}, "kit-shares"),
    "no recipient": ({"to": ("age1nobody",)}, "kit-recipient"),
    "short": ({"passphrase": SecretRef("env", "SHORT")}, "kit-passphrase-short"),
}


@pytest.mark.parametrize("asked", REFUSED.values(), ids=list(REFUSED))
def test_what_makes_no_sense_writes_nothing(
    made: Kit, tmp_path: Path, asked: tuple[dict[str, object], str]
) -> None:
    given, code = asked
    request = kit.KitRequest(tmp_path / "k.age", **given)  # type: ignore[arg-type]
    with made.house.context() as ctx:
        ctx.environ = {**ctx.environ, "SHORT": "hunter2"}
        with pytest.raises(UsageError) as caught:
            kit.make(ctx, request)
    assert caught.value.code == code
    assert "hunter2" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_without_a_plan_there_is_no_kit(tmp_path: Path) -> None:
    made = own(tmp_path)
    (made.root / "docs/disaster-recovery-plan.md").unlink()
    with pytest.raises(UsageError, match="kit-no-plan"):
        kit_of(made)


@pytest.mark.parametrize("phrase", ["", "a passphrase of its own"])
def test_it_never_holds_a_key_that_may_approve(tmp_path: Path, phrase: str) -> None:
    made, key = own(tmp_path), tmp_path / "id"
    line = [program("ssh-keygen"), "-q", "-t", "ed25519", "-N", phrase, "-f", str(key)]
    subprocess.run(line, check=True)
    daily = made.root / "keys" / "age.txt"
    daily.write_text(key.read_text())
    kit_of(made)
    public = key.with_suffix(".pub").read_text()
    (made.root / "approvers").write_text(f'anna namespaces="phoenix-approval" {public}')
    made.config.write_text(made.config.read_text() + f"approvers: {made.root}/approvers\n")
    with pytest.raises(Refused) as caught:
        kit_of(made)
    assert caught.value.parameters == {"element": "identities/sops-age.txt"}
    assert caught.value.code == "kit-approver-key"


def own(folder: Path) -> House:
    (folder / "house").mkdir()
    return house_with_keys(folder / "house")


def test_shares_and_paper_open_what_was_scanned_from_the_page(made: Kit, tmp_path: Path) -> None:
    """Every page comes back from its picture, as a scanner sees it."""
    program("zbarimg")
    escrowed = []
    for needed, of in ((0, 1), (2, 3)):
        secret = age.fresh_identity()
        texts: tuple[str, ...] = (secret,)
        if needed:
            texts = shares.split(secret, needed, of, environ=made.house.environ)
        escrowed.append((secret, kit_pages.Escrowed(age.public_of(secret), texts, needed)))
    with made.house.context() as ctx:
        pages = kit_pages.pages(ctx, made.path, [each for _, each in escrowed])
        pictures = []
        for page in pages:
            picture = tmp_path / f"{page.name}.png"
            picture.write_bytes(typesetting.png(kit_page.data(page), per_inch=150))
            pictures.append(picture)
        assert [page.name for page in pages] == [
            "identity", "share-1-of-3", "share-2-of-3", "share-3-of-3", "kit",
        ]  # fmt: skip
        paper, *split, plain = pictures
        assert identities(ctx, Escrow(images=(paper,))) == (escrowed[0][0],)
        for two in combinations(split, 2):
            assert identities(ctx, Escrow(images=two)) == (escrowed[1][0],)
        with pytest.raises(EngineDenied, match="shares-few"):
            identities(ctx, Escrow(images=(split[0],)))
        with pytest.raises(EngineError, match="image-no-code"):
            scanned(plain, environ=made.house.environ)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_pages_are_written_for_their_owner_and_hold_what_is_typed_in(
    tmp_path: Path, language: str
) -> None:
    made = own(tmp_path)
    made.say("language: en", f"language: {language}")
    folder = tmp_path / "pages"
    done = made.using(
        kit.make,
        kit.KitRequest(tmp_path / "k.age", shares=(2, 3), paper=True, pages=folder),
    )
    assert (done.subsets, done.pdf, done.secret_pages) == (3, True, True)
    assert sorted(Path(path) for path in done.pages) == sorted(folder.iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    words = [html_words(folder / f"share-{number}-of-3.html") for number in (1, 2)]
    (tmp_path / "shares.txt").write_text("\n".join(" ".join(each) for each in words))
    with made.context() as ctx:
        [key] = identities(ctx, Escrow(share_files=(tmp_path / "shares.txt",)))
        assert identities(ctx, Escrow(typed=(" ".join(words[1]), " ".join(words[0])))) == (key,)
    assert "kit.json" in unpack(age.opened((tmp_path / "k.age").read_bytes(), [key]))
    paper = "".join(html_words(folder / "identity.html"))
    assert age.public_of(paper) in (folder / "identity.html").read_text()
    assert "kit.json" in unpack(age.opened((tmp_path / "k.age").read_bytes(), [paper]))
    plain = (folder / "kit.html").read_text()
    assert f'<html lang="{language}">' in plain
    assert "restic --no-lock restore" in plain
    assert paper not in plain
    assert PASSWORD not in "".join(path.read_text() for path in folder.glob("*.html"))
    assert all(path.read_bytes().startswith(b"%PDF-") for path in folder.glob("*.pdf"))


def html_words(page: Path) -> list[str]:
    cells = page.read_text().split("</small> ")[1:]
    return [cell.split("</td>")[0] for cell in cells]


def test_a_name_cannot_become_markup_or_a_command_of_the_typesetter(tmp_path: Path) -> None:
    facts = {"estate": '<b>#panic("x")', "kit": "$x$ */", "date": "*"}
    page = kit_page.escrow(facts, "a " * 33, recipient="age1", share=(1, 3, 2), language="en")
    assert "<b>" not in kit_page.html(page)
    assert typesetting.pdf(kit_page.data(page)).startswith(b"%PDF-")
    assert typesetting.pdf(kit_page.data(page)) == typesetting.pdf(kit_page.data(page))


def test_no_core_is_left_behind() -> None:
    code = (
        "from phoenix_dr.app.quiet import no_core_dumps as n; n(); import os, resource, ctypes;"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0], ctypes.CDLL(None).prctl(3,0,0,0,0))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "0 0\n"
    assert quiet.PR_SET_DUMPABLE == 4
