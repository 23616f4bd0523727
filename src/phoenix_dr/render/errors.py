"""Deliberate errors as one sentence and, where there is one, a hint."""

from __future__ import annotations

import re

from phoenix_dr.errors import ConfigError, PhoenixError, Problem
from phoenix_dr.render.phrases import phrases
from phoenix_dr.render.text import clean, redact
from phoenix_dr.render.view import say

Facts = dict[str, str | int]
DIGITS = 12
"""Digits of a digest that people are shown; enough to name one plan, or point, of many."""
_DIGEST = re.compile("[0-9a-f]{64}")


def explain(error: PhoenixError, language: str) -> tuple[str, str | None]:
    """The sentence of an error and its hint (None without one). Never fails itself."""
    facts = _facts(dict(error.parameters))
    sentence = _sentence(f"error.{error.code}", facts, language)
    hint = f"hint.{error.code}"
    return sentence, str(say(language, hint, facts)) if hint in phrases(language) else None


def problem_lines(error: ConfigError, language: str) -> tuple[str, ...]:
    """Every fault of phoenix.yaml as `file:line:column: path: sentence`."""
    return tuple(problem(found, language) for found in error.problems)


def problem(found: Problem, language: str) -> str:
    """One fault as `file:line:column: path: sentence`."""
    facts = _facts(dict(found.parameters))
    said = _sentence(f"config.{found.code}", facts, language)
    place = f"{found.file}:{found.line}:{found.column}"
    parts = [clean(part) for part in (place, found.path) if part]
    return ": ".join([*parts, said])


def _sentence(code: str, facts: Facts, language: str) -> str:
    return str(say(language, code, facts))


def _facts(parameters: Facts) -> Facts:
    return {n: _short(redact(v)) if isinstance(v, str) else v for n, v in parameters.items()}


def _short(value: str) -> str:
    """A digest or the id of a point as people are shown it; everything else unchanged."""
    return value[:DIGITS] if _DIGEST.fullmatch(value) else value
