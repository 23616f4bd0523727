"""No secret comes out: a life with canaries as secrets, and a scanner that would find them."""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from build_app import House, Ran, house
from build_kit import KEYS, sops_program
from build_repositories import ENGINES, rekey
from build_restic import PASSWORD
from leaks import Scanner, Watch, forms
from phoenix_dr.adapters import age, shares

AWKWARD = ' "quoted" é+/&=%\\ '
"""Makes every way of writing a canary differ from every other."""
ENGINE = frozenset({"restic", "setpriv", "nice", "ionice"})
"""What stands between Phoenix and an engine that is given its password."""


def canary() -> str:
    """A secret nobody could write by chance."""
    return secrets.token_urlsafe(12) + AWKWARD + secrets.token_urlsafe(12)


@dataclass
class Told:
    """A life that was lived: what was said, what was seen, what should stay unseen."""

    house: House
    scanner: Scanner
    watch: Watch
    said: dict[str, Ran]
    hidden: tuple[Path, ...]


def private(path: Path, text: str) -> Path:
    path.write_text(text + "\n")
    path.chmod(0o600)
    return path


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    made = house(tmp_path_factory.mktemp("canaries"))
    root = made.root
    hidden = {"home": canary(), "offsite": canary(), "phrase": canary(), "sops": canary()}
    for key in ("age", "escrow", "stranger"):
        hidden[key] = age.fresh_identity()
    canaries(made, hidden)
    needs = {
        "home": ENGINE,
        "offsite": ENGINE | {"python phoenix_dr", Path(sys.executable).resolve().name},
        "age": frozenset({"sops", "setpriv"}),
    }
    pages = root / "pages"
    unseen = (root / "keys", pages, root / "home", root / "offsite", root / "srv")
    scanner = Scanner(hidden, needs)
    with Watch(
        [root / name for name in ("tmp", "state", "drills", "docs", "out")], but=unseen
    ) as w:
        said = dict(life(made, hidden))
    hidden |= from_pages(pages, made)
    return Told(made, scanner, w, said, unseen)


def canaries(made: House, hidden: dict[str, str]) -> None:
    """Put the canaries where secrets are: files, an environment, an encrypted file."""
    root = made.root
    for folder in ("tmp", "out"):
        (root / folder).mkdir()
    for engine in ENGINES:
        rekey(made.repository(engine), PASSWORD, hidden[engine])
    private(made.password, hidden["home"])
    private(root / "keys" / "phrase", hidden["phrase"])
    private(root / "keys" / "escrow", hidden["escrow"])
    private(root / "keys" / "stranger", hidden["stranger"])
    private(root / "keys" / "age.txt", hidden["age"])
    made.say(
        'location: offsite\n    password: "file:ROOT/keys/repositories.pw"',
        'location: offsite\n    password: "env:OFFSITE"',
    )
    made.config.write_text(made.config.read_text() + KEYS.format(root=root))
    recipient = age.public_of(hidden["age"])
    (root / "secret.age").write_bytes(age.encrypted(hidden["sops"].encode(), [recipient]))
    # The counting shim of other tests starts programs of its own.
    (root / "bin" / "restic").unlink()
    sops = sops_program()
    (root / "bin" / "sops").symlink_to(sops)
    plain = private(root / "keys" / "plain.json", json.dumps({"deep": hidden["sops"]}))
    line = [str(sops), "encrypt", "--age", recipient, str(plain)]
    done = subprocess.run(line, check=True, capture_output=True, env=dict(os.environ))
    (root / "secret.enc.yaml").write_bytes(done.stdout)


