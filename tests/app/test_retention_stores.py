"""What every store keeps, told from the ledger; the policy document; where both drift apart."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from build_app import House, house
from phoenix_dr import codec
from phoenix_dr.app import audit
from phoenix_dr.app.context import Context
from phoenix_dr.app.expiry_rules import lane_rule
from phoenix_dr.app.retention_document import write_policy
from phoenix_dr.app.retention_stores import Store, proposals, stores
from phoenix_dr.core.evidence import Evidence, RecoveryPoint, Span
from phoenix_dr.core.model import DAY, STATE_ASSET, RetentionRule, SpanRule
from phoenix_dr.core.plan import ForgetPoints, Outcome, TakePoint
from phoenix_dr.core.report import Finding
from phoenix_dr.core.retention_need import Status
from phoenix_dr.ledger import Kind

PAGES = "wiki/pages"
MORE = """\
  metrics:
    kind: prometheus
    url: http://127.0.0.1:9
    location: home
    keep: {within: 30d}
    because: a slow leak shows within a month
  logs:
    kind: loki
    url: http://127.0.0.1:9
    keep: {within: 14d}
    streams: [{selector: '{level="alert"}', within: 90d, because: alerts are compared}]
  vault: {kind: etcd}
"""
HOUR = timedelta(hours=1)
MONTH, DAYS_90, FORTNIGHT = (SpanRule(within=days * DAY) for days in (30, 90, 14))
ALERTS = SpanRule('{level="alert"}', within=90 * DAY)


@pytest.fixture
def small(tmp_path: Path) -> House:
    """The small house; nothing of it is backed up, its ledger is told."""
    return house(tmp_path)


@pytest.fixture
def rich(small: House) -> House:
    """The small house with a metric store, a log store and one nobody can read yet."""
    small.say("policies:\n", MORE + "policies:\n")
    return small


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def taken(ages: Iterable[float], asset: str = PAGES, engine: str = "home") -> Evidence:
    """What an engine shows that holds points of these ages in days."""
    points = tuple(
        RecoveryPoint(
            f"{number:064x}", asset, engine, engine, now() - age * DAY, size=1000, complete=True
        )
        for number, age in enumerate(ages)
    )
    return Evidence(engine, now(), points)


def saw(ctx: Context, *looks: Evidence) -> None:
    for look in looks:
        ctx.ledger.record(look)


def ran(ctx: Context, ages: Iterable[float], added: int) -> None:
    """Backups of the pages to `home` that stored so many bytes each."""
    for number, age in enumerate(ages):
        at = now() - age * DAY
        action = TakePoint("home", PAGES, ("/srv",))
        ctx.ledger.intent(f"run-{number}", action, at=at)
        ctx.ledger.outcome(f"run-{number}", Outcome(action, True, at, at, added=added), at=at)


def runs_under(
    ctx: Context,
    engine: str,
    in_force: Iterable[SpanRule],
    written: Iterable[SpanRule] | None = None,
    *,
    held: float = 20,
) -> None:
    """What a look at a store of samples leaves in the ledger."""
    span = Span(engine, "", now() - held * DAY, now(), size=2_000_000_000)
    said = {
        "spans": codec.encode((span,)),
        "in_force": codec.encode(tuple(in_force)),
        "written": codec.encode(None if written is None else tuple(written)),
    }
    ctx.ledger.append(Kind.SPANS, engine, said, at=now())
    saw(ctx, Evidence(engine, now()))


def found(ctx: Context) -> dict[tuple[str, str], Store]:
    return {(store.engine, store.subject): store for store in stores(ctx)}


def drifted(ctx: Context) -> dict[str, Finding]:
    """Findings about retention in an audit of what the ledger holds."""
    codes = ("retention-", "expired-")
    return {each.code: each for each in audit.judge(ctx).findings if each.code.startswith(codes)}


# ---- Stores -----------------------------------------------------------------------------------


def test_every_store_is_there_the_unreadable_one_too(rich: House) -> None:
    with rich.context() as ctx:
        known = found(ctx)
    assert set(known) == {
        *((engine, asset) for engine in ("home", "offsite")
          for asset in (PAGES, "photos/album", STATE_ASSET)),
        ("metrics", ""), ("logs", ""), ("logs", ALERTS.stream), ("vault", ""),
    }  # fmt: skip
    assert [key for key, store in known.items() if not store.known] == [("vault", "")]
    assert known["vault", ""].status is Status.UNKNOWN
    assert known["home", STATE_ASSET].borrowed
    assert known["home", STATE_ASSET].policy == "default"
    assert not known["home", PAGES].borrowed
    # Nothing was looked at: unknown, and never nothing.
    assert known["home", PAGES].held is None
    assert known["metrics", ""].in_force is None


def test_an_asset_no_policy_sends_there_any_more_is_kept_whole(small: House) -> None:
    with small.context() as ctx:
        saw(ctx, taken([1, 2], "old/data"))
        store = found(ctx)["home", "old/data"]
    assert (store.wanted, store.held, store.going, store.policy) == (None, 2, None, "")


def test_points_held_and_going_as_the_rule_decides(small: House) -> None:
    with small.context() as ctx:
        saw(ctx, taken([day + 0.001 for day in range(10)]))
        store = found(ctx)["home", PAGES]
        assert (store.held, store.going) == (10, 3)
        assert store.oldest is not None
        assert now() - store.oldest > 9 * DAY
        assert store.reach is not None
        assert store.reach.days == 7
        assert store.sizes.newest == 1000
        assert store.sizes.growth is None


def test_growth_is_what_runs_stored_after_the_first(small: House) -> None:
    small.say(
        "  home: {host: house, disk: usb}",
        "  home: {host: house, disk: usb, price_per_gb_month: 0.02}",
    )
    with small.context() as ctx:
        saw(ctx, taken([0.1]))
        ran(ctx, [10], added=5_000_000_000)
        assert found(ctx)["home", PAGES].sizes.growth is None
        ran(ctx, [8, 6, 4, 2, 0], added=100)
        sizes = found(ctx)["home", PAGES].sizes
        assert (sizes.growth, sizes.runs) == (50, 5)
        assert sizes.projected == 1000 + 7 * 50
        assert sizes.cost == pytest.approx(1350 / 1e9 * 0.02)
        assert found(ctx)["offsite", PAGES].sizes.cost is None


def test_less_than_a_day_says_nothing_about_a_day(small: House) -> None:
    with small.context() as ctx:
        ran(ctx, [0.9, 0.5, 0], added=100)
        assert found(ctx)["home", PAGES].sizes.growth is None


def test_prepared_applied_verified_on_points(small: House) -> None:
    with small.context() as ctx:
        look = taken([day + 0.001 for day in range(10)])
        saw(ctx, look)
        store = found(ctx)["home", PAGES]
        assert (store.status, store.in_force) == (Status.PREPARED, None)
        rule = lane_rule(ctx.estate, "home", PAGES)
        assert rule is not None
        for key, digest in (("other", "0" * 64), ("this", rule.digest)):
            action = ForgetPoints("home", PAGES, tuple(p.id for p in look.points[7:]), digest)
            ctx.ledger.intent(key, action, at=now())
            ctx.ledger.outcome(key, Outcome(action, True, now(), now()), at=now())
            status = found(ctx)["home", PAGES].status
            assert status is (Status.APPLIED if key == "this" else Status.PREPARED)
        saw(ctx, taken([day + 0.001 for day in range(7)]))
        store = found(ctx)["home", PAGES]
        assert (store.status, store.in_force) == (Status.VERIFIED, RetentionRule(daily=7))
        assert store.looked_at is not None


def test_prepared_applied_verified_on_samples(rich: House) -> None:
    with rich.context() as ctx:
        told = {
            Status.PREPARED: ((FORTNIGHT,), 10.0),
            Status.APPLIED: ((MONTH,), 60.0),
            Status.VERIFIED: ((MONTH,), 31.0),
        }
        for status, (rules, held) in told.items():
            runs_under(ctx, "metrics", rules, held=held)
            assert found(ctx)["metrics", ""].status is status
        store = found(ctx)["metrics", ""]
        assert (store.wanted, store.because) == (
            SpanRule(within=30 * DAY, because="a slow leak shows within a month"),
            "a slow leak shows within a month",
        )
        assert store.sizes.held == 2_000_000_000
        assert store.sizes.growth == pytest.approx(2e9 / 31, rel=0.01)


def test_a_stream_without_a_rule_of_its_own_follows_that_of_all(rich: House) -> None:
    with rich.context() as ctx:
        runs_under(ctx, "logs", (FORTNIGHT,))
        alerts = found(ctx)["logs", ALERTS.stream]
        assert alerts.in_force == SpanRule(ALERTS.stream, within=14 * DAY)
        assert [each.code for each in proposals(stores(ctx))] == ["in-force-shorter"]


# ---- The document -----------------------------------------------------------------------------


def written(ctx: Context) -> Path:
    known = stores(ctx)
    return write_policy(ctx, known, proposals(known))


def test_the_document_keeps_what_people_write(rich: House) -> None:
    with rich.context() as ctx:
        path = written(ctx)
        text = path.read_text()
        assert path.name == "retention-policy.md"
        assert "# Retention policy — small" in text
        assert "| metrics | 30 d | 30 d | a slow leak shows within a month |" in text
        assert "| home wiki/pages | 7 daily | 7 d | a mistake is noticed within a week |" in text
        assert "vault" in text
        assert written(ctx).read_text() == text
        mine = text.replace("## Why so long\n", "## Why so long\n\nAgreed with Julie in May.\n")
        path.write_text(mine + "\n## Our own\n\nAsk first.\n")
        later = written(ctx).read_text()
    assert "Agreed with Julie in May." in later
    assert "## Our own\n\nAsk first." in later
    assert later.count("| home wiki/pages |") == 1
    assert later.count("<!-- phoenix-retention:") == 1


def test_the_document_speaks_the_language_of_the_estate(rich: House) -> None:
    rich.say("language: en", "language: fr")
    with rich.context() as ctx:
        text = written(ctx).read_text()
    assert "# Politique de rétention — small" in text
    assert "préparée" in text


# ---- Drift ------------------------------------------------------------------------------------


def test_an_estate_that_never_used_retention_has_no_new_finding(small: House) -> None:
    with small.context() as ctx:
        saw(ctx, taken([0.1, 0.6]))
        assert drifted(ctx) == {}


def test_a_document_that_is_missing_and_one_that_is_stale(small: House) -> None:
    with small.context() as ctx:
        path = written(ctx)
        assert drifted(ctx) == {}
    small.say("keep: {daily: 7}", "keep: {daily: 8}")
    with small.context() as ctx:
        assert set(drifted(ctx)) == {"retention-document-stale"}
        written(ctx)
        assert drifted(ctx) == {}
        path.unlink()
        assert set(drifted(ctx)) == {"retention-document-missing"}


def test_a_store_asks_for_a_document(rich: House) -> None:
    with rich.context() as ctx:
        assert set(drifted(ctx)) == {"retention-document-missing"}


def test_the_rule_in_force_is_another(rich: House) -> None:
    with rich.context() as ctx:
        written(ctx)
        runs_under(ctx, "metrics", (MONTH,), (MONTH,))
        runs_under(ctx, "logs", (FORTNIGHT, ALERTS), (FORTNIGHT, ALERTS))
        assert drifted(ctx) == {}
        runs_under(ctx, "metrics", (DAYS_90,), (DAYS_90,))
        [(code, each)] = drifted(ctx).items()
        assert (code, each.subject) == ("retention-differs", "metrics")
        assert dict(each.parameters) == {"stream": "*", "wanted": "30d", "found": "90d"}
        # Its file is right already: only a restart is missing.
        runs_under(ctx, "metrics", (DAYS_90,), (MONTH,))
        [(code, each)] = drifted(ctx).items()
        assert code == "retention-not-in-force"
        assert dict(each.parameters) == {"stream": "*", "wanted": "30d", "found": "90d"}


def test_a_rule_that_reaches_less_than_a_week(small: House) -> None:
    small.say("keep: {daily: 7}", "keep: {last: 7}")
    with small.context() as ctx:
        each = drifted(ctx)["retention-too-short"]
    assert each.subject == "default"
    assert dict(each.parameters) == {"engine": "home", "days": 4, "needed": 7}
    small.say("keep: {last: 7}", "keep: {last: 14}")
    with small.context() as ctx:
        assert drifted(ctx) == {}


def test_points_that_went_too_early(small: House) -> None:
    with small.context() as ctx:
        for age, ids in ((40, ["a"]), (3, ["b", "c"]), (1, ["c", "d"])):
            said = {
                "engine": "home",
                "asset": PAGES,
                "points": ids,
                "since": (now() - (age + 2) * DAY).isoformat(),
                "until": (now() - (age + 1) * DAY).isoformat(),
            }
            ctx.ledger.append(Kind.EXPIRED, "home", said, at=now() - age * DAY)
        each = drifted(ctx)["expired-too-much"]
        assert each.subject == PAGES
        assert dict(each.parameters) == {
            "engine": "home",
            "points": 3,
            "since": (now() - 5 * DAY).date().isoformat(),
            "until": (now() - 2 * DAY).date().isoformat(),
        }
        assert "retention-document-missing" in drifted(ctx)
    small.clock.shift = 31 * DAY
    with small.context() as ctx:
        assert "expired-too-much" not in drifted(ctx)
