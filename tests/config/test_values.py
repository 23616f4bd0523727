"""What a good file means: every value where the core expects it, defaults, notes, examples."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from build_config import EXAMPLES, GOOD, changed, estate, short, written
from phoenix_dr import config
from phoenix_dr.config.units import duration
from phoenix_dr.core.discovery import Discovered
from phoenix_dr.core.model import (
    AssetKind,
    Check,
    CheckKind,
    Criticality,
    Immutability,
    Objectives,
    RetentionRule,
    SecretRef,
    Waiver,
)
from phoenix_dr.errors import ConfigError
from phoenix_dr.render.estate_file import estate_text
from phoenix_dr.render.phrases import LANGUAGES


def test_places_and_engines(tmp_path: Path) -> None:
    made = estate(tmp_path, changed(("deletable_from: [house]", "immutable: claimed")))
    assert (made.here, made.timezone, made.hosts["house"].disks) == (
        "house", "Europe/Paris", ("nvme", "usb"),
    )  # fmt: skip
    assert made.site_of("far") == "paris"
    assert made.locations["near"].disk == "usb"
    assert made.locations["near"].deletable_from is None
    assert made.locations["far"].immutable is Immutability.CLAIMED
    home, lab = made.engines["home"], made.engines["lab"]
    assert (home.kind, home.repository, home.location) == ("restic", "/mnt/restic", "near")
    assert home.password == SecretRef("file", "/etc/home.pw")
    assert (lab.kind, lab.locations) == ("etcd", {"nfs": "near", "s3": "far"})


def test_services_assets_and_checks(tmp_path: Path) -> None:
    made = estate(tmp_path)
    wiki = made.services["wiki"]
    assert (wiki.criticality, wiki.depends_on) == (Criticality.IMPORTANT, ("photos",))
    assert wiki.objectives == Objectives(timedelta(hours=13), timedelta(hours=2))
    pages, uploads, drafts = wiki.assets
    assert (pages.id, pages.kind, pages.source) == ("wiki/pages", AssetKind.SQLITE, "/srv/wiki.db")
    assert (pages.canary, uploads.canary) == (True, False)
    assert (uploads.source, uploads.exclude) == ("/home/ada/uploads", ("cache/",))
    assert (drafts.source, drafts.policy, drafts.has_data) == ("nobody needs them", None, False)
    assert wiki.checks == (
        Check("wiki/pages", CheckKind.SQL, "select 1", 1),
        Check("wiki/pages", CheckKind.CANARY, within=timedelta(hours=1)),
    )
    album = made.asset("photos/album")
    assert album.accepted_loss == Waiver("prints exist", date(2027, 6, 1))
    assert album.policy is None
    assert made.destinations(pages) == ("home", "lab/nfs")
    assert made.policies["default"].keep == RetentionRule(daily=7)


def test_accepted_loss_with_a_policy_is_still_saved(tmp_path: Path) -> None:
    text = changed(("files: /srv/album,", "files: /srv/album, policy: default,"))
    assert estate(tmp_path, text).asset("photos/album").policy == "default"


def test_regenerable_alone_is_a_kind_and_beside_files_a_remark(tmp_path: Path) -> None:
    again = "regenerable: {from: git:list, until: 2027-01-01}"
    alone = estate(tmp_path, changed(("none: nobody needs them", again))).asset("wiki/drafts")
    assert (alone.kind, alone.source, alone.policy) == (AssetKind.REGENERABLE, "git:list", None)
    both = estate(tmp_path, changed(("none: nobody needs them", f"files: /d, {again}")))
    drafts = both.asset("wiki/drafts")
    assert (drafts.kind, drafts.source, drafts.policy) == (AssetKind.FILES, "/d", "default")
    assert drafts.regenerable == Waiver("git:list", date(2027, 1, 1))


LATER = [
    ("postgres", "db, socket: /run/postgresql", "db"),
    ("guest", "lab/215", "lab/215"),
    ("volumes", "lab/media/*", "lab/media/*"),
    ("share", "nas:/x, anything: 1", "nas:/x"),
    ("git", "https://host/x.git", "https://host/x.git"),
    ("command", "[dump, --all], decision: an appliance", "dump --all"),
]


@pytest.mark.parametrize(("kind", "value", "source"), LATER)
def test_an_asset_of_a_later_kind_is_noted_and_never_dropped(
    tmp_path: Path, kind: str, value: str, source: str
) -> None:
    text = changed(("none: nobody needs them", f"{kind}: {value}"))
    asset = estate(tmp_path, text).asset("wiki/drafts")
    assert (asset.kind, asset.source, asset.policy) == (AssetKind(kind), source, "default")
    report = config.check(written(tmp_path, text))
    assert report.problems == ()
    assert short(report.notes) == [
        (12, 3, "engines.lab", "engine-not-yet"),
        (26, 7, "services.wiki.assets.drafts", "asset-not-yet"),
    ]


def test_snapshots_are_noted(tmp_path: Path) -> None:
    snapshots = "snapshots: {schedule: '@daily', keep: {last: 7}}\n    to: [home, lab/nfs]"
    report = config.check(written(tmp_path, changed(("to: [home, lab/nfs]", snapshots))))
    assert (18, 5, "policies.default.snapshots", "snapshots-not-yet") in short(report.notes)


def test_values_left_to_do_are_notes_of_check_and_faults_of_load(tmp_path: Path) -> None:
    path = written(tmp_path, changed(("site: paris", "site: TODO"), ("rpo: 13h", "rpo: TODO")))
    report = config.check(path)
    todo = [(6, 18, "hosts.bucket.site", "todo"), (22, 23, "services.wiki.objectives.rpo", "todo")]
    assert report.problems == ()
    assert [each for each in short(report.notes) if each[3] == "todo"] == todo
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    assert short(caught.value.problems) == todo


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_first_file_has_only_values_to_fill_in(tmp_path: Path, language: str) -> None:
    text = estate_text(Discovered(), language=language, today=date(2026, 11, 23))
    report = config.check(written(tmp_path, text))
    assert report.problems == ()
    assert {each.code for each in report.notes} == {"todo"}


def test_paths_stand_beside_the_file_or_in_the_home_given(tmp_path: Path) -> None:
    assert estate(tmp_path).documents == str(tmp_path / "docs")
    for given, meant in (
        ("infra/docs", str(tmp_path / "infra/docs")),
        ("/srv/docs", "/srv/docs"),
        ("~/docs", "/home/ada/docs"),
    ):
        text = GOOD + f"documents: {given}\napprovers: ~/approvers\n"
        made = estate(tmp_path, text)
        assert (made.documents, made.approvers) == (meant, "/home/ada/approvers")


def test_without_policies_all_goes_to_every_restic_engine(tmp_path: Path) -> None:
    start, end = GOOD.index("policies:"), GOOD.index("services:")
    made = estate(tmp_path, GOOD[:start] + GOOD[end:])
    assert made.destinations(made.asset("wiki/pages")) == ("home",)
    assert made.policies["default"].keep == RetentionRule(daily=7, weekly=4, monthly=6)


def test_yaml_is_read_as_1_2(tmp_path: Path) -> None:
    text = changed(("timezone: Europe/Paris", "estate: no\nlanguage: en"))
    assert estate(tmp_path, text).name == "no"
    assert estate(tmp_path, changed(("daily: 7", "daily: 07"))).policies["default"].keep.daily == 7


@pytest.mark.parametrize(
    "text", ["\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), GOOD.rstrip("\n"), GOOD + "...\n"]
)
def test_the_form_of_the_text_does_not_matter(tmp_path: Path, text: str) -> None:
    assert estate(tmp_path, text) == estate(tmp_path)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_is_good_and_nothing_of_it_waits_for_a_later_version(
    tmp_path: Path, path: Path
) -> None:
    report = config.check(written(tmp_path, path.read_bytes()))
    assert report == config.CheckReport((), ())
    made = config.load(tmp_path / "phoenix.yaml")
    assert len([each for each in made.engines.values() if each.kind == "restic"]) >= 2
    assert {each.kind for each in made.assets()} <= {
        AssetKind.FILES, AssetKind.SQLITE, AssetKind.NONE, AssetKind.REGENERABLE,
    }  # fmt: skip
    assert len({made.site_of(each.location) for each in made.engines.values()}) >= 2


@pytest.mark.parametrize(
    ("text", "hours"),
    [("13h", 13), ("30d", 720), ("90min", 1.5), ("90m", 1.5), ("1d 12h", 36), ("2w", 336)],
)
def test_durations(text: str, hours: float) -> None:
    assert duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize(
    "text", ["", "0h", "13", "h", "-1h", "1.5h", "13 h", "13H", "9" * 20 + "d", "13h1"]
)
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        duration(text)
