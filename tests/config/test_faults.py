"""Broken files: every fault at once, each at its place; nothing that may be secret is repeated."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_config import GOOD, SECRET, STORES, changed, short, written
from phoenix_dr import config
from phoenix_dr.errors import ConfigError, Problem
from phoenix_dr.render.errors import problem, problem_lines
from phoenix_dr.render.phrases import LANGUAGES

Fault = tuple[int, int, str, str]


def problems(folder: Path, text: str | bytes) -> tuple[Problem, ...]:
    """Every fault `load` names; the test fails when it names none."""
    with pytest.raises(ConfigError) as caught:
        config.load(written(folder, text))
    assert caught.value.code == "config-invalid"
    assert caught.value.parameters["count"] == len(caught.value.problems)
    return caught.value.problems


NOT_YAML: list[tuple[str | bytes, Fault]] = [
    ("", (1, 1, "", "not-a-mapping")),
    ("- a\n", (1, 1, "", "not-a-mapping")),
    ("a: [1,\n", (1, 7, "", "not-yaml")),
    ("a: 1\n b: 2\n", (2, 3, "", "not-yaml")),
    ("a: 1\n\tb: 2\n", (2, 1, "", "not-yaml")),
    ("a: 1\n---\nb: 1\n", (2, 1, "", "not-yaml")),
    ("a: *nowhere\n", (1, 4, "", "not-yaml")),
    ("a: &x [*x]\n", (1, 1, "", "nested-too-deep")),
    ("[" * 1000, (1, 1, "", "nested-too-deep")),
    ("a: 1\nb: \x01\n", (2, 4, "", "bad-character")),
    (b"a: \xff\n", (1, 1, "", "not-utf8")),
]


@pytest.mark.parametrize(("text", "fault"), NOT_YAML)
def test_what_is_no_yaml_is_one_fault_with_its_place(
    tmp_path: Path, text: str | bytes, fault: Fault
) -> None:
    assert short(problems(tmp_path, text)) == [fault]


CHANGE = re.compile(r"^(.+)\n  → (.+)\n((?:  \d+:\d+ .+\n)+)", re.MULTILINE)
FAULT = re.compile(r"  (\d+):(\d+) (.+) (\S+)\n")
SIGNS = str.maketrans({"⏎": "\n", "␣": " ", "∅": ""})
TABLES = {"faults.txt": GOOD, "faults_engines.txt": STORES}
"""Tables of changes, and the good file each changes."""
Change = tuple[str, str, str, list[Fault]]


def table(name: str) -> str:
    """The text of a table."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def changes(name: str) -> list[Change]:
    """The good file of a table, what goes, what comes, and every fault that is then named."""
    return [
        (
            TABLES[name],
            old.translate(SIGNS),
            new.translate(SIGNS),
            [
                (int(line), int(column), path.removeprefix("-"), code)
                for line, column, path, code in FAULT.findall(faults)
            ],
        )
        for old, new, faults in CHANGE.findall(table(name))
    ]


ONE = [change for name in TABLES for change in changes(name)]


@pytest.mark.parametrize(("name", "least"), [("faults.txt", 55), ("faults_engines.txt", 40)])
def test_the_whole_table_is_read(name: str, least: int) -> None:
    text, read = table(name), changes(name)
    assert len(read) == text.count("  → ") >= least
    assert sum(len(each[3]) for each in read) == len(re.findall(r"^  \d", text, re.MULTILINE))


@pytest.mark.parametrize(("good", "old", "new", "faults"), ONE, ids=[each[2] for each in ONE])
def test_a_fault_is_named_with_its_place(
    tmp_path: Path, good: str, old: str, new: str, faults: list[Fault]
) -> None:
    assert short(problems(tmp_path, changed((old, new), text=good))) == faults


@pytest.mark.parametrize("good", TABLES.values(), ids=TABLES)
def test_the_file_the_faults_are_put_into_is_good(tmp_path: Path, good: str) -> None:
    assert config.check(written(tmp_path, good)).problems == ()


def test_all_faults_are_named_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = changed(
        ("timezone: Europe/Paris", "timezone: Mars"),
        ("{site: paris}", "{}"),
        ("location: near", "location: nowhere"),
        ("because: a mistake is noticed within a week", "because:"),
        ("[home, lab/nfs]", "[home, zip]"),
        ("depends_on: [photos]", "depends_on: [photos, mail]"),
        ("    assets:\n      album:", "    depends_on: [wiki]\n    assets:\n      album:"),
        ("prints exist, until: 2027-06-01", "prints exist, until: soon"),
    )
    assert short(problems(tmp_path, text)) == [
        (3, 11, "timezone", "unknown-timezone"),
        (6, 11, "hosts.bucket", "missing-key"),
        (11, 59, "engines.home.location", "unknown-location"),
        (17, 5, "policies.default.because", "empty-text"),
        (18, 16, "policies.default.to.1", "unknown-engine"),
        (21, 26, "services.wiki.depends_on.1", "unknown-service"),
        (29, 17, "services.photos.depends_on", "dependency-cycle"),
        (31, 80, "services.photos.assets.album.accepted_loss.until", "expected-date"),
    ]


