"""`phoenix protect plan|apply` on a Velero: what is typed, what is sent, what is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from adapters.kubernetes import velerolab as lab
from adapters.kubernetes.fake_schema import faults, kinds
from adapters.kubernetes.fake_store import rule
from adapters.kubernetes.velerolab import SPACE, VERSIONS
from build_approvals import IS_ROOT, in_a_namespace, roots_own
from build_velero_house import VeleroHouse, alive, house

NAME = "phoenix-volumes"


def applied(made: VeleroHouse, *words: str) -> dict[str, Any]:
    """`protect apply --json`, and its exit code beside."""
    ran = made.type("protect", "apply", *words, "--json")
    found = json.loads(ran.out) if ran.out else {}
    return {"code": ran.code, "said": ran.err, **found}


def test_a_plan_only_reads_and_applying_writes_once(tmp_path: Path) -> None:
    with house(tmp_path, alive()) as made:
        plan = made.plan()
        assert made.writes() == []
        assert [each["change"] for each in plan["changes"]] == ["create"]
        assert (plan["guarded"], plan["losses"], plan["beside"]) == (False, [], ["nightly"])
        (wanted,) = plan["schedules"]
        assert (wanted["name"], wanted["schedule"]) == (NAME, "0 3 * * *")
        done = applied(made)
        assert (done["code"], done["verified"], done["unverified"]) == (0, [NAME], [])
        assert made.writes() == [("PATCH", NAME)]
        assert made.schedule()["spec"]["template"]["ttl"] == "168h0m0s"
        # Nothing is left to do, and nothing is sent.
        again = applied(made)
        assert (again["code"], again["outcomes"]) == (0, [])
        assert made.writes() == [("PATCH", NAME)]
        assert made.plan()["fitting"] == [NAME]


def test_a_shorter_lifetime_needs_a_signature_and_then_is_set() -> None:
    with roots_own() as root, house(root, alive()) as made:
        applied(made)
        made.describe(keep="{within: 2d}")
        plan = made.plan()
        assert plan["guarded"]
        assert {each["asset"] for each in plan["losses"]} == {
            "media/settings/radarr", "media/settings/sonarr",
        }  # fmt: skip
        assert all(each["later"] for each in plan["losses"])
        assert applied(made)["code"] == 20
        assert made.writes() == [("PATCH", NAME)]
        text = made.type("protect", "plan").out
        assert "phoenix approve" in text
        assert made.approve(plan["digest"]).code == 0
        done = applied(made, plan["digest"])
        assert (done["code"], done["verified"]) == (0, [NAME])
        assert made.schedule()["spec"]["template"]["ttl"] == "48h0m0s"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"schedule": "0 */6 * * *"}, {"schedule": "0 3 * * 0"}),
        ({"keep": "{within: 30d}"}, {"keep": "{last: 7}"}),
    ],
)
def test_saving_less_is_guarded_and_saving_more_is_not(
    tmp_path: Path, before: dict[str, str], after: dict[str, str]
) -> None:
    with house(tmp_path, alive()) as made:
        made.describe(**before)
        applied(made)
        made.describe(**after)
        assert made.plan()["guarded"]
        made.schedule()["spec"]["schedule"] = "0 3 * * 0"
        made.schedule()["spec"]["template"]["ttl"] = "24h0m0s"
        made.describe(**before)
        assert made.plan()["guarded"] is False
        assert applied(made)["code"] == 0


def test_a_plan_somebody_overtook_is_stale_and_writes_nothing() -> None:
    with roots_own() as root, house(root, alive()) as made:
        applied(made)
        made.describe(keep="{within: 2d}")
        digest = made.plan()["digest"]
        assert made.approve(digest).code == 0
        made.schedule()["spec"]["schedule"] = "0 4 * * *"
        assert applied(made, digest)["code"] == 21
        assert made.writes() == [("PATCH", NAME)]


def test_one_that_somebody_paused_runs_again(tmp_path: Path) -> None:
    with house(tmp_path, alive()) as made:
        applied(made)
        made.schedule()["spec"]["paused"] = True
        (change,) = made.plan()["changes"]
        assert change["differs"] == ["paused"]
        assert applied(made)["code"] == 0
        assert made.schedule()["spec"]["paused"] is False


def test_a_schedule_velero_refuses_is_not_verified(tmp_path: Path) -> None:
    store = alive()
    with house(tmp_path, store) as made:
        applied(made)
        made.schedule()["status"] = {"phase": "FailedValidation"}
        done = applied(made)
        assert (done["code"], done["verified"], done["unverified"]) == (3, [], [NAME])


def test_saved_now_is_believed_only_with_its_data(tmp_path: Path) -> None:
    with house(tmp_path, alive()) as made:
        done = applied(made, "--now")
        (saved,) = done["saved"]
        assert done["code"] == 0
        assert {each["asset"] for each in saved["points"]} == {
            "media/settings/radarr", "media/settings/sonarr",
        }  # fmt: skip
        assert [how for how, _ in made.writes()] == ["PATCH", "POST"]


@pytest.mark.parametrize(("data", "code"), [(("media/sonarr",), 3), ((), 3)])
def test_a_backup_that_lacks_data_is_said_to_lack_it(
    tmp_path: Path, data: tuple[str, ...], code: int
) -> None:
    with house(tmp_path, alive(data=data)) as made:
        ran = made.type("protect", "apply", "--now")
        assert ran.code == code
        said = " ".join(ran.out.split())
        assert ("media/radarr" if data else "without the data of any volume") in said


def test_a_claim_another_engine_was_asked_for_is_not_missed(tmp_path: Path) -> None:
    with house(tmp_path, alive(data=("media/sonarr",))) as made:
        text = made.config.read_text()
        more = "radarr: {volumes: velero/media/radarr, policy: elsewhere}"
        text = text.replace("policy: volumes}", f"policy: volumes}}, {more}")
        policy = 'elsewhere: {schedule: "@daily", keep: {last: 7}, because: undo, to: [nas]}'
        text = text.replace("policies:\n", f"policies:\n  {policy}\n")
        engine = "nas: {kind: restic, repository: /nowhere, location: nas, password: env:NONE}"
        text = text.replace("engines:\n", f"engines:\n  {engine}\n")
        made.config.write_text(text)
        done = applied(made, "velero", "--now")
        assert (done["code"], done["saved"][0]["left_out"]) == (0, [])


def test_a_stray_is_handed_over_as_text_with_what_it_would_cost(tmp_path: Path) -> None:
    store = alive()
    lab.schedule(store, "phoenix-old", "0 5 * * *")
    with house(tmp_path, store) as made:
        text = " ".join(made.type("protect", "plan").out.split())
        assert "kubectl -n velero delete schedules.velero.io phoenix-old" in text
        (stray,) = made.plan()["strays"]
        assert {each["asset"] for each in stray["losses"]} == {
            "media/settings/radarr", "media/settings/sonarr",
        }  # fmt: skip
        applied(made)
        assert made.schedule("phoenix-old")


def test_what_may_not_be_read_is_no_plan_and_never_nothing_to_do(tmp_path: Path) -> None:
    store = alive()
    others = " ".join(kind.plural for kind in store.served if kind.plural != "schedules")
    store.tokens["apply"] = (rule("get list", "*", others),)
    with house(tmp_path, store) as made:
        ran = made.type("protect", "plan", "--json")
        (plan,) = json.loads(ran.out)
        assert (ran.code, plan["refused"], plan["changes"]) == (3, "schedules-unreadable", None)
        assert applied(made)["code"] == 22
        assert made.writes() == []


def test_without_the_right_to_write_nothing_is_verified(tmp_path: Path) -> None:
    with house(tmp_path, alive(), token="audit") as made:
        done = applied(made)
        assert (done["code"], done["verified"], done["unverified"]) == (12, [], [NAME])
        assert made.schedule() == {}


def test_a_cluster_that_is_away_is_said_so(tmp_path: Path) -> None:
    with house(tmp_path, alive()) as made:
        made.access.write_text(
            made.access.read_text().replace(made.fake.url, "https://127.0.0.1:1")
        )
        ran = made.type("protect", "plan", "--json")
        (plan,) = json.loads(ran.out)
        assert (ran.code, plan["changes"], plan["digest"]) == (3, None, None)
        assert applied(made)["code"] == 11


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_line_is_said_in_both_languages(tmp_path: Path, language: str) -> None:
    store = alive()
    lab.schedule(store, "phoenix-old", "0 5 * * *")
    with house(tmp_path, store) as made:
        made.describe(zone="Europe/Paris")
        text = made.type("protect", "plan", language=language).out
        assert "Europe/Paris" in text
        made.describe(keep="{within: 2d}")
        assert made.type("protect", "apply", "--now", language=language).code == 0
        assert NAME in made.type("protect", "plan", "--offline", language=language).out


# ---- Handed over ------------------------------------------------------------------------------


def load(path: Path) -> list[Any]:
    """Documents of a YAML file."""
    return list(YAML(typ="safe").load_all(path.read_text()))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_handed_over_folder_is_what_velero_takes(tmp_path: Path, version: str) -> None:
    with house(tmp_path, alive()) as made:
        made.describe(apply="handoff", zone="Europe/Paris")
        out = tmp_path / "out"
        ran = made.type("protect", "plan", "--handoff", str(out))
        assert ran.code == 0
        assert made.writes() == []
        (index,) = load(out / "velero" / "kustomization.yaml")
        assert index["resources"] == ["schedules.yaml"]
        manifests = load(out / "velero" / "schedules.yaml")
        (schema,) = (each.schema for each in kinds(f"velero-{version}") if each.kind == "Schedule")
        assert [faults(each, schema) for each in manifests] == [[]]
        # The twin: a field nobody knows is refused.
        manifests[0]["spec"]["template"]["keep"] = 7
        assert faults(manifests[0], schema)
        # What is applied from there is what is wanted.
        made.fake.store.put(
            "Schedule", NAME, SPACE, spec=load(out / "velero" / "schedules.yaml")[0]["spec"]
        )
        assert made.plan()["handoff"] == "verified"
        assert applied(made)["code"] == 22


def test_files_of_others_are_not_overwritten(tmp_path: Path) -> None:
    with house(tmp_path, alive()) as made:
        mine = tmp_path / "out" / "velero" / "schedules.yaml"
        mine.parent.mkdir(parents=True)
        mine.write_text("mine\n")
        assert made.type("protect", "plan", "--handoff", str(tmp_path / "out")).code == 2
        assert mine.read_text() == "mine\n"
        assert not (mine.parent / "README.md").exists()


def test_a_hand_over_that_loses_something_needs_the_same_signature(tmp_path: Path) -> None:
    with house(tmp_path, alive()) as made:
        applied(made)
        made.describe(keep="{within: 1d}", apply="handoff")
        out = tmp_path / "out"
        assert made.type("protect", "plan", "--handoff", str(out)).code == 20
        assert not out.exists()


@pytest.mark.skipif(IS_ROOT, reason="the tests above ran as root")
def test_all_of_it_as_root_of_a_namespace() -> None:
    done = in_a_namespace(__file__)
    assert done.returncode == 0, done.stdout + done.stderr
