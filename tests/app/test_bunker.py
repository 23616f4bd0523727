"""The bunker drill: nothing but the kit, the escrow and the off-site location."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from build_kit import Kit, kit_of, lived, without
from build_repositories import rekey
from build_restic import PASSWORD
from phoenix_dr.adapters import age, shares
from phoenix_dr.adapters._command import Limits
from phoenix_dr.app import bunker, kit
from phoenix_dr.app.bunker_engine import only_owners
from phoenix_dr.app.kit_escrow import Escrow
from phoenix_dr.core.evidence import Level
from phoenix_dr.core.kit import BunkerReport, in_time
from phoenix_dr.core.model import SecretRef
from phoenix_dr.errors import DrillError, EngineDenied, EngineError, EngineUnreachable, UsageError
from phoenix_dr.sandboxes.bunker import Brought, Bunker, command_line, run


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return kit_of(lived(tmp_path_factory.mktemp("bunker")))


@pytest.fixture
def made(whole: Kit) -> Iterator[Kit]:
    """The kit; the house's own configuration is put back."""
    before = whole.house.config.read_text()
    yield whole
    whole.house.config.write_text(before)
    assert whole.house.left() == []


def drill(made: Kit, **more: object) -> BunkerReport:
    request = bunker.BunkerRequest(made.path, made.escrow)
    found: BunkerReport = made.house.using(bunker.run, replace(request, **more))  # type: ignore[arg-type]
    return found


def wrong(found: BunkerReport) -> dict[str, str]:
    return {answer.element: answer.code for answer in found.answers if answer.ok is False}


def test_one_service_comes_back_and_proves_the_highest_level(made: Kit) -> None:
    with made.house.unchanged(made.house.repository("offsite"), made.path.parent):
        found = drill(made)
    [record] = found.records
    assert (found.is_good, found.service, found.daily) == (True, "wiki", False)
    assert (record.level, record.off_site, record.isolated, record.ok) == (
        Level.BUNKER, True, True, True,
    )  # fmt: skip
    assert [phase.name for phase in record.phases] == [
        "open", "provision", "fetch", "start", "check",
    ]  # fmt: skip
    assert {check.ok for check in record.checks} == {True}
    [stored] = [each for each in made.house.using(lambda ctx: ctx.ledger.drills()) if each.ok][:1]
    assert stored == record
    row = next(row for row in made.house.audit(force=True).rows if row.service == "wiki")
    assert row.level is Level.BUNKER


def test_it_needs_nothing_of_the_house(made: Kit) -> None:
    """Production, the copy at home, keys and their copies may all be gone."""
    root = made.house.root
    gone = [root / "srv", root / "home", root / "keys", root / "offsite/repositories.pw"]
    for path in gone:
        path.rename(path.with_name(path.name + ".burnt"))
    try:
        assert drill(made, service="wiki").is_good
    finally:
        for path in gone:
            path.with_name(path.name + ".burnt").rename(path)


def test_shares_bring_it_back_and_a_wrong_one_does_not(made: Kit, tmp_path: Path) -> None:
    secret = age.fresh_identity()
    words = shares.split(secret, 2, 3, environ=made.house.environ)
    request = kit.KitRequest(tmp_path / "shared.age", to=(age.public_of(secret),))
    made.house.using(kit.make, request)
    path = tmp_path / "shared.age"
    assert drill(made, kit=path, escrow=Escrow(typed=words[1:])).is_good
    other = shares.split(age.fresh_identity(), 2, 3, environ=made.house.environ)
    mistyped = " ".join(["academic", *words[0].split()[1:]])
    for typed, code in (
        ((words[0],), "shares-few"),
        ((words[0], other[1]), "shares-mixed"),
        ((mistyped, words[1]), "share-mistyped"),
        (other[:2], "kit-cannot-open"),
    ):
        assert wrong(drill(made, kit=path, escrow=Escrow(typed=typed))) == {"shared.age": code}


def test_a_passphrase_brings_it_back(made: Kit, tmp_path: Path) -> None:
    phrase = tmp_path / "phrase"
    phrase.write_text("correct horse battery staple pony\n")
    phrase.chmod(0o600)
    ref = SecretRef("file", str(phrase))
    made.house.using(kit.make, kit.KitRequest(tmp_path / "k.age", passphrase=ref))
    found = drill(made, kit=tmp_path / "k.age", escrow=Escrow(passphrase=ref))
    assert found.records[0].level is Level.BUNKER