def life(made: House, hidden: dict[str, str]) -> Iterator[tuple[str, Ran]]:
    """The main commands, well and badly used, in words and as JSON."""
    root, kit = made.root, made.root / "out" / "kit.age"
    escrow, stranger = (f"file:{root}/keys/{name}" for name in ("escrow", "stranger"))
    to = age.public_of(hidden["escrow"])
    wrong = {"OFFSITE": "wrong"}
    for line, environ in (
        ("config check", {}),
        ("canary beat", {}),
        ("backup", {}),
        ("backup --json wiki", wrong),
        ("drill run wiki --mutate", {}),
        ("drill run wiki --json", {}),
        ("drill run wiki", wrong),
        ("dr plan", {}),
        ("keys prove --json", {}),
        (f"keys kit --to {to} --shares 2of3 --paper --pages {root}/pages --out {kit}", {}),
        (f"keys kit --to {hidden['stranger']} --out {root}/out/none.age", {}),
        (f"keys kit --passphrase-from file:{root}/keys/phrase --json --out {root}/out/p.age", {}),
        (f"keys prove --kit {kit} --identity {escrow} --copy safe", {}),
        (f"keys prove --kit {kit} --identity {stranger} --json", {}),
        (f"drill bunker --kit {kit} --identity {escrow}", {}),
        (f"drill bunker --kit {kit} --identity {escrow} --json", {}),
        (f"drill bunker --kit {kit} --identity {stranger}", {}),
        ("audit --json", {}),
        ("evidence export", {}),
        ("metrics", {}),
        ("retention plan", {}),
        ("keys show --json", {}),
    ):
        typed = line.split()
        password = environ.get("OFFSITE", hidden["offsite"])
        ran = made.phoenix(*typed, OFFSITE=password, TMPDIR=f"{root}/tmp")
        yield line, ran


def from_pages(pages: Path, made: House) -> dict[str, str]:
    """Keys that were made meanwhile: known only from what was printed."""
    cells = {path.stem: path.read_text().split("</small> ")[1:] for path in pages.glob("*.html")}
    words = {name: [cell.split("</td>")[0] for cell in held] for name, held in cells.items()}
    split = [" ".join(held) for name, held in sorted(words.items()) if name.startswith("share")]
    return {
        "paper": "".join(words["identity"]),
        "shared": shares.join(split[:2], environ=made.environ),
        **{f"share {number}": text for number, text in enumerate(split, 1)},
    }


def test_the_life_was_lived(told: Told) -> None:
    """A scan of commands that all failed would prove nothing."""
    codes = {line: ran.code for line, ran in told.said.items()}
    good = [line for line in codes if line.split()[0] in {"config", "canary", "dr", "evidence"}]
    good += ["backup", "drill run wiki --mutate", "keys prove --json", "metrics"]
    good += [line for line in codes if "escrow" in line or "/out/p.age" in line]
    good += [line for line in codes if line.startswith("keys kit --to age1")]
    assert {line: codes[line] for line in good if codes[line] not in (0, 3)} == {}
    assert codes["drill run wiki"] != 0
    assert [ran.code for line, ran in told.said.items() if "none.age" in line] == [2]
    assert "bunker" in " ".join(codes)
    assert not [line for line, ran in told.said.items() if "Traceback" in ran.err]
    bunker = [ran for line, ran in told.said.items() if "bunker" in line and "escrow" in line]
    assert [ran.code for ran in bunker] == [0, 0], bunker
    programs = {name for name, _ in told.watch.surroundings}
    assert {"restic", "sops", "bwrap", "python phoenix_dr.surfaces.shares"} <= programs
    assert told.watch.polls > 100
    assert len(told.scanner.canaries) == 12


def test_nothing_was_said(told: Told) -> None:
    # What a person types is in the terminal already; Phoenix does not say it again.
    leaks = [
        leak
        for line, ran in told.said.items()
        for leak in told.scanner.find((ran.out + ran.err).encode(), line)
    ]
    assert leaks == []


def test_nothing_lies_in_files_ledger_or_reports(told: Told) -> None:
    assert told.scanner.in_files(told.house.root, but=told.hidden) == []
    assert told.scanner.in_brief_files(told.watch) == []
    assert [path for path in told.watch.files if "ledger.db" in path]


