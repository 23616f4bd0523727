"""A house that is a BMAD project, and sessions at its menu."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from build_app import House, Ran, argv, house

CONTEXT = """\
# Contexte Partagé — homelab

## Requêtes inter-agents

- [ ] [probe→phoenix] snapshot du CT 215 avant sysctl
"""
SETTINGS = 'user_name: "Guilhem"\ncommunication_language: "Français"\n'


def saved_project(root: Path) -> House:
    """A house backed up and audited once, in a project with a request for Phoenix."""
    made = saved_house_in_a_project(root)
    made.audit()
    return made


def saved_house_in_a_project(root: Path) -> House:
    """A house backed up once, whose project asks for nothing of note."""
    made = house(root)
    made.to_home_alone()
    made.backup()
    make_project(made)
    return made


def make_project(made: House) -> Path:
    """Make a house a project; its memory folder."""
    memory = made.root / "_bmad" / "_memory"
    memory.mkdir(parents=True)
    (memory / "shared-context.md").write_text(CONTEXT)
    (made.root / "_bmad" / "core").mkdir()
    (made.root / "_bmad" / "core" / "config.yaml").write_text(SETTINGS)
    return memory


def talk(made: House, *lines: str, language: str | None = None) -> Ran:
    """A session: what is typed, then the end of the input."""
    words = ["menu", *(["--language", language] if language else [])]
    done = subprocess.run(
        argv(*words), env=made.environ, cwd=made.root, input="".join(f"{x}\n" for x in lines),
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def tree(root: Path) -> str:
    """A digest of everything below a folder: names, sizes, times, contents."""
    found = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        at = path.lstat()
        found.update(f"{path}{at.st_mtime_ns}{at.st_size}".encode())
        if path.is_file() and not path.is_symlink():
            found.update(path.read_bytes())
    return found.hexdigest()
