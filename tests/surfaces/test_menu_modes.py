"""PLAN writes nothing until approved, THINK decides, phases carry proof, requests are served."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from build_app import House
from build_menu import CONTEXT, saved_project, talk, tree
from phoenix_dr.core.menu import ITEMS
from phoenix_dr.core.reply import cut, is_short

WORK = [item.code for item in ITEMS if item.code not in {"MH", "CH", "DA"}]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house backed up once, which is a project, too."""
    return saved_project(tmp_path_factory.mktemp("modes"))


def memory(made: House) -> Path:
    """Where its project remembers."""
    return made.root / "_bmad" / "_memory"


def test_plan_mode_writes_nothing_whatever_is_asked(saved: House) -> None:
    before = tree(saved.root)
    lines = [line for code in WORK for line in (code, "wiki" if code == "TR" else "non")]
    done = talk(saved, "[PLAN]", *lines, "demandes", "CH", "quand wiki a été sauvegardé ?", "DA")
    assert tree(saved.root) == before
    assert done.code == 0
    assert done.out.count("\nPLAN : ") == 5  # No Proxmox and no cluster are described here.
    assert "phoenix drill run wiki" in done.out
    assert "wiki/pages : 20" in done.out


def test_plan_mode_leaves_no_cache_of_a_changed_estate(saved: House) -> None:
    written = saved.config.read_text()
    saved.config.write_text(written + "\n# changed\n")
    try:
        before = tree(saved.root)
        talk(saved, "[PLAN] audite les backups", "non", "[PLAN]", "CH", "pourquoi ce score ?")
        assert tree(saved.root) == before
        talk(saved, "KS")
        assert tree(saved.root) != before
    finally:
        saved.config.write_text(written)


@pytest.mark.parametrize("leave", ["ok go", "valide", "[ACT]"])
def test_a_plan_is_carried_out_once_it_is_approved(saved: House, leave: str) -> None:
    done = talk(saved, "[PLAN] KS", leave, "KS", language="en")
    assert done.out.count("Verdict: read; no key was opened.") == 2
    assert done.out.count("Do you approve this plan?") == 1


def test_an_approval_without_a_plan_approves_nothing(saved: House) -> None:
    before = tree(saved.state)
    said = talk(saved, "[PLAN] DR", "plop", "ok go", "go", language="en").out
    assert "Verdict" not in said
    assert tree(saved.state) == before


def test_every_run_records_five_phases_in_order_with_what_shows_them(saved: House) -> None:
    said = talk(saved, "AB", "TR", "wiki", language="en").out
    assert "INVENTORY 2/2 · VERIFY 2/2 · PLAN #" in said
    audit, drill = (
        json.loads(saved.phoenix("evidence", "list", "--subject", f"phases:{code}", "--json").out)
        for code in ("AB", "TR")
    )
    rows = {row["seq"]: row for row in json.loads(
        saved.phoenix("evidence", "list", "--limit", "500", "--json").out)}  # fmt: skip
    for made, shown in ((audit[0], "plan"), (drill[0], "validate")):
        phases = made["value"]["phases"]
        assert [each["phase"] for each in phases] == [
            "inventory", "verify", "plan", "validate", "document",
        ]  # fmt: skip
        [phase] = [each for each in phases if each["phase"] == shown]
        assert phase["fresh"]
        row = rows[int(phase["proof"][0].removeprefix("#"))]
        assert row["kind"] == {"plan": "audit", "validate": "drill"}[shown]
        assert row["seq"] < made["seq"]
    [document] = [each for each in audit[0]["value"]["phases"] if each["phase"] == "document"]
    assert all(Path(path).is_file() for path in document["proof"])
    assert document["proof"]


def test_an_audit_that_found_something_is_not_called_well(saved: House) -> None:
    said = talk(saved, "AB", language="en").out
    assert "findings to mend: " in said
    assert "all is well" not in said


def test_a_decision_is_logged_with_what_was_refused_and_none_without_a_number(saved: House) -> None:
    log = memory(saved) / "decisions-log.md"
    assert "Nothing is decided" in talk(saved, "[THINK]", "9", language="en").out
    assert not log.exists()
    said = talk(saved, "[THINK] copie hors site", "2", "le moins cher", "KS", language="en").out
    ways = re.findall(r"^\d\. .* \(\+\d\.\d\)$", said, re.MULTILINE)
    assert ways[-1].endswith(". Change nothing (+0.0)")
    [line] = [each for each in log.read_text().splitlines() if each.startswith("- [")]
    assert "[phoenix] [ARCH] " in line
    assert "— le moins cher | Écarté : " in line
    assert line.count("(+") == len(ways) > 1
    assert "Verdict: read" in said
    log.unlink()


def test_a_request_is_served_by_evidence_alone(saved: House) -> None:
    context = memory(saved) / "shared-context.md"
    context.write_text(
        CONTEXT + "- [ ] [probe→phoenix] snapshot de wiki avant sysctl\n"
        "- [ ] [vault→phoenix] tester la restauration de photos\n"
        "- [ ] [atlas→phoenix] relire la page de garde\n"
        "- [ ] [probe→forge] snapshot de wiki avant sysctl\n"
    )
    said = talk(saved, "demandes", language="en").out
    left = context.read_text()
    assert "- [x] [probe→phoenix] snapshot de wiki avant sysctl" in left
    assert "- [ ] [probe→phoenix] snapshot du CT 215" in left
    assert "- [ ] [vault→phoenix] tester la restauration de photos" in left
    assert "- [ ] [atlas→phoenix]" in left
    assert "- [ ] [probe→forge]" in left
    assert said.count("Checked off") == 1
    done = saved.phoenix("before-change", "--requests", "--json")
    assert done.code == 3
    assert [each["ok"] for each in json.loads(done.out)] == [None, False, None]
    assert saved.phoenix("drill", "run", "photos").code == 0
    assert saved.phoenix("before-change", "photos", "--level", "L3").code == 0
    assert "- [x] [vault→phoenix] tester la restauration de photos" in context.read_text()
    [_, first] = json.loads(
        saved.phoenix("evidence", "list", "--subject", "request-served", "--json").out
    )
    assert first["value"]["from"] == "probe"
    assert first["value"]["points"]
    context.write_text(CONTEXT)


