"""Single values of phoenix.yaml: text, names, paths, durations, dates, references to secrets."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from phoenix_dr.config import units
from phoenix_dr.core.model import SecretRef

_ABSOLUTE = re.compile(r"(/|~/|~$)")
_REFERENCE = re.compile(r"(file):((?:/|~/).+)|(env):([A-Za-z_]\w*)", re.ASCII)
_AGE_SECRET = re.compile(r"AGE-(SECRET|PLUGIN)-", re.IGNORECASE)
_ADDRESS = re.compile(r"[a-z0-9][a-z0-9+-]+:")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_URL = re.compile(r"https?://[^\s/@?#]+(/[^\s?#]*)?", re.ASCII)
_FINGERPRINT = re.compile(r"[0-9a-fA-F]{2}(:?[0-9a-fA-F]{2}){1,31}")
_DURATION = r"^[1-9]\d*(s|m|min|h|d|w)( \d+(s|m|min|h|d|w))*$"


def as_text(given: object) -> str:
    """Text that is not empty. Raises pydantic's faults."""
    if not isinstance(given, str) and given is not None:
        raise PydanticCustomError("string_type", "text", {})
    if given is None or not given.strip():
        raise PydanticCustomError("empty-text", "text", {})
    return given


def as_path(given: object) -> str:
    """An absolute path, or one below `~`. Raises pydantic's faults, never with a key in them."""
    text = as_text(given)
    if _AGE_SECRET.match(text):
        # Never the value: it is a private key where its path belongs.
        raise PydanticCustomError("bare-key", "path", {})
    if not _ABSOLUTE.match(text):
        raise PydanticCustomError("relative-path", "path", {"path": text})
    return text


def _repository(given: object) -> str:
    text = as_text(given)
    return text if _ADDRESS.match(text) else as_path(text)


def _opened(given: object) -> str:
    text = as_text(given)
    return as_path(text) if _AGE_SECRET.match(text) else text


def _duration(given: object) -> timedelta:
    try:
        return units.duration(given if isinstance(given, str) else "")
    except ValueError:
        raise PydanticCustomError("bad-duration", "duration", {"given": str(given)}) from None


def _day_or_more(given: object) -> timedelta:
    found = _duration(given)
    if found < timedelta(days=1):
        raise PydanticCustomError("below-a-day", "duration", {"given": str(given)})
    return found


def _size(given: object) -> int:
    try:
        return units.size(given if isinstance(given, str) else "")
    except ValueError:
        raise PydanticCustomError("bad-size", "size", {"given": str(given)}) from None


def _url(given: object) -> str:
    text = as_text(given)
    if not _URL.fullmatch(text):
        # Never the value: a password may stand in an address.
        raise PydanticCustomError("bad-url", "url", {})
    return text


def _fingerprint(given: object) -> str:
    text = as_text(given)
    if not _FINGERPRINT.fullmatch(text):
        raise PydanticCustomError("bad-fingerprint", "fingerprint", {})
    return text


def _selector(given: object) -> str:
    # Without quotes YAML takes {level="alert"} for keys with values.
    text = given.strip() if isinstance(given, str) else ""
    if not (text.startswith("{") and text.endswith("}") and text[1:-1].strip()):
        raise PydanticCustomError("bad-selector", "selector", {})
    return text


def _date(given: object) -> date:
    if not isinstance(given, str) or not _DATE.fullmatch(given):
        raise PydanticCustomError("date_type", "date", {})
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise PydanticCustomError("date_type", "date", {}) from None


def _secret(given: object) -> SecretRef:
    found = _REFERENCE.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        # Never the value: it may be the secret itself.
        raise PydanticCustomError("bare-secret", "reference", {"schemes": "file:/…, env:NAME"})
    return SecretRef(found[1] or found[3], found[2] or found[4])


def _words(given: object) -> object:
    return [given] if isinstance(given, str) else given


def _shown(form: str = "", **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string"} | ({"pattern": form} if form else {}) | more)


Text = Annotated[str, BeforeValidator(as_text), _shown(r"\S")]
Path = Annotated[str, BeforeValidator(as_path), _shown(r"^(/|~/|~$)")]
Repository = Annotated[
    str, BeforeValidator(_repository), _shown(r"^(/|~/|~$|[a-z0-9][a-z0-9+-]+:)")
]
Opened = Annotated[str, BeforeValidator(_opened), _shown(r"\S")]
Day = Annotated[date, BeforeValidator(_date), _shown(format="date")]
Duration = Annotated[timedelta, BeforeValidator(_duration), _shown(_DURATION)]
Secret = Annotated[
    SecretRef, BeforeValidator(_secret), _shown(r"^(file:(/|~/).+|env:[A-Za-z_]\w*)$")
]
DayOrMore = Annotated[timedelta, BeforeValidator(_day_or_more), _shown(_DURATION)]
Size = Annotated[int, BeforeValidator(_size), _shown(r"^0*[1-9]\d* ?([kKMGTP]?B|[KMGTP]iB)$")]
"""Bytes."""
Url = Annotated[str, BeforeValidator(_url), _shown(r"^https?://[^\s/@?#]+(/[^\s?#]*)?$")]
Fingerprint = Annotated[str, BeforeValidator(_fingerprint), _shown(rf"^{_FINGERPRINT.pattern}$")]
"""SHA-256 of a certificate in hexadecimal, with or without colons."""
Selector = Annotated[str, BeforeValidator(_selector), _shown(r"^\s*\{[\s\S]*\S[\s\S]*\}\s*$")]
"""Which streams of a log store are meant, as LogQL writes it: `{level="alert"}`."""
Count = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]
"""As many as every tool can count."""
Words = Annotated[list[Text], BeforeValidator(_words)]
"""A list of words; one word may stand alone."""
