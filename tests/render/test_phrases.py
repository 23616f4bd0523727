"""Both languages say the same things about the same facts."""

from __future__ import annotations

from string import Formatter

import pytest

from phoenix_dr.render.phrases import LANGUAGES, merged, phrases, sentence


def needs(phrase: str) -> set[tuple[str, str]]:
    """Placeholders of a phrase with their formats."""
    return {(name, form or "") for _, name, form, _ in Formatter().parse(phrase) if name}


def unequal(some: dict[str, str], others: dict[str, str]) -> list[str]:
    """Keys only one language has, and keys whose placeholders differ."""
    missing = [*(some.keys() ^ others.keys())]
    return missing + [k for k in some.keys() & others.keys() if needs(some[k]) != needs(others[k])]


def test_every_phrase_exists_in_both_languages_with_the_same_placeholders() -> None:
    assert len(phrases("fr")) > 200
    assert unequal(dict(phrases("fr")), dict(phrases("en"))) == []


@pytest.mark.parametrize(
    ("french", "english"),
    [({"a": "{x}"}, {"a": "{y}"}), ({"a": ""}, {}), ({"a": "{x:size}"}, {"a": "{x}"})],
)
def test_a_difference_is_caught(french: dict[str, str], english: dict[str, str]) -> None:
    assert unequal(french, english) == ["a"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_placeholder_is_named_and_its_format_is_known(language: str) -> None:
    known = {"", "duration", "size", "points", "d"}
    for code, phrase in phrases(language).items():
        for name, form in needs(phrase):
            assert name.isidentifier(), code
            assert form in known, code


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_can_be_filled(language: str) -> None:
    for code, phrase in phrases(language).items():
        assert sentence(language, code, **{name: 3 for name, _ in needs(phrase)}) or not phrase


def test_two_areas_cannot_claim_one_key() -> None:
    with pytest.raises(ValueError, match="words"):
        merged([("base", {"a": "1"}), ("words", {"a": "2"})])


def test_an_unknown_code_is_an_error() -> None:
    with pytest.raises(KeyError):
        sentence("fr", "no.such-code")


def test_numbers_are_shown_as_their_placeholder_says() -> None:
    assert sentence("en", "cap.critical-no-backup", subject="wiki").startswith("wiki is critical")
    said = sentence("fr", "check.canary.ok", age=14, within=86_400)
    assert "14\u202fs" in said
    assert "24\u202fh" in said
