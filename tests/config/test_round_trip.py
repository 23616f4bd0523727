"""Estates that Phoenix itself writes or ships are good, and survive the cache unchanged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from build_config import EXAMPLES, GOOD, STORES, written
from phoenix_dr import codec, config
from phoenix_dr.app.demo import estate as demo
from phoenix_dr.core.model import Estate


def cached(estate: Estate) -> Estate:
    """The estate as the next command reads it from the cache."""
    return codec.loads(Estate, codec.dumps(estate, ordered=True))


@pytest.mark.parametrize(
    "text",
    [GOOD, STORES, *(path.read_text(encoding="utf-8") for path in EXAMPLES)],
    ids=["small", "stores", *(path.parent.name for path in EXAMPLES)],
)
def test_an_estate_comes_back_from_the_cache_as_it_was(tmp_path: Path, text: str) -> None:
    estate = config.load(written(tmp_path, text))
    again = cached(estate)
    assert again == estate
    assert list(again.services) == list(estate.services)
    assert again != replace(estate, language="fr" if estate.language == "en" else "en")


def test_the_file_of_the_demo_is_good_whatever_is_left_out_of_etc(tmp_path: Path) -> None:
    system = tmp_path / "it's: #1 {etc}"
    system.mkdir()
    (system / "key [a]*.pem").write_text("-----BEGIN PRIVATE KEY-----\n")
    (system / "motd").write_text("welcome\n")
    built = demo.build(tmp_path / "démo", seed=1, media_bytes=3_000, system=system)
    assert config.check(built.config) == config.CheckReport((), ())
    estate = config.load(built.config)
    assert cached(estate) == estate
    etc = estate.asset("system/etc")
    assert (etc.source, len(etc.exclude)) == (str(system), 1)