@pytest.mark.parametrize("told", [False, True], ids=["torn out", "never in"])
def test_each_element_that_is_gone_is_named_and_nothing_is_restored(made: Kit, told: bool) -> None:
    drills = len(made.house.using(lambda ctx: ctx.ledger.drills()))
    for name in sorted(made.opened()):
        if told and name == "kit.json":
            continue
        found = drill(made.changed(without(name), told=told))
        assert (found.is_good, found.records) == (False, ())
        assert wrong(found)[name] == "kit-element-missing", name
    assert len(made.house.using(lambda ctx: ctx.ledger.drills())) == drills


def test_one_flipped_bit_anywhere_is_ko(made: Kit) -> None:
    content = made.path.read_bytes()
    path = made.path.with_name("flipped.age")
    for place in (30, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert wrong(drill(made, kit=path)) == {"flipped.age": "kit-cannot-open"}


def test_an_old_password_is_ko_by_name(made: Kit) -> None:
    repository = made.house.repository("offsite")
    rekey(repository, PASSWORD, "fresh")
    found = drill(made)
    rekey(repository, "fresh", PASSWORD)
    assert wrong(found) == {"repositories/offsite/password": "wrong-password"}
    assert (found.is_good, found.service, found.records) == (False, "wiki", ())


def test_a_damaged_copy_is_ko_at_fetch_as_in_any_drill(made: Kit) -> None:
    packs = sorted((made.house.repository("offsite") / "data").glob("*/*"))
    before = {path: path.read_bytes() for path in packs}
    for path, content in before.items():
        path.chmod(0o600)
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    found = drill(made)
    for path, content in before.items():
        path.write_bytes(content)
    assert not found.is_good
    [record] = found.records
    assert (record.ok, [check.code for check in record.checks]) == (False, ["restore"])


def test_the_key_of_every_day_proves_no_escrow(made: Kit) -> None:
    daily = made.house.root / "keys" / "age.txt"
    to = age.public_of(age.identities_in(daily.read_text())[0])
    path = made.path.with_name("daily.age")
    made.house.using(kit.make, kit.KitRequest(path, to=(to,)))
    found = drill(made, kit=path, escrow=Escrow((SecretRef("file", str(daily)),)))
    path.unlink()
    assert (found.is_good, found.daily, found.records[0].level) == (True, True, Level.DATA)


def test_later_than_its_objective_is_no_bunker(made: Kit) -> None:
    """All assets of a service count together."""
    records = drill(made).records * 2
    spent = timedelta(seconds=sum(record.rto for record in records))
    second = timedelta(seconds=1)
    for objective, level in ((spent + second, Level.BUNKER), (spent - second, Level.DATA)):
        assert {record.level for record in in_time(records, objective)} == {level}


def test_what_cannot_be_drilled_says_so(made: Kit) -> None:
    for more, error in (
        ({"service": "nothing"}, UsageError),
        ({"location": "nowhere"}, DrillError),
        ({"kit": Path("/nowhere.age")}, EngineUnreachable),
        ({"service": "photos"}, None),
    ):
        if error is None:
            # No command tells whether photos are good: whole is all that is proven.
            assert drill(made, **more).records[0].level is Level.RESTORES
            continue
        with pytest.raises(error):
            drill(made, **more)
    moved = made.changed(
        lambda held: held.update({"repositories/offsite/address": b"/not/here\n"}), told=True
    )
    with pytest.raises(DrillError, match="bunker-needs-folder"):
        drill(moved)


LOOK = r"""
for path in "$@"; do if [ -e "$path" ]; then echo "sees $path"; fi; done
while read -r name rest; do
  case $name in *:*) echo "interface ${name%%:*}";; esac
done </proc/net/dev
echo x 2>/dev/null >"$OFFSITE/new" && echo "writes offsite"
ls -A /etc /home /root /var /run 2>/dev/null | tr '\n' ' '
"""


def test_inside_there_is_nothing_of_the_house(made: Kit) -> None:
    """Looked at from inside, with the bunker's own line and another script."""
    offsite = made.house.repository("offsite")
    line = list(
        command_line(
            ("identity", "offsite", "open"), Bunker(made.path, offsite), root=os.geteuid() == 0
        )
    )
    script = line.index("-c") + 1
    house = [made.house.root / name for name in ("srv", "keys", "state", "home", "phoenix.yaml")]
    seen = [*house, offsite / "config", Path("/etc/passwd"), Path("/etc/hosts")]
    line[script:] = [LOOK.replace("$OFFSITE", str(offsite)), "sh", *map(str, seen)]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)
    told = done.stdout.splitlines()
    assert told[:2] == [f"sees {offsite}/config", "interface lo"]
    assert len(told) == 3
    assert set(told[2].split()) <= {
        "/etc:", "/home:", "/root:", "/var:", "/run:", "alternatives", "ld.so.cache",
        "ld.so.conf", "ld.so.conf.d", "ssl",
    }  # fmt: skip
    assert not (offsite / "new").exists()