@pytest.mark.parametrize("block", ["hosts", "locations", "engines", "services"])
@pytest.mark.parametrize("left", ["", "{}", "[]", "text"])
def test_a_whole_block_gone_is_one_fault_and_the_rest_is_still_checked(
    tmp_path: Path, block: str, left: str
) -> None:
    lines = GOOD.replace("Europe/Paris", "Mars").splitlines(keepends=True)
    start = lines.index(f"{block}:\n")
    end = next(i for i, line in enumerate(lines) if i > start and not line.startswith(" "))
    lines[start:end] = [f"{block}: {left}\n"] if left else []
    codes = [each.code for each in problems(tmp_path, "".join(lines)) if "disk" not in each.path]
    assert sorted(codes) == sorted(
        ["unknown-timezone", {"": "missing-key", "{}": "empty-block"}.get(left, "expected-mapping")]
    )


def test_a_cycle_is_named_from_end_to_end(tmp_path: Path) -> None:
    text = changed(("  photos:\n", "  photos:\n    depends_on: [wiki]\n"))
    (fault,) = problems(tmp_path, text)
    cycle = str(dict(fault.parameters)["cycle"]).split(" → ")
    assert cycle[0] == cycle[-1]
    assert set(cycle) == {"wiki", "photos"}


def test_the_closest_name_is_offered(tmp_path: Path) -> None:
    (name,) = problems(tmp_path, changed(("location: near", "location: neer")))
    assert dict(name.parameters) == {"name": "neer", "known": "near"}
    (key,) = problems(tmp_path, changed(("timezone:", "time_zone:")))
    assert dict(key.parameters) == {"key": "time_zone", "close": "timezone"}


SPOTS = [
    ("password: file:/etc/home.pw", f"password: {SECRET}"),
    ("password: file:/etc/home.pw", f"password: file:{SECRET}"),
    ("password: file:/etc/home.pw", f'password: "env:{SECRET} 1"'),
    ("password: file:/etc/home.pw", f"password: *{SECRET}"),
    ("password: file:/etc/home.pw", f"password: !{SECRET} x"),
    ("password: file:/etc/home.pw", f"password: {{{SECRET}}}"),
    ("password: file:/etc/home.pw", f"environment: {{KEY: {SECRET}}}"),
    ("password: file:/etc/home.pw", f"environment: {SECRET}"),
    ("token: env:LAB_TOKEN", f"token: {SECRET}"),
    ("[home.password]", f"[{SECRET}]"),
    ("    secrets: [home.password]", f"    age: AGE-SECRET-KEY-1{SECRET}"),
    ("[home.password]", f"[home.password]\n    opens: [AGE-SECRET-KEY-1{SECRET}]"),
]


STORE_SPOTS = [
    ("password: file:~/borg.pw", f"password: {SECRET}"),
    ("token: file:~/token", f"token: {SECRET}"),
    ("token: file:~/token", f"token: [{SECRET}]"),
    ("http://localhost:9090", f"http://me:{SECRET}@localhost:9090"),
    ("http://localhost:9090", f"http://localhost:9090/?token={SECRET}"),
    ("https://logs.house/loki", f"{SECRET}"),
]


@pytest.mark.parametrize(("old", "new"), STORE_SPOTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_secret_pasted_into_a_store_is_refused_and_never_repeated(
    tmp_path: Path, old: str, new: str, language: str
) -> None:
    (fault,) = problems(tmp_path, changed((old, new), text=STORES))
    assert SECRET not in f"{fault}{problem(fault, language)}"


@pytest.mark.parametrize(("old", "new"), SPOTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_secret_pasted_into_the_file_is_refused_and_never_repeated(
    tmp_path: Path, old: str, new: str, language: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(written(tmp_path, changed((old, new))))
    said = "\n".join(problem_lines(caught.value, language))
    shown = f"{said}{caught.value}{[each.parameters for each in caught.value.problems]}"
    assert said
    assert SECRET not in shown
    # Nor by the chain of errors, which a bug's traceback would print.
    assert caught.value.__cause__ is None


def inside(found: Problem, text: str) -> bool:
    """Whether a fault points at a character of the text, or right behind the end of a line."""
    lines = text.split("\n")
    return 1 <= found.line <= len(lines) and 1 <= found.column <= len(lines[found.line - 1]) + 1


def test_a_place_behind_the_file_is_seen_as_outside() -> None:
    assert inside(Problem("f", 1, 3, "", "x"), "ab\n")
    assert not inside(Problem("f", 1, 4, "", "x"), "ab\n")
    assert not inside(Problem("f", 3, 1, "", "x"), "ab\n")


PIECES = st.sampled_from(
    ["\n", " ", "  ", "\t", ":", "-", "{", "}", "[", "]", '"', "'", "#", "&a", "*a", "!x", "|", ">",
     "?", "TODO", "é", "\u2028", "\ufeff", "\x85", "\U0001f5dd", "0", "null", "hosts:", "wiki",
     "\\0"]
)  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), PIECES), max_size=4))
@settings(max_examples=150)
def test_any_damage_is_told_inside_the_file_in_both_languages(
    damage: list[tuple[int, int, str]],
) -> None:
    text = GOOD
    for at, gone, new in damage:
        text = text[:at] + new + text[at + gone :]
    with TemporaryDirectory() as folder:
        report = config.check(written(Path(folder), text))
    text = text.removeprefix("\ufeff")
    for found in (*report.problems, *report.notes):
        assert inside(found, text), found
        assert all(problem(found, language) for language in LANGUAGES)
