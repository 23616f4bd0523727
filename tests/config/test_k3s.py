"""The datastore of a K3s in phoenix.yaml."""

from __future__ import annotations

from pathlib import Path

from build_config import changed, written
from phoenix_dr import config
from phoenix_dr.core.model import AssetKind

K3S = ("none: nobody needs them", "k3s: /var/lib/rancher/k3s")


def test_it_is_saved_by_this_version(tmp_path: Path) -> None:
    path = written(tmp_path, changed(K3S))
    report = config.check(path)
    assert [each.code for each in (*report.problems, *report.notes)] == ["engine-not-yet"]
    asset = config.load(path).asset("wiki/drafts")
    assert (asset.kind, asset.source) == (AssetKind.K3S, "/var/lib/rancher/k3s")


def test_no_canary_is_put_into_it(tmp_path: Path) -> None:
    text = changed(K3S, ("{asset: pages, canary: 1h}", "{asset: drafts, canary: 1h}"))
    report = config.check(written(tmp_path, text))
    assert [each.code for each in report.problems] == ["canary-in-k3s"]


def test_settings_it_has_not_are_refused(tmp_path: Path) -> None:
    text = changed((K3S[0], "k3s: /var/lib/rancher/k3s, exclude: [tls]"))
    report = config.check(written(tmp_path, text))
    assert [each.code for each in report.problems] == ["exclude-needs-files"]