def test_an_answer_from_memory_serves_no_request(saved: House) -> None:
    context = memory(saved) / "shared-context.md"
    context.write_text(CONTEXT + "- [ ] [probe→phoenix] snapshot de wiki avant sysctl\n")
    assert saved.phoenix("before-change", "wiki", "--offline").code == 0
    assert "- [x]" not in context.read_text()
    assert "[probe] snapshot de wiki" in saved.phoenix("before-change", "wiki").out
    assert context.read_text().count("- [x]") == 1
    assert saved.phoenix("before-change").code == 2
    assert saved.phoenix("before-change", "wiki", "--requests").code == 2
    context.write_text(CONTEXT)


def test_the_table_shows_the_projects_own_names_and_ends_on_exit(saved: House) -> None:
    manifest = saved.root / "_bmad" / "_config" / "agent-manifest.csv"
    manifest.parent.mkdir()
    manifest.write_text(
        "name,displayName,title,icon,role,module,path\n"
        '"monitoring-specialist","Hawk","Monitoring","📡","…","custom","x"\n'
    )
    said = talk(saved, "PM", "*exit").out
    assert "📡 Hawk : " in said
    assert "party-mode" in said
    assert not (memory(saved) / "decisions-log.md").exists()
    shutil.rmtree(manifest.parent)


def test_what_ails_the_memory_is_said_and_left_alone(saved: House) -> None:
    log = memory(saved) / "handoff-log.md"
    log.write_text("| 2026-01-02 03:04 | phoenix → forge | vzdump | ⏳ |\n")
    before = tree(saved.root)
    assert "Transmissions sans réponse depuis plus de 7 jours : 1" in talk(saved).out
    assert tree(saved.root) == before
    log.unlink()
    assert "Transmissions sans" not in talk(saved).out


def test_leaving_merges_learnings_and_names_the_score(saved: House) -> None:
    learned = memory(saved) / "agent-learnings" / "backup-dr.md"
    learned.parent.mkdir()
    learned.write_text("- [2026-01-01] the NAS sleeps at night\n" * 2)
    talk(saved, "MH")
    assert learned.read_text().count("NAS") == 2  # Nothing was done, so nothing is written.
    talk(saved, "KS")
    assert learned.read_text().count("NAS") == 1
    state = (memory(saved) / "session-state.md").read_text()
    assert re.search(r"^- Score : \d\.\d/10\.$", state, re.MULTILINE)


@pytest.mark.parametrize("name", ["menu.en.txt", "menu.fr.txt"])
def test_every_reply_of_a_whole_session_is_short_but_audits(name: str) -> None:
    text = (Path(__file__).parent / "transcripts" / name).read_text()
    replies = re.split(r"^(?:.* )?> ", text.partition("phoenix menu\n")[2], flags=re.MULTILINE)
    said = [
        reply
        for reply in replies
        if "## Audit Backup" not in reply and "## Backup audit" not in reply and "\n$ " not in reply
    ]
    assert len(said) >= 20
    assert len(said) < len(replies)
    assert [reply for reply in said if not is_short(reply)] == []


def test_what_is_too_long_is_cut_between_lines() -> None:
    text = "\n".join(f"line {number} {'x' * 60}" for number in range(30))
    assert is_short(cut(text))
    assert cut(text).splitlines()[:-1] == text.splitlines()[: len(cut(text).splitlines()) - 1]
    assert cut("short") == "short"
    assert cut("x" * 9000) == "…"


def test_a_request_as_long_as_a_book_leaves_the_greeting_short(saved: House) -> None:
    context = memory(saved) / "shared-context.md"
    context.write_text(
        CONTEXT + "".join(f"- [ ] [probe→phoenix] {n} {'x ' * 4000}\n" for n in "ab")
    )
    greeting = talk(saved).out.partition("\n> ")[0]
    assert is_short(greeting)
    assert "Demandes ouvertes pour Phoenix : 3" in greeting
    assert "snapshot du CT 215" in greeting
    context.write_text(CONTEXT)


def test_the_models_wishes_of_the_projects_agent_are_one_line(saved: House) -> None:
    agents = saved.root / "_bmad" / "_config" / "custom" / "agents"
    agents.mkdir(parents=True)
    form = (Path(__file__).parent / "agents" / "seed-form.md").read_text()
    (agents / "backup-dr-specialist.md").write_text(form)
    assert "Model wished for: reasoning high" in talk(saved, language="en").out
    (agents / "backup-dr-specialist.md").write_text(
        form.replace("reasoning: high", "reasoning: odd")
    )
    said = talk(saved, language="en").out
    assert "reasoning" not in said
    (agents / "backup-dr-specialist.md").write_text("no agent")
    assert "Model" not in talk(saved, language="en").out
    shutil.rmtree(saved.root / "_bmad" / "_config")
