"""What approvers sign has exactly one spelling."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.app import approval_texts
from phoenix_dr.app.approval_texts import PlanText, StandingText

EARLY, LATE = datetime(2000, 1, 1), datetime(2999, 1, 1)  # noqa: DTZ001
MOMENTS = st.datetimes(EARLY, LATE, timezones=st.just(UTC))


@given(st.from_regex(r"[0-9a-f]{64}", fullmatch=True), MOMENTS)
def test_a_text_has_one_spelling(digest: str, moment: datetime) -> None:
    text = PlanText(digest, moment.replace(microsecond=0))
    assert approval_texts.parse(text.text) == text
    for wrong in (text.text[:-1], text.text + "\n", text.text.upper(), " " + text.text):
        assert approval_texts.parse(wrong) is None


@given(st.integers(1, 10**17), st.integers(1, 10**17), MOMENTS)
def test_a_standing_text_has_one_spelling(points: int, size: int, moment: datetime) -> None:
    text = StandingText("f" * 64, "home", points, size, moment.replace(microsecond=0))
    assert approval_texts.parse(text.text) == text
    for wrong in (
        text.text.replace("points ", "points 0"),
        text.text.replace("engine home", "engine home\nmost-points 9"),
        text.text.replace("1\n", "2\n", 1),
    ):
        assert approval_texts.parse(wrong) is None


@given(st.text() | st.none() | st.integers())
def test_no_text_breaks_the_reading(text: object) -> None:
    assert approval_texts.parse(text) is None