def test_no_process_shows_one(told: Told) -> None:
    # One line was typed with a private key in it, to see that it is refused and not repeated.
    typed = [leak for leak in told.scanner.in_processes(told.watch) if "none.age" not in leak.where]
    lines = {line for line in told.watch.lines if b"none.age" in line}
    assert [leak for leak in typed if leak.canary != "stranger"] == []
    assert len(lines) >= 1
    told.watch.lines -= lines
    assert told.scanner.in_processes(told.watch) == []


SECRET = canary()
FORMS = {
    "raw": SECRET,
    "hex": SECRET.encode().hex(),
    "HEX": SECRET.encode().hex().upper(),
    "url": quote(SECRET, safe=""),
    "json": json.dumps({"x": SECRET}),
    "json-utf8": json.dumps([SECRET], ensure_ascii=False),
    **{
        f"base64+{ahead}": base64.b64encode(b"x" * ahead + SECRET.encode() + b"yz").decode()
        for ahead in range(3)
    },
    "base64url+0": base64.urlsafe_b64encode(SECRET.encode()).decode(),
}


@pytest.fixture
def scanner() -> Scanner:
    return Scanner({"it": SECRET}, {"it": frozenset({"restic"})})


@pytest.mark.parametrize("form", FORMS)
def test_the_scanner_finds_every_form_and_no_other_text(scanner: Scanner, form: str) -> None:
    found = scanner.find(f"before {FORMS[form]} after".encode(), "here")
    assert form in {leak.form for leak in found}
    other = FORMS[form][:8] + FORMS[form][9:]
    assert scanner.find(other.encode(), "here") == []
    assert all(len(written) > 20 for written in forms(SECRET).values())


LEAKING = """
import os, subprocess, sys, time
secret, folder = sys.stdin.read(), sys.argv[1]
line = [sys.executable, "-c", "import time; time.sleep(0.3)"]
one = subprocess.Popen([*line, secret.encode().hex()])
two = subprocess.Popen(line, env={"PASSWORD": secret})
with open(folder + "/brief", "w") as brief:
    brief.write(secret)
time.sleep(0.3)
os.unlink(folder + "/brief")
one.wait(), two.wait()
"""


def test_a_leaking_twin_is_caught_everywhere(scanner: Scanner, tmp_path: Path) -> None:
    with Watch([tmp_path]) as watch:
        subprocess.run(
            [sys.executable, "-c", LEAKING, str(tmp_path)],
            input=SECRET.encode(), check=True, timeout=60,
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []
    where = {(leak.form, leak.where.split()[0]) for leak in scanner.in_processes(watch)}
    assert {("hex", "command"), ("raw", "environment")} <= where
    assert {leak.form for leak in scanner.in_brief_files(watch)} >= {"raw"}
    (tmp_path / "left").write_text(base64.b64encode(SECRET.encode()).decode())
    assert [leak.canary for leak in scanner.in_files(tmp_path)] != []
    (tmp_path / "left").unlink()
    assert scanner.in_files(tmp_path) == []


def test_a_calm_twin_is_not_accused(scanner: Scanner, tmp_path: Path) -> None:
    """A secret that comes by stdin, and one in the environment of who needs it."""
    calm = "import sys, time; sys.stdin.read(); time.sleep(0.2)"
    with Watch([tmp_path]) as watch:
        line = [sys.executable, "-c", calm]
        subprocess.run(line, input=SECRET.encode(), check=True, timeout=60)
        time.sleep(0.05)
    watch.surroundings.add(("restic", f"RESTIC_PASSWORD={SECRET}".encode()))
    assert scanner.in_processes(watch) + scanner.in_brief_files(watch) == []
    watch.surroundings.add(("sleep", f"RESTIC_PASSWORD={SECRET}".encode()))
    assert {leak.where for leak in scanner.in_processes(watch)} == {"environment of sleep"}
