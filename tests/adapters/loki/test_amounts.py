"""Loki's periods and selectors, read as Loki reads them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.adapters.loki import amounts
from phoenix_dr.core.model import DAY


@pytest.mark.parametrize(
    ("text", "days"),
    [("336h", 14), ("2w", 14), ("12w6d", 90), ("1y", 365), ("0", 0), ("0s", 0), ("31d", 31)],
)
def test_a_period_is_read(text: str, days: int) -> None:
    assert amounts.duration(text) == days * DAY


@pytest.mark.parametrize("text", ["", "1", "1.5h", "1h2d", "1h 2m", "-1h", "1H", "2h2h", "999999y"])
def test_what_loki_does_not_read_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        amounts.duration(text)


@given(st.integers(1, 10**8))
def test_a_period_reads_back(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    assert amounts.duration(amounts.duration_text(length)) == length


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{level="alert"}', (("level", "=", "alert"),)),
        (' { a = "b" , c =~ "x|y" } ', (("a", "=", "b"), ("c", "=~", "x|y"))),
        ('{a!="", b!~"x.*", c=~".+"}', (("a", "!=", ""), ("b", "!~", "x.*"), ("c", "=~", ".+"))),
        ("{a=`b\\d`}", (("a", "=", "b\\d"),)),
        (r'{a="say \"hi\""}', (("a", "=", 'say "hi"'),)),
        ('{a="}"}', (("a", "=", "}"),)),
    ],
)
def test_a_selector_is_read(text: str, found: tuple[amounts.Matcher, ...]) -> None:
    assert amounts.selector(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "level", '{level="alert"', 'level="alert"}', "{level}", "{level=}",
        "{level=alert}", "{level='alert'}", '{level=="a"}',
        '{"level"="a"}', '{1a="b"}', '{a="b" c="d"}', '{a="b",}',
        '{,a="b"}', '{a="b"} |= "x"', '{a="b"}{c="d"}', '{a=~"("}', r'{a="\q"}', '{a="x\ny"}',
        '{a=""}', '{a=~".*"}', '{a!="b"}', '{a!~"b"}', '{a="' + "x" * 6000 + '"}',
    ],
)  # fmt: skip
def test_a_broken_selector_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"(?s).*"):
        amounts.selector(text)
