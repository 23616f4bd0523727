"""What Loki holds and keeps by, asked of a fake over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from time import monotonic

import pytest

from build_loki import ALERTS, NOW, SERVED, WRITTEN, Fake, Fault, engine, places, served, written
from phoenix_dr.adapters._http import Limits, Server
from phoenix_dr.adapters.loki import Loki, spans
from phoenix_dr.core.evidence import Evidence
from phoenix_dr.core.model import DAY, SecretRef, SpanRule
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

QUERY, LABELS = "/loki/api/v1/query_range", "/loki/api/v1/labels"

NO_LABELS = Fault(500, b"boom")
"""Ends the look for entries at once, where a test is about something else."""


@pytest.fixture
def fake() -> Fake:
    """A house's logs: two weeks of everything, a quarter of alerts."""
    made = Fake()
    for days in (0.1, 3, 13.5):
        made.hold(days, job="web", level="info")
    for days in (0.5, 40, 89):
        made.hold(days, job="web", level="alert")
    return made


@pytest.fixture
def loki(fake: Fake, tmp_path: Path) -> Iterator[Loki]:
    """The engine over that fake and its file."""
    with served(fake) as url:
        yield engine(tmp_path, url=url, config=str(written(tmp_path)))


def look(engine: Loki) -> Evidence:
    """What it shows now."""
    return engine.observe(now=NOW)


def dark(evidence: Evidence) -> list[tuple[str, str]]:
    """Blind spots."""
    return [(spot.reason, spot.detail) for spot in evidence.blind_spots]


def test_rules_and_periods_are_shown(loki: Loki) -> None:
    found = look(loki)
    assert dark(found) == []
    assert found.in_force == found.written == loki.spec.spans
    assert found.version == "3.2.1"
    held = {span.stream: (span.since, span.until, span.size) for span in found.spans}
    assert held == {
        "": (NOW - 89 * DAY, NOW - 0.1 * DAY, 600),
        ALERTS: (NOW - 89 * DAY, NOW - 0.5 * DAY, 300),
    }


def test_no_window_is_longer_than_a_query_may_be(fake: Fake, loki: Loki) -> None:
    fake.config = SERVED.replace("30d1h", "10d")
    fake.longest = 10 * DAY
    found = look(loki)
    assert dark(found) == []
    assert found.spans[0].since == NOW - 89 * DAY


def test_a_month_of_silence_hides_nothing(fake: Fake, loki: Loki) -> None:
    fake.entries = [each for each in fake.entries if NOW - each[1] > 60 * DAY]
    found = look(loki)
    assert {span.since for span in found.spans} == {NOW - 89 * DAY}


def test_entries_without_the_usual_label_are_seen_by_another(fake: Fake, loki: Loki) -> None:
    fake.hold(100, weird="yes")
    assert look(loki).spans[0].since == NOW - 100 * DAY


def test_of_several_labels_the_outermost_entries_count(fake: Fake, loki: Loki) -> None:
    fake.entries.clear()
    times = [fake.hold(days, **{name: "x"}) for name, days in (("a", 5), ("b", 9), ("c", 2))]
    found = look(loki).spans[0]
    assert (found.since, found.until) == (min(times), max(times))


def test_an_empty_store_holds_a_period_of_no_length(fake: Fake, loki: Loki) -> None:
    fake.entries.clear()
    found = look(loki)
    assert dark(found) == []
    assert [(span.stream, span.since, span.until) for span in found.spans] == [("", NOW, NOW)]


def test_labels_without_entries_are_no_empty_store(fake: Fake, loki: Loki) -> None:
    body = b'{"status":"success","data":{"resultType":"streams","result":[]}}'
    fake.faults[QUERY] = Fault(body=body)
    found = look(loki)
    assert (found.spans, dark(found)) == ((), [("answer-confused", "/loki/api/v1")])


def test_retention_switched_off_keeps_everything(fake: Fake, loki: Loki) -> None:
    fake.config = SERVED.replace("retention_enabled: true", "retention_enabled: false")
    fake.hold(300, job="web")
    found = look(loki)
    assert found.in_force == (SpanRule(),)
    assert found.spans[0].since == NOW - 300 * DAY
    assert dark(found) == []


