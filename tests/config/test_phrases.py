"""Every code this layer can raise or note has its sentence in both languages."""

from __future__ import annotations

import ast
import re
from string import Formatter

import pytest

from phoenix_dr.config import validate
from phoenix_dr.render.phrases import LANGUAGES, phrases
from tools import ROOT

SOURCES = [
    path.read_text(encoding="utf-8") for path in (ROOT / "src/phoenix_dr/config").glob("*.py")
]
CODE = re.compile(r"[a-z]+(-[a-z0-9]+)*")
WHATS = (
    "host",
    "disk",
    "location",
    "engine",
    "place",
    "policy",
    "service",
    "asset",
    "asset-id",
    "holder",
)
NOTES = {"problem": 1, "_broken": 2, "PydanticCustomError": 0, "Problem": 4, "_like": 1}
"""Calls that name the code of a problem, and the place of the code among their arguments."""
FAMILY = ast.JoinedStr


def constants(node: ast.AST) -> set[str]:
    """Texts in a piece of syntax that may be codes."""
    return {
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant)
        and isinstance(each.value, str)
        and CODE.fullmatch(each.value)
    }


def named(text: str, calls: dict[str, int]) -> set[str]:
    """Codes that stand in calls, or in a variable `code` that goes into one."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            place = calls.get(name, len(node.args))
            # An f-string is one of the families added below.
            given = [each for each in node.args[place : place + 1] if not isinstance(each, FAMILY)]
            found |= set().union(*map(constants, given))
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "code":
            found |= constants(node.value) - {"kind"} if calls is NOTES else set()
    return found


NOTED = set().union(*(named(text, NOTES) for text in SOURCES))
NOTED -= validate.EXPECTED.keys()
NOTED |= {f"expected-{each}" for each in (*validate.EXPECTED.values(), "other")}
NOTED |= {f"unknown-{what}" for what in WHATS}
RAISED = set().union(*(named(text, {"ConfigError": 0}) for text in SOURCES))


def test_the_search_sees_codes() -> None:
    assert named('source.problem((*at, "to"), "named-twice", name=x)', NOTES) == {"named-twice"}
    assert named('code = "a-b" if x else "c-d"', NOTES) == {"a-b", "c-d"}
    assert named('raise ConfigError("config-missing", path=x)', {"ConfigError": 0}) == {
        "config-missing"
    }
    assert len(NOTED) > 50
    assert len(RAISED) > 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_sentence(language: str) -> None:
    wanted = {f"config.{code}" for code in NOTED} | {f"error.{code}" for code in RAISED}
    assert wanted - set(phrases(language)) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_left_over(language: str) -> None:
    ours = {key for key in phrases(language) if key.startswith("config.")}
    assert ours - {f"config.{code}" for code in NOTED} == set()


def test_both_languages_ask_for_the_same_facts() -> None:
    french, english = (phrases(language) for language in LANGUAGES)
    for key in french:
        if key.startswith("config."):
            assert facts(french[key]) == facts(english[key]), key


def facts(sentence: str) -> set[str]:
    """Placeholders of a sentence."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}
