"""Amounts as people write them: durations, ages, sizes, moments, score points."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from phoenix_dr.render.phrases import sentence

THIN = "\u202f"
"""Narrow no-break space: groups digits, and stands before a unit in French."""

_DAY = {"fr": "j", "en": "d"}
_BYTE = {"fr": ("o", "ko", "Mo", "Go", "To", "Po"), "en": ("B", "kB", "MB", "GB", "TB", "PB")}
_MINUTE, _HOUR, _DAYS = 60, 3600, 86_400


def duration(span: timedelta | float, language: str) -> str:
    """A span or seconds: `1.4 s`, `38 min`, `1 h 25`, `2 d` (from 48 hours on)."""
    seconds = span.total_seconds() if isinstance(span, timedelta) else float(span)
    if seconds < 0:
        return "−" + duration(-seconds, language)
    if seconds < 9.95:
        return _with_unit(_one_decimal(seconds, language), "s", language)
    whole = round(seconds)
    if whole < 10 * _MINUTE:
        return _two(divmod(whole, _MINUTE), ("min", "s"), language)
    if whole < _HOUR:
        return _with_unit(str(whole // _MINUTE), "min", language)
    if whole < 2 * _DAYS:
        hours, rest = divmod(whole, _HOUR)
        minutes = f" {rest // _MINUTE:02d}" if rest >= _MINUTE else ""
        return _with_unit(str(hours), "h", language) + minutes
    days, rest = divmod(whole, _DAYS)
    hours = rest // _HOUR if days < 10 else 0
    return _two((days, hours), (_DAY[language], "h"), language)


def _two(amounts: tuple[int, int], names: tuple[str, str], language: str) -> str:
    parts = [_with_unit(str(n), u, language) for n, u in zip(amounts, names, strict=True) if n]
    return " ".join(parts)


def _with_unit(amount: str, unit: str, language: str) -> str:
    return f"{amount}{THIN if language == 'fr' else ' '}{unit}"


def _one_decimal(amount: float, language: str) -> str:
    text = f"{amount:.1f}".removesuffix(".0") if amount == round(amount) else f"{amount:.1f}"
    return text.replace(".", ",") if language == "fr" else text


def seconds(amount: float, language: str) -> str:
    """Measured seconds without their unit, one decimal: `0.1` or `0,1`."""
    return f"{amount:.1f}".replace(".", "," if language == "fr" else ".")


def age(span: timedelta | float, language: str) -> str:
    """How long ago: `9 h ago`; a negative span lies ahead: `in 3 h`."""
    elapsed = span.total_seconds() if isinstance(span, timedelta) else float(span)
    if 0 <= elapsed < 1:
        return sentence(language, "unit.now")
    code = "unit.ago" if elapsed >= 0 else "unit.ahead"
    return sentence(language, code, duration=duration(abs(elapsed), language))


def size(amount: int | None, language: str) -> str:
    """Bytes in decimal units (`1.1 MB`, `1,1 Mo`); `?` when unknown."""
    if amount is None:
        return "?"
    value, rank = float(amount), 0
    while value >= 999.5 and rank < len(_BYTE[language]) - 1:
        value, rank = value / 1000, rank + 1
    text = f"{value:.1f}".removesuffix(".0") if rank and value < 9.95 else f"{value:.0f}"
    text = text.replace(".", ",") if language == "fr" else text
    return _with_unit(text, _BYTE[language][rank], language)


def number(amount: int) -> str:
    """A whole number with thousands set apart: `1 312`."""
    return f"{amount:,}".replace(",", THIN)


def day(moment: datetime | None, zone: tzinfo, language: str) -> str:
    """The local date (`2026-11-23`), or `never`."""
    if moment is None:
        return sentence(language, "word.never")
    return moment.astimezone(zone).date().isoformat()


def moment(when: datetime | None, zone: tzinfo, language: str) -> str:
    """The local date and time to the minute (`2026-11-23 03:00`), or `never`."""
    if when is None:
        return sentence(language, "word.never")
    return f"{when.astimezone(zone):%Y-%m-%d %H:%M}"


def points(milli: int) -> str:
    """Thousandths of a score point as tenths, rounded down, with a dot in every language."""
    return f"{milli // 1000}.{milli % 1000 // 100}"


def decimal(milli: int, language: str) -> str:
    """Exact thousandths (`1.234`, `1,234`), for sums one can check by hand."""
    mark = "," if language == "fr" else "."
    return f"{milli // 1000}{mark}{milli % 1000:03d}"


def objective(span: timedelta) -> str:
    """An objective as the plan's template writes it: `< 2h`, `< 90min`."""
    whole = round(span.total_seconds())
    for length, unit in ((_HOUR, "h"), (_MINUTE, "min")):
        if whole % length == 0:
            return f"< {whole // length}{unit}"
    return f"< {whole}s"