def test_what_is_older_than_was_looked_for_is_a_blind_spot(fake: Fake, loki: Loki) -> None:
    fake.config = SERVED.replace("retention_enabled: true", "retention_enabled: false")
    fake.hold(24 * 30 - 1, job="web")
    assert dark(look(loki)) == [("loki-older", "720")]


def test_what_queries_hide_is_a_blind_spot(fake: Fake, loki: Loki) -> None:
    fake.config = SERVED.replace("max_query_lookback: 0s", "max_query_lookback: 7d")
    assert dark(look(loki)) == [("loki-older", "120")]
    fake.config = SERVED.replace("max_query_lookback: 0s", "max_query_lookback: 90d")
    assert dark(look(loki)) == []


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('file: ""', "file: /etc/loki/runtime.yml", "runtime_config.file"),
        (
            'override_config: ""',
            "override_config: /etc/o.yml",
            "limits_config.per_tenant_override_config",
        ),
        (
            "deletes_enabled: false",
            "deletes_enabled: true",
            "table_manager.retention_deletes_enabled",
        ),
    ],
)
def test_rules_that_stand_elsewhere_are_a_blind_spot(
    fake: Fake, loki: Loki, old: str, new: str, key: str
) -> None:
    fake.config = SERVED.replace(old, new)
    fake.faults[LABELS] = NO_LABELS
    found = look(loki)
    assert found.in_force is None
    assert ("loki-rules-elsewhere", key) in dark(found)


def test_several_tenants_are_a_blind_spot(fake: Fake, loki: Loki) -> None:
    fake.config = SERVED.replace("auth_enabled: false", "auth_enabled: true")
    found = look(loki)
    assert (found.spans, dark(found)) == ((), [("loki-tenants", "auth_enabled")])


