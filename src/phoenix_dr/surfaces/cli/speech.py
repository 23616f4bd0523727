"""The language of this process's words, known before any command is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from phoenix_dr.render.phrases import sentence

_language = "en"


def choose(arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """Settle the language from `--language`, then the environment; help text is built from it."""
    global _language
    asked = _asked(arguments) or environ.get("PHOENIX_LANGUAGE") or _locale(environ)
    _language = "fr" if asked.lower().startswith("fr") else "en"
    return _language


def speak(language: str) -> None:
    """Switch to the estate's language once the configuration is read."""
    global _language
    _language = language


def language() -> str:
    """The language in force: `fr` or `en`."""
    return _language


def said(arguments: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether a person named the language, so that the estate's does not replace it."""
    return bool(_asked(arguments) or environ.get("PHOENIX_LANGUAGE"))


def t(code: str, /, **parameters: str | int | float) -> str:
    """The sentence of a phrase code in the language in force."""
    return sentence(_language, code, **parameters)


def _asked(arguments: Sequence[str]) -> str:
    for index, argument in enumerate(arguments):
        if argument == "--language" and index + 1 < len(arguments):
            return arguments[index + 1]
        if argument.startswith("--language="):
            return argument.partition("=")[2]
    return ""


def _locale(environ: Mapping[str, str]) -> str:
    return environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
