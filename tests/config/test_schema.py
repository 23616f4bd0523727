"""The JSON schema for editors accepts what Phoenix accepts and refuses what it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from build_config import EXAMPLES, GOOD, STORES, changed
from build_guest_engines import HOUSE
from phoenix_dr import config
from phoenix_dr.config.source import read

FORM = config.schema()
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
    "number": (int, float), "null": type(None),
}  # fmt: skip
REMARKS = {"title", "description", "default", "$defs", "$schema", "format"}
"""Keywords that refuse nothing."""


def refusals(form: dict[str, Any], value: Any, at: str = "") -> Iterator[str]:
    """What a validator of the keywords used here refuses; an unknown keyword is an error."""
    for keyword, wanted in form.items():
        if keyword not in REMARKS:
            yield from RULES[keyword](form, wanted, value, at)


def _ref(_: Any, wanted: str, value: Any, at: str) -> Iterator[str]:
    yield from refusals(FORM["$defs"][wanted.removeprefix("#/$defs/")], value, at)


def _any(_: Any, wanted: list[Any], value: Any, at: str) -> Iterator[str]:
    if all(list(refusals(each, value, at)) for each in wanted):
        yield f"{at}: none fits"


def _type(_: Any, wanted: str, value: Any, at: str) -> Iterator[str]:
    odd = isinstance(value, bool) and wanted in {"integer", "number"}
    if odd or not isinstance(value, TYPES[wanted]):
        yield f"{at}: not {wanted}"


def _properties(_: Any, wanted: dict[str, Any], value: Any, at: str) -> Iterator[str]:
    for name, form in wanted.items():
        if isinstance(value, dict) and name in value:
            yield from refusals(form, value[name], f"{at}.{name}")


def _additional(form: Any, wanted: Any, value: Any, at: str) -> Iterator[str]:
    for name in value if isinstance(value, dict) else ():
        if name not in form.get("properties", {}):
            if wanted is False:
                yield f"{at}: unknown {name}"
            elif isinstance(wanted, dict):
                yield from refusals(wanted, value[name], f"{at}.{name}")


def _required(_: Any, wanted: list[str], value: Any, at: str) -> Iterator[str]:
    yield from (
        f"{at}: no {name}" for name in wanted if isinstance(value, dict) and name not in value
    )


def _items(_: Any, wanted: dict[str, Any], value: Any, at: str) -> Iterator[str]:
    for index, each in enumerate(value if isinstance(value, list) else ()):
        yield from refusals(wanted, each, f"{at}.{index}")


def _pattern(_: Any, wanted: str, value: Any, at: str) -> Iterator[str]:
    if isinstance(value, str) and not re.search(wanted, value):
        yield f"{at}: not like {wanted}"


def _simple(holds: Any) -> Any:
    def rule(_: Any, wanted: Any, value: Any, at: str) -> Iterator[str]:
        if not holds(value, wanted):
            yield f"{at}: {value!r} against {wanted}"

    return rule


def _sized(value: Any, least: int) -> bool:
    return not isinstance(value, list | dict) or len(value) >= least


RULES: dict[str, Any] = {
    "$ref": _ref, "anyOf": _any, "type": _type, "properties": _properties,
    "additionalProperties": _additional, "required": _required, "items": _items,
    "pattern": _pattern, "minItems": _simple(_sized), "minProperties": _simple(_sized),
    "enum": _simple(lambda value, wanted: value in wanted),
    "const": _simple(lambda value, wanted: value == wanted),
    "minimum": _simple(lambda value, least: not isinstance(value, int | float) or value >= least),
    "maximum": _simple(lambda value, most: not isinstance(value, int | float) or value <= most),
}  # fmt: skip


def seen(folder: Path, text: str) -> list[str]:
    path = folder / "phoenix.yaml"
    path.write_text(text, encoding="utf-8")
    return list(refusals(FORM, read(path).data))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_examples_fit(tmp_path: Path, path: Path) -> None:
    assert seen(tmp_path, path.read_text(encoding="utf-8")) == []


def test_a_good_file_fits_also_as_another_parser_reads_it(tmp_path: Path) -> None:
    assert seen(tmp_path, GOOD) == []
    assert seen(tmp_path, STORES) == []
    assert seen(tmp_path, HOUSE) == []
    data = YAML(typ="safe").load(GOOD.replace("2027-06-01", "'2027-06-01'"))
    data["ignore"] = []
    assert list(refusals(FORM, data)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version: 1", "version: 2"),
        ("timezone:", "timezon:"),
        ("site: paris", "town: paris"),
        ("kind: restic", "kind: rsync"),
        ("password: file:/etc/home.pw", "password: hunter2"),
        ("keep: {daily: 7}", "keep: {daily: 0}"),
        ("keep: {daily: 7}", "keep: {often: 7}"),
        ("to: [home, lab/nfs]", "to: []"),
        ("to: [home, lab/nfs]", "to: home"),
        ("rpo: 13h", "rpo: 13"),
        ("rpo: 13h", "rpo: 13x"),
        ("none: nobody needs them", "fils: /x"),
        ("files: /srv/album", "files: album"),
        ("depends_on: [photos]", "depends_on: [photos]\n    criticality: high"),
        ("because: prints exist, ", ""),
        ("sql: select 1", "sqll: select 1"),
    ],
)
def test_a_fault_an_editor_can_see_is_refused(tmp_path: Path, old: str, new: str) -> None:
    assert seen(tmp_path, changed((old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kind: borg", "kind: bork"),
        ("repository: ssh://nas/./borg", "repository: borg"),
        ("archives: {", "archive: {"),
        ("wiki-up-: wiki/uploads", "wiki-up-: 7"),
        ("size: 50GB", "size: 50"),
        ("size: 50GB", "size: 0GB"),
        ("size: 50GB", "size: 50Go"),
        ("http://localhost:9090", "localhost:9090"),
        ("http://localhost:9090", "http://me:hunter2@localhost:9090"),
        ("token: file:~/token", "token: hunter2"),
        ("keep: {within: 14d}", "keep: {}"),
        ("keep: {within: 14d}", "keep: {within: 14d, size: 50GB}"),
        ("'{level=\"alert\"}'", "'level'"),
        ("'{level=\"alert\"}'", "'{}'"),
        ("within: 90d, ", ""),
        ("keep: {last: 7}", "keep: {last: 2147483648}"),
        ("price_per_gb_month: 0.02", "price_per_gb_month: -1"),
    ],
)
def test_a_fault_of_a_store_an_editor_can_see_is_refused(
    tmp_path: Path, old: str, new: str
) -> None:
    assert seen(tmp_path, changed((old, new), text=STORES))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("root@pam", "root"),
        ("backup-nightly", "9lives"),
        ("exclude: [215]", "exclude: [99]"),
        ("repeat_missed: true", "repeat_missed: 1"),
        ("all: true", "every: true"),
        ("mode: stop", "mode: live"),
        ("9000-9099", "9000..9099"),
        ("vmbr99", "'vmbr99,tag=1'"),
        ("    guests: pve1\n", ""),
        ("{store1: far, store1/prod/web: far}", "{}"),
        ("ssh://me@", "sftp://me@"),
    ],
)
def test_a_fault_of_an_engine_with_guests_an_editor_can_see_is_refused(
    tmp_path: Path, old: str, new: str
) -> None:
    assert seen(tmp_path, changed((old, new), text=HOUSE))


def properties(form: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, each in form.get("properties", {}).items():
        yield f"{at}.{name}", each
    for name, each in form.get("$defs", {}).items():
        yield from properties(each, f"{at}/{name}")


def test_every_key_is_described_and_every_reference_leads_somewhere() -> None:
    assert FORM["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    found = dict(properties(FORM))
    assert len(found) > 80
    assert [name for name, each in found.items() if not each.get("description")] == []
    named = re.findall(r"#/\$defs/(\w+)", repr(FORM))
    assert set(named) <= set(FORM["$defs"])


def test_asking_twice_answers_twice() -> None:
    # A submodule of the function's name would take its place at the first call.
    assert config.schema() == config.schema()
