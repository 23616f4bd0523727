"""Whole sessions at the menu: it waits, runs the real commands, and leaves what it should."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

import pytest

from build_app import House, argv, house
from build_menu import CONTEXT, saved_project, talk, tree
from phoenix_dr.core.reply import is_short

CODES = ("MH", "CH", "AB", "SP", "LB", "DR", "RT", "TR", "KS", "PM", "DA")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house backed up once, which is a project, too."""
    return saved_project(tmp_path_factory.mktemp("menu"))


def test_it_greets_by_name_shows_eleven_items_and_touches_nothing(saved: House) -> None:
    before = tree(saved.root)
    done = talk(saved)
    assert tree(saved.root) == before
    assert done.code == 0
    assert "Guilhem" in done.out
    assert "snapshot du CT 215" in done.out
    assert re.findall(r"^ +(\d+)  \[(\w\w)\]", done.out, re.MULTILINE) == [
        (str(number), code) for number, code in enumerate(CODES, 1)
    ]
    assert is_short(done.out)


def test_what_is_not_known_is_said_in_two_words_and_runs_nothing(saved: House) -> None:
    before = tree(saved.state)
    said = talk(saved, "plop", "0", "12", "-1", "").out
    assert said.count("Non reconnu\n") == 5
    assert "Lequel ?" in talk(saved, "backup").out
    assert tree(saved.state) == before


def test_an_audit_by_its_sentence_ends_with_its_score(saved: House) -> None:
    said = talk(saved, "Audite les backups du projet").out
    assert "## Audit Backup — " in said
    assert re.search(r"Score de résilience : \d+\.\d/10", said)
    assert "Ensuite : " in said


def test_every_item_does_its_work(saved: House) -> None:
    done = talk(saved, "DR", "RT", "TR", "wiki", "KS", "SP", "LB", "PM", "", "MH", language="en")
    assert (saved.root / "docs" / "disaster-recovery-plan.md").is_file()
    assert "RTO = " in done.out
    assert "no Proxmox" in done.out
    assert "no Longhorn" in done.out
    written = re.findall(r"The whole answer: (\S+)", done.out)
    assert written
    assert all(Path(path).read_text() for path in written)
    assert "Traceback" not in done.err


def test_talking_answers_from_the_audit_and_never_says_unknown(saved: House) -> None:
    said = talk(saved, "CH", "quand wiki a-t-il été sauvegardé ?", "raconte une blague", "MH").out
    assert "wiki/pages : 20" in said
    assert "Je ne peux pas répondre" in said
    assert "Non reconnu" not in said


def test_the_round_table_speaks_from_the_audit_and_logs_what_the_user_decides(saved: House) -> None:
    log = saved.root / "_bmad" / "_memory" / "decisions-log.md"
    said = talk(saved, "PM", "").out
    table = said.split("> ", 1)[1].split("Que décidez-vous", 1)[0]
    assert "Phoenix résume : " in table
    assert table.count("\n") >= 3
    assert is_short(table)
    assert not log.exists()
    said = talk(saved, "party mode", "copie hors site avant décembre").out
    assert "decisions-log.md" in said
    [line] = [each for each in log.read_text().splitlines() if "[party-mode]" in each]
    assert "Décision : copie hors site avant décembre" in line
    assert "Panel : " in line


def test_leaving_writes_the_state_of_the_session_where_a_project_keeps_it(saved: House) -> None:
    memory = saved.root / "_bmad" / "_memory"
    for path in (memory / "session-state.md", *memory.glob("session-summaries/*")):
        path.unlink(missing_ok=True)
    assert "À la prochaine" in talk(saved, "KS", "au revoir", "AB").out
    state = (memory / "session-state.md").read_text()
    assert state.startswith("# État de Session — ")
    assert "- [KS] phoenix keys show → " in state
    assert "[AB]" not in state
    [copy] = (memory / "session-summaries").iterdir()
    assert copy.read_text() == state
    assert (memory / "shared-context.md").read_text() == CONTEXT


def test_a_project_that_says_nothing_of_itself_stops_it(tmp_path: Path) -> None:
    made = house(tmp_path / "house")
    (made.root / "_grimoire" / "_memory").mkdir(parents=True)
    done = talk(made)
    assert done.code == 2
    assert "core/config.yaml" in done.err
    assert "_memory/config.yaml" in done.err


def test_phoenix_alone_is_the_menu_on_a_terminal_and_help_in_a_pipe(saved: House) -> None:
    assert "Usage: phoenix" in saved.phoenix(LC_ALL="C.UTF-8").out
    leader, follower = pty.openpty()
    with subprocess.Popen(
        argv(), env=saved.environ, cwd=saved.root, stdin=follower, stdout=follower, stderr=follower
    ) as running:
        os.close(follower)
        seen, until = b"", time.monotonic() + 30
        while b"[DA]" not in seen and time.monotonic() < until:
            if select.select([leader], [], [], 1)[0]:
                seen += os.read(leader, 4096)
        os.write(leader, b"11\n")
        assert running.wait(timeout=30) == 0
    os.close(leader)
    assert b"[DA]" in seen