@pytest.mark.parametrize(
    ("body", "reason", "detail"),
    [
        (b"a: [", "yaml-broken", "/config: 1:5"),
        (b"<html>not Loki</html>", "yaml-broken", "/config: 1:1"),
        (SERVED.replace("2w", "soon").encode(), "loki-unclear", "limits_config.retention_period"),
        (b"#" * (2 << 20), "yaml-too-large", "/config: 1048576"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_a_blind_spot(
    fake: Fake, loki: Loki, body: bytes, reason: str, detail: str
) -> None:
    fake.faults.update({"/config": Fault(body=body), LABELS: NO_LABELS})
    found = look(loki)
    assert found.in_force is None
    assert found.written == loki.spec.spans
    assert (reason, detail) in dark(found)


@pytest.mark.parametrize(
    ("path", "fault", "reason"),
    [
        (QUERY, Fault(429, b"too many outstanding requests"), "web-error"),
        (QUERY, Fault(500, b"context canceled"), "web-error"),
        (QUERY, Fault(400, b"parse error"), "web-error"),
        (QUERY, Fault(401, b"no org id"), "no-right"),
        (QUERY, Fault(body=b"Not JSON"), "answer-confused"),
        (QUERY, Fault(body=b'{"status":"error"}'), "answer-confused"),
        (QUERY, Fault(body=b'{"status":"success","data":{"resultType":"matrix","result":[]}}'),
         "answer-confused"),
        (QUERY, Fault(body=b'{"status":"success","data":{"resultType":"streams","result":'
                           b'[{"values":[["1","x"]]}]}}'), "answer-confused"),
        (QUERY, Fault(body=b'{"status":"success","data":{"resultType":"streams","result":'
                           b'[{"values":[["9' + b"9" * 40 + b'","x"]]}]}}'), "answer-confused"),
        (QUERY, Fault(body=b"[" * (5 << 20)), "web-too-long"),
        (LABELS, Fault(500, b"boom"), "web-error"),
        (LABELS, Fault(body=b'{"status":"success","data":{}}'), "answer-confused"),
    ],
)  # fmt: skip
def test_a_question_that_fails_is_a_blind_spot_and_never_an_empty_store(
    fake: Fake, loki: Loki, path: str, fault: Fault, reason: str
) -> None:
    fake.faults[path] = fault
    found = look(loki)
    assert found.spans == ()
    assert [spot.reason for spot in found.blind_spots] == [reason]
    assert found.in_force == loki.spec.spans


def test_a_slow_answer_is_cut_and_is_a_blind_spot(fake: Fake, tmp_path: Path) -> None:
    fake.faults[QUERY] = Fault(delay=2.0)
    with served(fake) as url:
        found = look(engine(tmp_path, url=url, limits=Limits(read=0.3, total=0.5)))
    assert [spot.reason for spot in found.blind_spots] == ["network"]
    assert found.spans == ()


def test_the_whole_look_ends(fake: Fake) -> None:
    with served(fake) as url:
        look = spans.Look(Server("logs", url, {}), monotonic())
        with pytest.raises(EngineUnreachable, match="network"):
            look.spans((), spans.windows(NOW, DAY, DAY))
    assert fake.asked == []


def test_a_size_nobody_counts_is_unknown(fake: Fake, loki: Loki) -> None:
    fake.faults["/loki/api/v1/index/stats"] = Fault(404, b"404 page not found")
    found = look(loki)
    assert {span.size for span in found.spans} == {None}
    assert dark(found) == []


def test_a_server_that_does_not_answer_is_an_error(tmp_path: Path, fake: Fake) -> None:
    with pytest.raises(EngineUnreachable, match="network"):
        look(engine(tmp_path, url="http://127.0.0.1:1"))
    with pytest.raises(EngineUnreachable, match="url-missing"):
        look(engine(tmp_path))
    fake.faults["/config"] = Fault(401, b"no")
    with served(fake) as url, pytest.raises(EngineDenied):
        look(engine(tmp_path, url=url))


def test_the_token_is_sent_and_shown_nowhere(fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    (tmp_path / "token").chmod(0o600)
    with served(fake) as url:
        bare = engine(tmp_path, url=url)
        spec = replace(bare.spec, password=SecretRef("file", str(tmp_path / "token")))
        found = look(Loki(spec, places(tmp_path)))
    assert set(fake.seen) == {"Bearer s3cret"}
    assert "s3cret" not in repr(found)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\na: 2\n", "yaml-duplicate"),
        ("limits_config:\n\tretention_period: 1d\n", "yaml-broken"),
        (WRITTEN.replace("336h", "${X}"), "loki-unclear"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_blind_spot(
    fake: Fake, loki: Loki, text: str, reason: str, tmp_path: Path
) -> None:
    fake.entries = fake.entries[:1]
    written(tmp_path, text)
    found = look(loki)
    assert found.written is None
    assert found.in_force == loki.spec.spans
    assert [spot.reason for spot in found.blind_spots] == [reason]


def test_a_missing_file_is_a_blind_spot_and_no_file_is_none(fake: Fake, tmp_path: Path) -> None:
    fake.entries = fake.entries[:1]
    with served(fake) as url:
        none = look(engine(tmp_path, url=url))
        assert (none.written, dark(none)) == (None, [])
        gone = look(engine(tmp_path, url=url, config=str(tmp_path / "gone")))
    assert [spot.reason for spot in gone.blind_spots] == ["settings-missing"]


def test_the_number_of_windows_is_bounded() -> None:
    for horizon in (None, timedelta(days=10**5), DAY):
        made = spans.windows(NOW, horizon, DAY * 30)
        assert len(made) <= spans.MOST_WINDOWS
        assert made[-1][1] == NOW
        assert all(a[1] == b[0] for a, b in pairwise(made))
    assert NOW - spans.windows(NOW, 14 * DAY, 30 * DAY)[0][0] == 60 * DAY


def test_only_questions_that_read_are_asked(fake: Fake, loki: Loki) -> None:
    look(loki)
    known = {"/config", QUERY, LABELS, "/loki/api/v1/index/stats", "/loki/api/v1/status/buildinfo"}
    assert {path for path, _ in fake.asked} == known
    assert {asked.get("limit", "1") for _, asked in fake.asked} == {"1"}


def test_an_error_is_an_engine_error(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="retention-no-file"):
        engine(tmp_path).seen()
