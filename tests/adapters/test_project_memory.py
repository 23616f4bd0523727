"""Files that ten agents edit at once: every line there once, nothing else changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from phoenix_dr.adapters.project_memory import CONTEXT, Memory, memory, project_root
from phoenix_dr.errors import UsageError

WRITERS, LINES = 20, 50
BEFORE = (
    "# Contexte\n\nsale \udcff\n\n## Requêtes inter-agents\n\n- [ ] [a→phoenix] x\n\n## Fin\ntexte"
)
WRITER = """
import sys
from pathlib import Path
from phoenix_dr.adapters.project_memory import CONTEXT, memory
from phoenix_dr.core.request_lines import Request, with_request
held, who = memory(Path(sys.argv[1])), sys.argv[2]
for number in range(int(sys.argv[3])):
    request = Request("phoenix", "forge", f"{who}-{number}")
    held.change(CONTEXT, lambda text: with_request(text, request))
"""


@pytest.fixture
def project(tmp_path: Path) -> Memory:
    """A project with a shared context."""
    folder = tmp_path / "_bmad" / "_memory"
    folder.mkdir(parents=True)
    (folder / CONTEXT).write_bytes(BEFORE.encode("utf-8", "surrogateescape"))
    found = memory(tmp_path)
    assert found is not None
    return found


def test_twenty_writers_lose_no_line_and_change_nothing_else(project: Memory) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", WRITER, project.root, f"w{n}", str(LINES)])
        for n in range(WRITERS)
    ]
    assert [each.wait(timeout=120) for each in started] == [0] * WRITERS
    rows = (project.read(CONTEXT) or "").split("\n")
    ours = [row for row in rows if "[phoenix→forge]" in row]
    wanted = {f"- [ ] [phoenix→forge] w{w}-{n}" for w in range(WRITERS) for n in range(LINES)}
    assert len(ours) == len(wanted)
    assert set(ours) == wanted
    assert "\n".join(row for row in rows if row not in wanted) == BEFORE
    assert [each.name for each in project.folder.iterdir()] == [CONTEXT]


def test_a_change_of_somebody_without_a_lock_is_not_undone(project: Memory) -> None:
    path = project.folder / CONTEXT
    asked = []

    def how(text: str) -> str:
        asked.append(text)
        if len(asked) == 1:
            path.write_text("autre\n")
        return text + "nous\n"

    assert project.change(CONTEXT, how)
    assert path.read_text() == "autre\nnous\n"
    assert len(asked) == 2


def test_nothing_to_change_writes_nothing(project: Memory) -> None:
    path = project.folder / CONTEXT
    before = path.stat()
    assert not project.change(CONTEXT, lambda text: text)
    assert path.stat() == before


def test_a_file_that_is_not_there_is_made_and_a_link_stays_a_link(project: Memory) -> None:
    assert project.read("handoff-log.md") is None
    assert project.change("agent-learnings/backup-dr.md", lambda text: text + "x\n")
    assert project.read("agent-learnings/backup-dr.md") == "x\n"
    real = project.root / "elsewhere.md"
    real.write_text("a\n")
    (project.folder / "link.md").symlink_to(real)
    project.change("link.md", lambda text: text + "b\n")
    assert (project.folder / "link.md").is_symlink()
    assert real.read_text() == "a\nb\n"


def test_modes_stay(project: Memory) -> None:
    path = project.folder / CONTEXT
    path.chmod(0o660)
    project.change(CONTEXT, lambda text: text + "\nx")
    assert path.stat().st_mode & 0o777 == 0o660


def test_a_file_beyond_reason_is_refused(project: Memory) -> None:
    (project.folder / CONTEXT).write_bytes(b"x" * ((8 << 20) + 1))
    with pytest.raises(UsageError):
        project.change(CONTEXT, lambda text: text + "y")


@pytest.mark.parametrize("home", ["_bmad", "_grimoire"])
def test_a_project_is_found_from_below(tmp_path: Path, home: str) -> None:
    (tmp_path / home / "_memory").mkdir(parents=True)
    deep = tmp_path / "infra" / "ansible"
    deep.mkdir(parents=True)
    assert project_root(deep) == tmp_path
    found = memory(tmp_path)
    assert found is not None
    assert found.folder == tmp_path / home / "_memory"
    assert memory(deep) is None
