"""A foreseen error is one sentence, a hint where there is one, and never an error of its own."""

from __future__ import annotations

import pytest

from build_report import HOSTILE
from phoenix_dr.errors import ConfigError, EngineError, PhoenixError, Problem
from phoenix_dr.render.errors import explain, problem_lines


def test_a_known_error_has_its_sentence_and_hint() -> None:
    error = PhoenixError("asset-missing", path="/srv/wiki")
    assert explain(error, "en") == (
        "the data to save does not exist: /srv/wiki",
        "correct the path in phoenix.yaml, or mount the volume that holds it",
    )
    assert explain(error, "fr")[0] != explain(error, "en")[0]


def test_an_unknown_error_falls_back_to_its_code_and_facts() -> None:
    assert explain(EngineError("never-heard-of", engine="x", tries=3), "fr") == (
        "never-heard-of (engine x, tries 3)",
        None,
    )


def test_a_missing_parameter_does_not_hide_the_error() -> None:
    sentence, _ = explain(PhoenixError("asset-missing"), "en")
    assert sentence == "asset-missing"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_hostile_parameters_are_harmless(language: str) -> None:
    sentence, _ = explain(PhoenixError("asset-missing", path=HOSTILE), language)
    assert sentence.isprintable()


def test_credentials_in_addresses_are_never_shown() -> None:
    address = "rest:https://me:secret@host/"
    assert "secret" not in explain(PhoenixError("asset-missing", path=address), "en")[0]


def test_every_problem_is_one_line_with_its_place() -> None:
    problem = Problem("phoenix.yaml", 12, 3, "services.wiki", "never-heard-of", (("key", "a\nb"),))
    error = ConfigError("config-invalid", (problem, problem))
    assert (
        problem_lines(error, "en")
        == ("phoenix.yaml:12:3: services.wiki: never-heard-of (key a\\nb)",) * 2
    )
