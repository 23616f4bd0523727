"""Loki's configuration file: what it says, and how other rules are put into it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_loki import ALERTS, SERVED, WRITTEN
from phoenix_dr.adapters import _yaml
from phoenix_dr.adapters.loki import rules
from phoenix_dr.core.model import DAY, SpanRule
from phoenix_dr.errors import EngineError, Refused

TWO = (SpanRule("", 14 * DAY), SpanRule(ALERTS, 90 * DAY))
OFF = WRITTEN.replace("retention_enabled: true", "retention_enabled: false")
APP = '{app="x"}'


def said(text: str) -> set[SpanRule]:
    """Rules a text asks for."""
    return set(rules.read(text, engine="logs").rules)


def edited(text: str, *wanted: SpanRule) -> str:
    """The edited text, which says what was wanted."""
    made = rules.edited(text, wanted, engine="logs")
    assert said(made) == rules.said(wanted)
    return made


def lines(text: str) -> set[str]:
    """Its lines."""
    return set(text.splitlines())


def test_the_same_rules_are_read_from_the_server_and_the_file() -> None:
    assert said(SERVED) == said(WRITTEN) == set(TWO)


@pytest.mark.parametrize(
    "switch", ["retention_enabled: false", "retention_enabled: no", "x: 1", "retention_enabled:"]
)
def test_without_the_compactor_nothing_is_deleted_whatever_the_limits_say(switch: str) -> None:
    assert said(WRITTEN.replace("retention_enabled: true", switch)) == {SpanRule()}


@pytest.mark.parametrize("switch", ["yes", "on", '"true"', "True"])
def test_a_switch_is_read_as_loki_reads_it(switch: str) -> None:
    text = WRITTEN.replace("retention_enabled: true", f"retention_enabled: {switch}")
    assert said(text) == set(TWO)


def test_zero_is_for_ever() -> None:
    assert SpanRule() in said(WRITTEN.replace("336h", "0s"))
    assert SpanRule() in said(WRITTEN.replace("  retention_period: 336h  # two weeks\n", ""))


def test_of_one_selector_twice_the_priority_counts_then_the_shorter_period() -> None:
    twice = "{}    - {{selector: '{{level=\"alert\"}}', priority: {}, period: {}}}\n\ncompactor:"
    head, tail = WRITTEN.split("\ncompactor:")
    for priority, period, days in ((2, "48h", 2), (0, "48h", 90), (1, "48h", 2), (1, "9999h", 90)):
        text = twice.format(head, priority, period) + tail
        assert SpanRule(ALERTS, days * DAY) in said(text)
        assert len(edited(text, SpanRule("", DAY), SpanRule(ALERTS, 3 * DAY))) < len(text)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("336h", "${KEEP}", "limits_config.retention_period"),
        ("336h", "a while", "limits_config.retention_period"),
        ("2160h", "0s", "limits_config.retention_stream.0"),
        ("priority: 1", "priority: high", "limits_config.retention_stream.0"),
        ("retention_enabled: true", "retention_enabled: ${X}", "compactor.retention_enabled"),
        ("common:\n  path_prefix: /loki", "table_manager: 1 ", "table_manager"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_names_the_key(old: str, new: str, key: str) -> None:
    with pytest.raises(EngineError, match="loki-unclear") as caught:
        said(WRITTEN.replace(old, new))
    assert caught.value.parameters["detail"] == key


def test_the_same_rules_change_nothing() -> None:
    assert edited(WRITTEN, *reversed(TWO)) == WRITTEN
    assert edited(WRITTEN, *(replace(rule, because="so") for rule in TWO)) == WRITTEN
    assert edited(OFF, SpanRule()) == OFF


def test_periods_are_changed_in_their_place() -> None:
    made = edited(WRITTEN, SpanRule("", 7 * DAY), SpanRule(ALERTS, 30 * DAY))
    assert made == WRITTEN.replace("336h", "168h").replace("2160h", "720h")


def test_a_stream_is_added_with_the_next_priority() -> None:
    made = edited(WRITTEN, *TWO, SpanRule(APP, 2 * DAY))
    assert lines(WRITTEN) <= lines(made)
    added = _yaml.read(made)["limits_config"]["retention_stream"][1]
    assert added == {"selector": APP, "priority": 2, "period": "48h"}


def test_a_stream_not_named_is_removed() -> None:
    three = edited(WRITTEN, *TWO, SpanRule(APP, 2 * DAY))
    assert edited(three, *TWO) == WRITTEN
    none = edited(WRITTEN, TWO[0])
    assert "retention_stream" not in none
    assert lines(none) <= lines(WRITTEN)


def test_the_compactor_is_switched_on() -> None:
    assert edited(OFF, *TWO) == WRITTEN
    bare = OFF.replace("  delete_request_store: filesystem\n", "")
    assert lines(edited(bare, *TWO)) == lines(WRITTEN)
    none = WRITTEN.split("\ncompactor:")[0] + "\n"
    assert _yaml.read(edited(none, *TWO)) == _yaml.read(WRITTEN)


def test_loki_2_keeps_its_own_key() -> None:
    text = OFF.replace("delete_request_store: filesystem", "shared_store: filesystem")
    assert "delete_request_store" not in edited(text, *TWO)


def test_a_file_without_the_section_gets_one() -> None:
    head, _, tail = WRITTEN.partition("limits_config:")
    text = head + tail[tail.index("compactor:") :]
    made = edited(text, *TWO)
    assert lines(text) <= lines(made)
    assert "  retention_period: 336h" in made.splitlines()


@pytest.mark.parametrize(
    ("old", "new", "code", "key"),
    [
        ("tsdb", "bigtable", "loki-cannot-delete", "schema_config.configs.0.store"),
        ("24h}", "168h}", "loki-cannot-delete", "schema_config.configs.0.index.period"),
        (", period: 24h", "", "loki-cannot-delete", "schema_config.configs.0.index.period"),
        ("schema_config", "other", "loki-key-unknown", "schema_config.configs"),
        ("object_store: file", "x: file", "loki-key-unknown", "compactor.delete_request_store"),
    ],
)
def test_an_index_that_cannot_delete_is_refused(old: str, new: str, code: str, key: str) -> None:
    bare = OFF.replace("  delete_request_store: filesystem\n", "").replace(old, new, 1)
    with pytest.raises(Refused, match=code) as caught:
        rules.edited(bare, TWO, engine="logs")
    assert caught.value.parameters["key"] == key


@pytest.mark.parametrize(
    "wanted",
    [
        (),
        (SpanRule(ALERTS, 90 * DAY),),
        (SpanRule("", 2 * DAY), SpanRule("", 3 * DAY)),
        (SpanRule("", timedelta(hours=23)),),
        (SpanRule("", 2 * DAY, 10**9),),
        (SpanRule("", 300 * 365 * DAY),),
        (SpanRule("", DAY + timedelta(microseconds=1)),),
        (SpanRule(), SpanRule(ALERTS, None)),
        (SpanRule(), SpanRule(ALERTS, timedelta(hours=1))),
        (SpanRule(), SpanRule("{level=alert}", 2 * DAY)),
        (SpanRule(), SpanRule(ALERTS, 2 * DAY), SpanRule(ALERTS, 3 * DAY)),
    ],
)
def test_a_rule_loki_cannot_keep_by_is_refused(wanted: tuple[SpanRule, ...]) -> None:
    with pytest.raises(Refused, match="loki-rule-unfit"):
        rules.edited(WRITTEN, wanted, engine="logs")


@pytest.mark.parametrize(
    "text",
    [
        WRITTEN.replace("336h", "&p 336h").replace("2160h", "*p"),
        WRITTEN.replace("limits_config:", "x: &l\n  a: 1\nlimits_config: &m").replace(
            "compactor:", "y: *m\ncompactor:"
        ),
    ],
)
def test_a_shared_value_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="edit-cannot-keep"):
        rules.edited(text, (SpanRule("", 5 * DAY), SpanRule(ALERTS, 90 * DAY)), engine="logs")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("path_prefix: /loki", "path_prefix: /other"),
        ("auth_enabled: false\n", ""),
        ("  delete_request_store: filesystem\n", "  delete_request_store: s3\n  x: 1\n"),
        ("336h", "337h"),
        ("period: 2160h", "period: 2161h"),
    ],
)
def test_whatever_else_changed_is_caught_before_it_is_written(old: str, new: str) -> None:
    before = _yaml.read(WRITTEN)
    rules.require_only_ours(before, WRITTEN, TWO, engine="logs")
    with pytest.raises(Refused, match="edit-cannot-keep"):
        rules.require_only_ours(before, WRITTEN.replace(old, new), TWO, engine="logs")


@pytest.mark.parametrize(
    "text",
    [
        WRITTEN.replace("\n", "\r\n"),
        WRITTEN.replace("retention_period:", '"retention_period":').replace("336h", '"336h"'),
        WRITTEN + "# the end",
        "{auth_enabled: false, limits_config: {retention_period: 1w}, "
        "compactor: {retention_enabled: true}}\n",
    ],
)
def test_any_style_is_kept(text: str) -> None:
    made = edited(text, SpanRule("", 5 * DAY), SpanRule(APP, 9 * DAY))
    assert made.count("\r\n") in (0, made.count("\n"))
    assert ('"120h"' in made) == ('"336h"' in text)
    assert made.startswith(text[:20])


DAYS = st.integers(1, 4000).map(lambda days: days * DAY)
STREAMS = st.dictionaries(st.sampled_from([ALERTS, APP, '{a=~"b.+", c!="d"}']), DAYS)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([WRITTEN, OFF]), st.none() | DAYS, STREAMS)
def test_any_rules_read_back_and_nothing_else_changes(
    text: str, whole: timedelta | None, streams: dict[str, timedelta]
) -> None:
    wanted = (SpanRule("", whole), *(SpanRule(name, period) for name, period in streams.items()))
    made = edited(text, *wanted)
    assert edited(made, *wanted) == made
    before, after = _yaml.read(text), _yaml.read(made)
    for section in ("limits_config", "compactor"):
        del before[section], after[section]
    assert before == after
