"""`phoenix generate k3s`: a file K3s can read, and what a smaller number loses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from build_app import House
from build_k3s import data_of, k3s_house, put_database

KEEP = "keep: {daily: 7}"


@pytest.fixture
def made(tmp_path: Path) -> House:
    """A house with an etcd server, configured by nobody yet."""
    built = k3s_house(tmp_path)
    (data_of(built) / "server/db/etcd").mkdir(parents=True)
    return built


def config(built: House, text: str) -> Path:
    """The present configuration of its K3s."""
    path = built.production / "etc/rancher/k3s/config.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def generated(built: House, *arguments: str) -> dict[str, object]:
    """What the written file says to K3s."""
    ran = built.phoenix("generate", "k3s", *arguments)
    assert ran.code == 0, ran.err
    text = (built.root / "phoenix-etcd-snapshots.yaml").read_text()
    return dict(YAML(typ="safe").load(text))


def told(built: House, *arguments: str) -> dict[str, object]:
    """The JSON of the command."""
    ran = built.phoenix("generate", "k3s", "--json", *arguments)
    assert ran.code == 0, ran.err
    found: dict[str, object] = json.loads(ran.out)
    return found


@pytest.mark.parametrize(
    ("keep", "count"),
    [
        (KEEP, 14),
        ("keep: {last: 9, daily: 7}", 9),
        ("keep: {hourly: 24, daily: 7}", 2),
        ("keep: {within: 3d}", 6),
        ("keep: {weekly: 4}", 14),
    ],
)
def test_the_number_is_as_many_as_the_schedule_makes(made: House, keep: str, count: int) -> None:
    made.say(KEEP, keep)
    assert generated(made) == {
        "etcd-snapshot-schedule-cron": "0 3,15 * * *",
        "etcd-snapshot-retention": count,
    }


def test_what_a_policy_says_of_snapshots_comes_first(made: House) -> None:
    made.say(KEEP, f'{KEEP}\n    snapshots: {{schedule: "30 */6 * * *", keep: {{last: 8}}}}')
    assert generated(made) == {
        "etcd-snapshot-schedule-cron": "30 */6 * * *",
        "etcd-snapshot-retention": 8,
    }


def test_s3_is_named_by_its_secret_alone(made: House) -> None:
    more = {"etcd-s3": True, "etcd-s3-config-secret": "k3s-etcd-s3"}
    assert generated(made, "--s3-secret", "k3s-etcd-s3").items() >= more.items()
    ran = made.phoenix("generate", "k3s", "--s3-secret", "x\netcd-disable-snapshots: true")
    assert (ran.code, "no name of a Secret" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("present", "loses"),
    [
        ("etcd-snapshot-retention: 20\n", 6),
        ("etcd-snapshot-retention: 14\n", 0),
        ("disable: [traefik]\n", 0),
    ],
)
def test_a_smaller_number_than_now_is_a_loss_and_said_so(
    made: House, present: str, loses: int
) -> None:
    config(made, present)
    assert told(made)["loses"] == loses
    text = (made.root / "phoenix-etcd-snapshots.yaml").read_text()
    shown = made.phoenix("generate", "k3s").out
    assert ("LOSS" in text, "LOSS" in shown) == (bool(loses), bool(loses))
    assert "systemctl restart k3s" in text


def test_what_k3s_keeps_by_itself_is_five(made: House) -> None:
    made.say(KEEP, "keep: {last: 3}")
    assert (told(made)["present"], told(made)["loses"]) == (5, 2)


def test_a_configuration_that_is_not_here_is_unknown_not_five(made: House) -> None:
    (data_of(made) / "server/db/etcd").rmdir()
    found = told(made)
    assert (found["present"], found["loses"]) == (None, None)
    assert "could not be read" in made.phoenix("generate", "k3s").out


def test_sqlite_has_no_snapshots_to_schedule(made: House) -> None:
    (data_of(made) / "server/db/etcd").rmdir()
    put_database(data_of(made), {})
    ran = made.phoenix("generate", "k3s")
    assert (ran.code, "SQLite" in ran.err) == (2, True)
    assert not (made.root / "phoenix-etcd-snapshots.yaml").exists()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("k3s: ROOT/srv/var/lib/rancher/k3s", "files: ROOT/srv", "which datastore"),
        ("rancher/k3s}", "rancher/k3s}\n      two: {k3s: ROOT/srv/two}", "cluster/two"),
    ],
)
def test_what_cannot_be_scheduled_says_why(made: House, old: str, new: str, words: str) -> None:
    made.say(old, new)
    ran = made.phoenix("generate", "k3s")
    assert (ran.code, words in ran.err) == (2, True), ran.err
