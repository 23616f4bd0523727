"""Jobs and labels of a Longhorn handed over: a kustomize folder, and lines for a person."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes.fake_schema import faults
from adapters.kubernetes.homelab import SPACE, VERSIONS
from build_volumes import APPS, GROUP, House, house, job, stack
from phoenix_dr.adapters._yaml.values import parsed
from phoenix_dr.core.longhorn import SOURCE_LABEL
from surfaces.test_protect_volumes import NIGHTLY, root
from tools import program

__all__ = ["root"]
OURS = f"{GROUP}phoenix-volumes"


def make_memory(root: Path) -> Path:
    """Make a house a project; its memory folder."""
    memory = root / "_bmad" / "_memory"
    memory.mkdir(parents=True)
    (root / "_bmad" / "core").mkdir()
    (root / "_bmad" / "core" / "config.yaml").write_text("user_name: G\n")
    (memory / "shared-context.md").write_text("# Contexte\n")
    return memory


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_folder_that_is_handed_over_fits_the_schemas(
    root: Path, version: str, language: str
) -> None:
    with house(root, stack(version)) as made:
        made.write(apply="handoff")
        folder = root / "handed"
        done = made.type("protect", "plan", "--handoff", str(folder), language=language)
        assert done.code == 0, done.err
        assert made.type("protect", "apply", "longhorn").code == 22
        assert made.written() == []
        kinds = {kind.kind: kind for kind in made.store.served}
        objects = [each for name in ("recurringjobs", "labels") for each in read(folder, name)]
        for each in objects:
            assert faults(each, kinds[each["kind"]].schema) == []
        # A field of nobody is caught.
        assert faults(objects[0] | {"spec": {"retane": 7}}, kinds["RecurringJob"].schema)
    [index] = read(folder, "kustomization")
    # Whoever owns the manifest of a volume may remove it: labels are in no kustomization.
    assert index["resources"] == ["recurringjobs.yaml"]
    for each in objects:
        assert each["metadata"]["annotations"] == {
            "kustomize.toolkit.fluxcd.io/prune": "disabled",
            "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
        }
    assert [each["kind"] for each in objects] == ["RecurringJob"] * 2 + ["Volume"] * len(APPS)
    page = (folder / "longhorn" / "README.md").read_text()
    assert "- [x]" in page
    assert "phoenix→helm" in done.out
    assert "media/sonarr-config" in page
    assert "kubectl apply --server-side -f labels.yaml" in page


def test_handed_over_is_verified_once_the_cluster_says_so(root: Path) -> None:
    with house(root) as made:
        made.write(apply="handoff")
        made.type("protect", "plan", "--handoff", str(root / "handed"))
        assert made.plan()["handoff"] == "prepared"
        objects = [e for n in ("recurringjobs", "labels") for e in read(root / "handed", n)]
        for each in objects:
            merge(made, each)
        assert made.plan()["handoff"] == "verified"
        made.write(apply="handoff", within="60d")
        assert made.plan()["handoff"] == "changed"


def test_in_a_project_the_sibling_is_asked_and_the_request_closed_by_evidence(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = make_memory(root)
    monkeypatch.chdir(root)
    folders = {str(Path(program(name)).parent) for name in ("promtool", "amtool")}
    monkeypatch.setenv("PATH", os.pathsep.join((*folders, os.environ["PATH"])))
    with house(root) as made:
        made.write(apply="handoff")
        for _ in range(2):
            made.type("protect", "plan", "--handoff", str(root / "handed"))
        context = (memory / "shared-context.md").read_text()
        assert context.count("- [ ] [phoenix→helm] apply the RecurringJobs of longhorn") == 1
        # Who applies the jobs is asked, and who watches that they go on.
        assert context.count("- [ ] [phoenix→hawk] ") == 1
        assert "backup_last_success_timestamp" in context
        rules = (root / "handed" / "hawk" / "phoenix-backup.rules.yml").read_text()
        assert "time() - " in rules
        log = (memory / "handoff-log.md").read_text()
        assert log.count("| phoenix → helm |") == 1
        assert log.count("| phoenix → hawk |") == 1
        assert log.count("⏳") == 2
        for each in (e for n in ("recurringjobs", "labels") for e in read(root / "handed", n)):
            merge(made, each)
        made.type("protect", "plan")
    assert "- [x] [phoenix→helm]" in (memory / "shared-context.md").read_text()
    assert "✅" in (memory / "handoff-log.md").read_text()


def test_at_the_menu_a_plan_is_handed_over_by_a_word(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = make_memory(root)
    monkeypatch.chdir(root)
    with house(root) as made:
        made.write(apply="handoff")
        said = made.menu("LB", "[PLAN] LB", "remettre", "[ACT]", "DA")
        assert "Verdict : planifié ; rien n'est préparé ni appliqué." in said
        assert not (memory / "handoff-log.md").exists()
        assert "Non reconnu" in made.menu("remettre")
        said = made.menu("LB", "remettre", "DA")
    assert "[phoenix→helm]" in said
    assert "- [ ] [phoenix→helm]" in (memory / "shared-context.md").read_text()
    state = (memory / "session-state.md").read_text()
    assert "- [phoenix→helm] " in state.partition("## Requêtes inter-agents générées")[2]


def test_a_file_of_somebody_else_is_not_overwritten(root: Path) -> None:
    with house(root) as made:
        (root / "handed" / "longhorn").mkdir(parents=True)
        (root / "handed" / "longhorn" / "labels.yaml").write_text("mine\n")
        done = made.type("protect", "plan", "--handoff", str(root / "handed"))
    assert done.code == 2
    assert (root / "handed" / "longhorn" / "labels.yaml").read_text() == "mine\n"


def test_a_claim_that_is_the_source_of_labels_is_handed_over_itself(root: Path) -> None:
    made_store = stack()
    at = ("", "persistentvolumeclaims", "media", "sonarr-config")
    made_store.objects[at]["metadata"]["labels"] = {SOURCE_LABEL: "enabled"}
    with house(root, made_store) as made:
        made.write(apply="handoff")
        made.type("protect", "plan", "--handoff", str(root / "handed"))
        labels = read(root / "handed", "labels")
        kinds = {kind.kind: kind for kind in made.store.served}
        assert [faults(each, kinds[each["kind"]].schema) for each in labels] == [[]] * len(APPS)
    [claim] = [each for each in labels if each["kind"] == "PersistentVolumeClaim"]
    assert claim["metadata"]["namespace"] == "media"
    assert claim["metadata"]["labels"] == {SOURCE_LABEL: "enabled", OURS: "enabled"}
    assert "spec" not in claim


def test_what_removing_loses_stands_above_the_line_that_removes(root: Path) -> None:
    made_store = stack(**{f"{GROUP}old": "enabled"})
    for name, groups in (("phoenix-old", ["old"]), ("phoenix-idle", ["nobody"])):
        made_store.put("RecurringJob", name, SPACE, spec=NIGHTLY | {"name": name, "groups": groups})
    with house(root, made_store) as made:
        made.write(apply="handoff")
        made.type("protect", "plan", "--handoff", str(root / "handed"))
        assert job(made.store, "phoenix-old") is not None
    page = (root / "handed" / "longhorn" / "README.md").read_text()
    idle, _, old = page.partition("## What no policy wants any more")[2].partition("phoenix-idle\n")
    assert "Nothing is lost by it" in idle
    assert "media/settings/sonarr-config" in old
    assert "delete recurringjobs.longhorn.io phoenix-old" in old
    texts = [each.read_text() for each in (root / "handed" / "longhorn").glob("*.yaml")]
    assert not any("phoenix-old" in each for each in texts)


def test_without_a_look_no_label_is_handed_over(root: Path) -> None:
    with house(root) as made:
        made.write(apply="handoff")
        made.type("protect", "plan", "--offline", "--handoff", str(root / "handed"))
        assert made.fake.asked == []
    folder = root / "handed" / "longhorn"
    assert sorted(each.name for each in folder.iterdir()) == [
        "README.md", "kustomization.yaml", "recurringjobs.yaml",
    ]  # fmt: skip
    assert "nobody knows which volumes" in (folder / "README.md").read_text()


def read(folder: Path, name: str) -> list[dict[str, Any]]:
    """The objects of a file that was handed over."""
    text = (folder / "longhorn" / f"{name}.yaml").read_text()
    assert text.startswith("# ")
    return [parsed(each)[1] for each in text.split("\n---\n")]


def merge(made: House, each: dict[str, Any]) -> None:
    """What kubectl apply would do with one object."""
    plural = {"RecurringJob": "recurringjobs", "Volume": "volumes"}[each["kind"]]
    key = ("longhorn.io", plural, SPACE, each["metadata"]["name"])
    if key in made.store.objects:
        made.store.objects[key]["metadata"].setdefault("labels", {}).update(
            each["metadata"].get("labels", {})
        )
    else:
        copied = json.loads(json.dumps(each))
        made.store.put(copied["kind"], copied["metadata"]["name"], SPACE, spec=copied["spec"])
