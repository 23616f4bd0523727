"""Amounts read as people write them, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from phoenix_dr.render import units


@pytest.mark.parametrize(
    ("seconds", "english", "french"),
    [
        (0, "0 s", "0\u202fs"),
        (1.4, "1.4 s", "1,4\u202fs"),
        (14.2, "14 s", "14\u202fs"),
        (59.7, "1 min", "1\u202fmin"),
        (98, "1 min 38 s", "1\u202fmin 38\u202fs"),
        (38 * 60 + 20, "38 min", "38\u202fmin"),
        (85 * 60, "1 h 25", "1\u202fh 25"),
        (9 * 3600, "9 h", "9\u202fh"),
        (30 * 3600, "30 h", "30\u202fh"),
        (48 * 3600, "2 d", "2\u202fj"),
        (53 * 3600, "2 d 5 h", "2\u202fj 5\u202fh"),
        (90 * 86_400 + 3600, "90 d", "90\u202fj"),
        (-60, "−1 min", "−1\u202fmin"),
    ],
)
def test_durations(seconds: float, english: str, french: str) -> None:
    assert units.duration(seconds, "en") == english
    assert units.duration(timedelta(seconds=seconds), "fr") == french


@pytest.mark.parametrize(
    ("seconds", "english", "french"),
    [
        (0, "just now", "à l’instant"),
        (9 * 3600, "9 h ago", "il y a 9\u202fh"),
        (-3 * 3600, "in 3 h", "dans 3\u202fh"),
    ],
)
def test_ages(seconds: int, english: str, french: str) -> None:
    assert units.age(timedelta(seconds=seconds), "en") == english
    assert units.age(seconds, "fr") == french


@pytest.mark.parametrize(
    ("amount", "english", "french"),
    [
        (None, "?", "?"),
        (0, "0 B", "0\u202fo"),
        (999, "999 B", "999\u202fo"),
        (1_100_000, "1.1 MB", "1,1\u202fMo"),
        (3_000_000, "3 MB", "3\u202fMo"),
        (300_000_000, "300 MB", "300\u202fMo"),
        (999_999, "1 MB", "1\u202fMo"),
        (5 * 10**18, "5000 PB", "5000\u202fPo"),
    ],
)
def test_sizes(amount: int | None, english: str, french: str) -> None:
    assert units.size(amount, "en") == english
    assert units.size(amount, "fr") == french


def test_moments_are_local_and_none_is_never() -> None:
    paris = ZoneInfo("Europe/Paris")
    late = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert units.moment(late, paris, "fr") == "2026-07-02 00:30"
    assert units.day(late, paris, "fr") == "2026-07-02"
    assert units.moment(None, paris, "en") == "never"
    assert units.day(None, paris, "fr") == "jamais"


@pytest.mark.parametrize(
    ("milli", "shown"), [(8_000, "8.0"), (8_699, "8.6"), (10_000, "10.0"), (99, "0.0")]
)
def test_points_are_rounded_down_with_a_dot(milli: int, shown: str) -> None:
    assert units.points(milli) == shown


def test_exact_points_objectives_and_grouped_numbers() -> None:
    assert units.decimal(1_034, "en") == "1.034"
    assert units.decimal(34, "fr") == "0,034"
    assert units.objective(timedelta(hours=2)) == "< 2h"
    assert units.objective(timedelta(minutes=90)) == "< 90min"
    assert units.number(1_312) == "1\u202f312"


@given(some.floats(0, 10**9), some.sampled_from(["fr", "en"]))
def test_a_duration_is_short_and_never_shows_sixty(seconds: float, language: str) -> None:
    shown = units.duration(seconds, language)
    assert len(shown) <= 14
    sixty = "60\u202f" if language == "fr" else "60 "
    # Sixty days are a length like any other; sixty seconds are a minute.
    assert not shown.startswith((f"{sixty}s", f"{sixty}min"))