def test_the_script_itself_names_what_the_kit_lacks(made: Kit) -> None:
    place = Bunker(made.path, made.house.repository("offsite"))
    brought = Brought("identity", made.escrowed.encode())
    words = ("snapshots", "--json")
    assert made.escrowed not in repr(brought)

    def ask(place: Bunker, brought: Brought = brought) -> object:
        given = ("offsite", "locked", *words)
        return run(given, place, brought, limits=Limits(seconds=60)).code

    assert ask(place) == 0
    for element in ("address", "password"):
        name = f"repositories/offsite/{element}"
        less = made.changed(without(name))
        with pytest.raises(EngineError) as caught:
            ask(replace(place, kit=less.path))
        assert caught.value.parameters == {"element": name}
    with pytest.raises(EngineDenied, match="kit-cannot-open"):
        ask(place, Brought("identity", age.fresh_identity().encode()))
    with pytest.raises(EngineError, match="kit-not-ours"):
        ask(place, Brought("tar", b"nothing like a tar" * 100))


OWNERS = b"ignoring error for /a/b: Lchown: lchown /restore/a/b: invalid argument\n"
FATAL = b"Fatal: There were %d errors\n\n"


def test_owners_that_do_not_exist_inside_are_no_damage() -> None:
    assert only_owners(OWNERS * 2 + FATAL % 2, root=False)
    for stderr, root in (
        (OWNERS * 2 + FATAL % 2, True),
        (OWNERS * 2 + FATAL % 3, False),
        (OWNERS + b"ignoring error for /c: ciphertext verification failed\n" + FATAL % 2, False),
        (OWNERS, False),
        (b"Fatal: wrong password", False),
    ):
        assert not only_owners(stderr, root=root)


@pytest.mark.skipif(os.geteuid() != 0, reason="whoever is not root runs all others so")
def test_it_works_without_root_too(made: Kit, request: pytest.FixtureRequest) -> None:
    """The line as a user gets it, run as one."""
    # A place others may pass through, which pytest's own folders are not.
    place = Path(tempfile.mkdtemp(prefix="phx-user-"))
    request.addfinalizer(lambda: shutil.rmtree(place))
    shutil.copytree(made.house.repository("offsite"), place / "restic")
    (place / "out").mkdir()
    moved = made.changed(
        lambda held: held.update({"repositories/offsite/address": f"{place}/restic\n".encode()})
    )
    shutil.copy(moved.path, place / "kit.age")
    for folder, _, names in os.walk(place):
        for path in (folder, *(os.path.join(folder, name) for name in names)):
            os.chown(path, 1000, 1000)
    words = ("restore", "latest", "--tag", "asset:photos/album", "--target", "/restore")
    bunker_line = Bunker(place / "kit.age", place / "restic", place / "out")
    line = command_line(("identity", "offsite", "locked", *words), bunker_line, root=False)
    as_user = ("setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups")
    done = subprocess.run(
        [*as_user, *line],
        input=made.escrowed.encode(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0 or only_owners(done.stderr, root=False), done.stderr
    album = place / "out" / str(made.house.album).lstrip("/")
    assert len(list(album.iterdir())) == 6
