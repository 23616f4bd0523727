"""Engines of every kind that is spoken: what their blocks mean, with much and with little said."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from build_config import STORES, changed, estate, short, written
from phoenix_dr import config
from phoenix_dr.app.selection import SAVING_ENGINES, destinations
from phoenix_dr.config.units import LARGEST, duration, size
from phoenix_dr.core.model import EngineSpec, RetentionRule, SecretRef, SpanRule

DAY = timedelta(days=1)


def engine(folder: Path, name: str, *changes: tuple[str, str]) -> EngineSpec:
    """One engine of the good file with pieces of its text replaced."""
    return estate(folder, changed(*changes, text=STORES)).engines[name]


def test_borg_knows_its_assets_by_how_names_of_archives_begin(tmp_path: Path) -> None:
    assert engine(tmp_path, "old") == EngineSpec(
        id="old",
        kind="borg",
        repository="ssh://nas/./borg",
        locations={"": "near"},
        password=SecretRef("file", "/home/ada/borg.pw"),
        archives={"wiki-": "wiki/pages", "wiki-up-": "wiki/uploads"},
        program="/home/ada/bin/borg",
    )


def test_two_beginnings_may_mean_one_asset(tmp_path: Path) -> None:
    made = engine(tmp_path, "old", ("wiki/uploads}", "wiki/pages}"))
    assert dict(made.archives) == {"wiki-": "wiki/pages", "wiki-up-": "wiki/pages"}


def test_prometheus_keeps_by_age_and_by_size(tmp_path: Path) -> None:
    assert engine(tmp_path, "metrics") == EngineSpec(
        id="metrics",
        kind="prometheus",
        locations={"": "near"},
        password=SecretRef("file", "/home/ada/token"),
        spans=(SpanRule("", 30 * DAY, 50 * 10**9, "a season shows in a month"),),
        settings={
            "url": "http://localhost:9090",
            "config": "/home/ada/prometheus.yml",
            "arguments": "/etc/default/prometheus",
        },
    )


def test_loki_keeps_everything_for_a_time_and_some_streams_for_another(tmp_path: Path) -> None:
    made = engine(tmp_path, "logs")
    assert made.spans == (
        SpanRule("", 14 * DAY, None, "nobody reads older lines"),
        SpanRule('{level="alert"}', 90 * DAY, None, "an incident is told late"),
        SpanRule('{app="auth"}', DAY, None, ""),
    )
    assert dict(made.settings) == {
        "url": "https://logs.house/loki",
        "config": "/etc/loki/loki.yml",
    }
    assert made.password is None


@pytest.mark.parametrize(
    ("keep", "rule"),
    [
        ("keep: {within: 90d}", SpanRule("", 90 * DAY)),
        ("keep: {size: 1TiB}", SpanRule("", None, 1 << 40)),
        ("apply: handoff", SpanRule("", 30 * DAY)),
    ],
)
def test_a_metric_store_with_less_said(tmp_path: Path, keep: str, rule: SpanRule) -> None:
    made = engine(
        tmp_path,
        "metrics",
        ("keep: {within: 30d, size: 50GB}", keep),
        ("    because: a season shows in a month\n", ""),
        ("    config: ~/prometheus.yml\n    arguments: /etc/default/prometheus\n", ""),
    )
    assert made.spans == (rule,)
    assert dict(made.settings) == {"url": "http://localhost:9090"}


def test_a_log_store_keeps_two_weeks_unless_told(tmp_path: Path) -> None:
    made = engine(
        tmp_path,
        "logs",
        ("    keep: {within: 14d}\n", ""),
        (STORES[STORES.index("    streams:\n") : STORES.index("policies:")], ""),
    )
    assert made.spans == (SpanRule("", 14 * DAY, None, "nobody reads older lines"),)


def test_nothing_is_said_of_kinds_that_are_spoken_and_the_price_is_read(tmp_path: Path) -> None:
    assert config.check(written(tmp_path, STORES)) == config.CheckReport((), ())
    assert estate(tmp_path, STORES).locations["near"].price == 0.02
    free = changed((", price_per_gb_month: 0.02", ""), text=STORES)
    assert estate(tmp_path, free).locations["near"].price is None


@pytest.mark.parametrize("kind", ["etcd"])
def test_a_later_kind_is_still_noted(tmp_path: Path, kind: str) -> None:
    other = f"  other: {{kind: {kind}, anything: 1}}\npolicies:"
    text = changed(("policies:", other), text=STORES)
    report = config.check(written(tmp_path, text))
    assert report.problems == ()
    assert short(report.notes) == [(34, 3, "engines.other", "engine-not-yet")]


def test_borg_may_be_named_and_phoenix_itself_sends_it_nothing(tmp_path: Path) -> None:
    made = estate(tmp_path, STORES)
    pages = made.asset("wiki/pages")
    assert made.destinations(pages) == ("home", "old")
    assert destinations(made, pages) == ("home",)
    assert {"restic"} == SAVING_ENGINES


def test_without_policies_a_store_is_no_destination(tmp_path: Path) -> None:
    start, end = STORES.index("policies:"), STORES.index("services:")
    made = estate(tmp_path, STORES[:start] + STORES[end:])
    assert made.destinations(made.asset("wiki/pages")) == ("home",)


@pytest.mark.parametrize("keep", ["{last: 1}", "{last: 2147483647}", "{within: 365250d}"])
def test_the_smallest_and_the_largest_rule(tmp_path: Path, keep: str) -> None:
    rule = estate(tmp_path, changed(("{last: 7}", keep), text=STORES)).policies["default"].keep
    assert rule in (
        RetentionRule(last=1), RetentionRule(last=2**31 - 1), RetentionRule(within=365_250 * DAY),
    )  # fmt: skip
    assert not rule.is_empty


def test_a_fault_in_a_service_hides_no_asset_from_an_archive(tmp_path: Path) -> None:
    text = changed(("pages: {files: /srv/wiki}", "pages: {fils: /srv/wiki}"), text=STORES)
    codes = {each.code for each in config.check(written(tmp_path, text)).problems}
    assert codes == {"no-kind", "unknown-key-close"}


SIZES = [
    ("50GB", 50 * 10**9),
    ("500 MB", 500 * 10**6),
    ("50GiB", 50 << 30),
    ("1B", 1),
    ("7kB", 7000),
    ("7KB", 7000),
    ("7KiB", 7168),
    ("2TB", 2 * 10**12),
    ("1PiB", 1 << 50),
    (" 50GB ", 50 * 10**9),
    ("4096PiB", LARGEST),
]


@pytest.mark.parametrize(("text", "count"), SIZES)
def test_sizes(text: str, count: int) -> None:
    assert size(text) == count


@pytest.mark.parametrize(
    "text",
    ["", "50", "GB", "0GB", "-1GB", "1.5GB", "50gb", "50Gb", "50G", "50 G B", "50  GB", "50EB",
     "²GB", "1_0GB", "5000PiB", "9" * 19 + "B", "9" * 5000 + "GB", "50GB\n50GB"],
    ids=lambda text: text[:12] or "empty",
)  # fmt: skip
def test_no_sizes(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        size(text)


def test_a_thousand_years_is_the_longest() -> None:
    assert duration("365250d") == 365_250 * DAY
    for text in ("365250d 1s", "365251d", "999999999d", "999999999d 999999999d"):
        with pytest.raises(ValueError, match=r".*"):
            duration(text)
