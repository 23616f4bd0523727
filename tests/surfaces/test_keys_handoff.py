"""`phoenix keys handoff`: a sheet for Vault without a secret, a request evidence closes."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped, unused-ignore]

from build_app import House
from build_kit import Kit, house_with_keys, kit_of
from build_menu import make_project
from build_restic import PASSWORD
from leaks import Scanner
from phoenix_dr.adapters import age
from phoenix_dr.core.json_schema import faults

GIT = "git:https://bot:Tr0ub4dor-and-three@git.example/infra.git"
FILES = {"README.md", "conformity.json", "conformity.schema.json"}
KIT_PLACE = "kit in the safe"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    """A project with keys, a backup and a kit nobody opened yet."""
    made = house_with_keys(tmp_path_factory.mktemp("vault"))
    made.say("opens: [ROOT/secret.age, ROOT/secret.enc.yaml]", f'opens: [ROOT/secret.age, "{GIT}"]')
    assert made.backup().is_whole
    make_project(made)
    return kit_of(made)


def handed(made: House, *words: str, code: int = 0) -> dict[str, Any]:
    """Hand over as JSON."""
    done = made.phoenix("keys", "handoff", "given", "--json", *words)
    assert done.code == code, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def states(sheet: dict[str, Any]) -> dict[str, str]:
    return {point["id"]: point["state"] for point in sheet["points"]}


def memory(made: House, name: str = "shared-context.md") -> str:
    return (made.root / "_bmad/_memory" / name).read_text()


def test_the_sheet_says_what_is_shown_and_what_nobody_tried(told: Kit) -> None:
    sheet = handed(told.house)
    found = states(sheet)
    assert found["copy-away:repositories"] == "unknown"
    assert found["no-circle:repositories"] == "shown"
    assert found["two-copies:sops-age"] == "not-shown"
    assert found["engine-key:home"] == found["encrypted-away:offsite"] == "shown"
    assert "encrypted-away:home" not in found
    assert found["files-closed:small"] == found["kit:small"] == found["bunker:small"] == "unknown"
    [key] = [key for key in sheet["keys"] if key["name"] == "sops-age"]
    [identity] = age.identities_in((told.house.root / "keys/age.txt").read_text())
    assert (key["kind"], key["fingerprint"]) == ("age", age.public_of(identity))
    [password] = [key for key in sheet["keys"] if key["name"] == "repositories"]
    assert (password["kind"], password["fingerprint"]) == ("password", None)
    assert {(c["place"], c["off_site"], c["last_proof"]) for c in password["copies"]} == {
        ("drawer", False, "never"),
        ("safe", True, "never"),
    }


def test_every_file_is_there_and_keeps_to_its_schema_by_a_judge_of_others(told: Kit) -> None:
    handed(told.house)
    folder = told.house.root / "given/vault"
    assert {path.name for path in folder.iterdir()} == FILES
    schema = json.loads((folder / "conformity.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    document = json.loads((folder / "conformity.json").read_text())
    assert list(Draft202012Validator(schema).iter_errors(document)) == []
    assert list(faults(schema, document)) == []
    broken = list(breaks(document))
    assert len(broken) > 100
    for each in broken:
        theirs = bool(list(Draft202012Validator(schema).iter_errors(each)))
        assert bool(list(faults(schema, each))) is theirs
    assert sum(bool(list(faults(schema, each))) for each in broken) > len(broken) / 2


def breaks(document: Any) -> Iterator[Any]:
    """The document with one thing in it gone, strange or added."""
    for path in paths(document):
        strange: tuple[Any, ...] = (None, 7, True, "x", [], {}, -1)
        for new in strange:
            made = copy.deepcopy(document)
            at = made
            for step in path[:-1]:
                at = at[step]
            at[path[-1]] = new
            yield made
        if isinstance(path[-1], str):
            made = copy.deepcopy(document)
            at = made
            for step in path[:-1]:
                at = at[step]
            del at[path[-1]]
            at["secret"] = "x"
            yield made


def paths(value: Any, *, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """One way to each kind of place: of a list the first entry stands for all."""
    if at:
        yield at
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, at=(*at, name))
    if isinstance(value, list) and value:
        yield from paths(value[0], at=(*at, 0))


def test_no_secret_and_no_private_path_in_any_of_it(told: Kit) -> None:
    [identity] = age.identities_in((told.house.root / "keys/age.txt").read_text())
    scanner = Scanner(
        {"age": identity, "restic": PASSWORD, "escrow": told.escrowed, "git": "Tr0ub4dor-and-three"}
    )
    for language in ("fr", "en"):
        done = told.house.phoenix("keys", "handoff", "given", "--language", language)
        assert done.code == 0, done.err
        assert scanner.find((done.out + done.err).encode(), "said") == []
    assert scanner.in_files(told.house.root / "given") == []
    assert scanner.find(memory(told.house).encode(), "memory") == []
    texts = [path.read_text() for path in (told.house.root / "given/vault").iterdir()]
    assert not any("keys/age.txt" in text or "repositories.pw" in text for text in texts)
    assert any("git.example/infra.git" in text for text in texts)
    leaking = told.house.root / "given/vault/leak"
    leaking.write_text(identity)
    assert scanner.in_files(told.house.root / "given") != []
    leaking.unlink()


def test_the_request_stands_once_and_is_not_closed_by_itself(told: Kit) -> None:
    for _ in range(3):
        handed(told.house)
    told.house.phoenix("audit", "--no-report")
    assert memory(told.house).count("- [ ] [phoenix→vault]") == 1
    assert memory(told.house, "handoff-log.md").count("| phoenix → vault |") == 1
    assert "[x] [phoenix→vault]" not in memory(told.house)


def test_a_file_of_somebody_else_stays(told: Kit, tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault/README.md").write_text("mine\n")
    done = told.house.phoenix("keys", "handoff", str(tmp_path))
    assert (done.code, (tmp_path / "vault/README.md").read_text()) == (2, "mine\n")
