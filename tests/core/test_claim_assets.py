"""A pattern of claims is one asset for each claim (decision 0009)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from phoenix_dr.core.claim_assets import asset_of, expanded, is_pattern
from phoenix_dr.core.model import Asset, AssetKind, EngineSpec, Estate, Service

WHOLE = Asset("media/settings", AssetKind.VOLUMES, "longhorn/media/*", policy="volumes")
BASE = Asset("media/base", AssetKind.VOLUMES, "longhorn/media/sonarr-db")
FILES = Asset("media/library", AssetKind.FILES, "/srv/*")
PATTERNS = {"media/*": "media/settings", "media/sonarr-db": "media/base"}
HOUSE = Estate(
    "home", "worker1",
    engines={"longhorn": EngineSpec("longhorn", "longhorn", archives=PATTERNS)},
    services={"media": Service("media", assets=(WHOLE, BASE, FILES))},
)  # fmt: skip


@pytest.mark.parametrize(
    ("claim", "asset"),
    [
        ("media/sonarr", "media/settings/sonarr"),
        ("media/sonarr-db", "media/base"),
        ("media/radarr.old", "media/settings/radarr.old"),
        ("web/sonarr", None),
        ("media2/sonarr", None),
    ],
)
def test_a_claim_is_the_asset_of_the_pattern_with_the_most_fixed_letters(
    claim: str, asset: str | None
) -> None:
    assert asset_of(claim, PATTERNS) == asset


def test_where_the_namespace_has_a_star_too_it_stands_in_the_name() -> None:
    patterns = {"*/config": "all/config", "web-*/*": "web/every"}
    assert asset_of("media/config", patterns) == "all/config/media/config"
    assert asset_of("web-1/data", patterns) == "web/every/web-1/data"


def test_each_claim_seen_is_an_asset_with_everything_of_its_pattern() -> None:
    made = expanded(HOUSE, {"longhorn": {"media/sonarr", "media/radarr", "media/sonarr-db"}})
    assert [*made.assets()] == [
        replace(WHOLE, id="media/settings/radarr", source="longhorn/media/radarr"),
        replace(WHOLE, id="media/settings/sonarr", source="longhorn/media/sonarr"),
        BASE,
        FILES,
    ]
    assert made.asset("media/settings/sonarr").name == "settings/sonarr"
    assert not any(is_pattern(each) for each in made.assets())


@pytest.mark.parametrize(
    "seen", [{}, {"longhorn": ()}, {"longhorn": ["web/x"]}, {"other": ["a/b"]}]
)
def test_while_nothing_was_seen_the_pattern_stays(seen: dict[str, list[str]]) -> None:
    made = expanded(HOUSE, seen)
    assert [*made.assets()] == [WHOLE, BASE, FILES]
    assert [is_pattern(each) for each in made.assets()] == [True, False, False]
