"""The file by which an LLM host embodies Phoenix: made from the estate, and put in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from phoenix_dr.adapters.agent_file import read_agent, standing
from phoenix_dr.adapters.project_memory import HOMES, Memory, memory, project_root, settings
from phoenix_dr.app.agent import folder_shown, shown
from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_atomically
from phoenix_dr.app.project import WORKFLOWS
from phoenix_dr.core.agent import AXES, DEGREES, FILE, ICON, NAME
from phoenix_dr.core.agent_manifest import Listed, listed, with_agent
from phoenix_dr.core.agent_mark import Whose
from phoenix_dr.core.agent_values import require_all, values
from phoenix_dr.core.markdown_lines import Lines
from phoenix_dr.errors import UsageError
from phoenix_dr.render.agent_file import AgentFacts, agent_file
from phoenix_dr.render.agent_text import phrase

AGENTS = "_config/custom/agents"
CONFIG, MANIFEST = "_config", "agent-manifest.csv"
CHANGELOG = "agent-changelog.md"


@dataclass(frozen=True, slots=True)
class Put:
    """A file in place: whether it changed, and where the one before it went, if it was not ours."""

    path: Path
    changed: bool
    aside: Path | None = None


@dataclass(frozen=True, slots=True)
class Installed:
    """An agent of a project: its file, its row in the manifest, a line in the changelog."""

    put: Put
    manifest: Listed
    changelog: bool


def language_of(ctx: Context, start: Path) -> str:
    """The language asked for, else the project's, else the estate's."""
    root = project_root(start)
    if ctx.settings.language or root is None:
        return ctx.language
    try:
        return settings(root).language or ctx.language
    except UsageError:
        return ctx.language


def made(ctx: Context, *, start: Path, without: frozenset[str] = frozenset()) -> str:
    """The file for the project `start` lies in, or for none.

    `without` names what the estate does not have (proxmox, cluster). Raises UsageError:
    agent-unresolved for a placeholder the estate gives no value, agent-has, agent-too-large.
    """
    root = project_root(start)
    found = values(ctx.estate, folder_shown(ctx, root))
    require_all(found, without)
    facts = AgentFacts(
        estate=ctx.estate.name,
        values=found,
        documents=shown(Path(ctx.estate.documents), root),
        home=_home(root) if root else HOMES[0],
        workflow=next((w for w in WORKFLOWS if root and (root / w).is_file()), ""),
    )
    return agent_file(facts, language_of(ctx, start))


def put(path: Path, text: str, *, replace: bool, at: datetime) -> Put:
    """Write the file unless it stands there just so.

    A file that is not ours, or was edited, stays, and UsageError says so; with `replace` it is
    renamed aside first. Raises UsageError when the place cannot be written.
    """
    found = standing(path)
    if found is Whose.OURS and path.read_text(encoding="utf-8") == text:
        return Put(path, changed=False)
    aside = None
    if found in {Whose.FOREIGN, Whose.EDITED}:
        if not replace or path.is_dir():
            raise UsageError(f"agent-{found}", path=str(path))
        aside = _aside(path, at)
    try:
        # Folders of a project are for everybody who works in it.
        path.parent.mkdir(parents=True, exist_ok=True)
        if aside is not None:
            path.rename(aside)
    except OSError as error:
        raise UsageError("cannot-write", path=str(path), reason=error.strerror or "") from None
    write_atomically(path, text, mode=0o644)
    return Put(path, changed=True, aside=aside)


def install(ctx: Context, text: str, *, start: Path, replace: bool) -> Installed:
    """Make the file the agent of the project `start` lies in. Raises UsageError as `put`."""
    root = project_root(start)
    if root is None:
        raise UsageError("agent-no-project", path=str(start))
    home = _home(root)
    done = put(root / home / AGENTS / FILE, text, replace=replace, at=ctx.now())
    return Installed(
        done, _listed(root, home, language_of(ctx, start)), done.changed and _logged(ctx, root)
    )


def wished_model(root: Path) -> Mapping[str, str]:
    """What the project's own file of this agent wishes of a model, by axis; empty without one.

    What is no degree we know is left out: the words are shown to a person.
    """
    for home in HOMES:
        try:
            found = read_agent(root / home / AGENTS / FILE).affinity
        except UsageError:
            continue
        return {axis: found[axis] for axis in AXES if found.get(axis) in DEGREES}
    return {}


def _home(root: Path) -> str:
    return next(home for home in HOMES if (root / home).is_dir())


def _aside(path: Path, at: datetime) -> Path:
    """A free name beside it that no host takes for an agent."""
    names = (f"{path.name}.{at:%Y%m%d-%H%M%S}{n or ''}.old" for n in range(1000))
    free = (path.with_name(name) for name in names)
    return next(each for each in free if not each.exists() and not each.is_symlink())


def _listed(root: Path, home: str, language: str) -> Listed:
    """Add the agent to the manifest of a project that has one."""
    config = Memory(root, root / home / CONFIG)
    text = config.read(MANIFEST)
    if text is None:
        return Listed.NONE
    told = {
        "name": NAME, "displayName": "Phoenix", "title": phrase(language, "title"), "icon": ICON,
        "role": phrase(language, "role"), "module": "custom", "path": f"{home}/{AGENTS}/{FILE}",
    }  # fmt: skip
    state = listed(text)
    return Listed.ADDED if config.change(MANIFEST, _adding(told)) else state


def _adding(told: dict[str, str]) -> Callable[[str], str]:
    return lambda text: with_agent(text, told)


def _logged(ctx: Context, root: Path) -> bool:
    held = memory(root)
    if held is None:
        return False
    line = f"- [{ctx.now():%Y-%m-%d}] [phoenix] {FILE} — phoenix agent export"

    def with_line(text: str) -> str:
        lines = Lines(text)
        if lines.has(line):
            return text
        gap = "" if not text or text.endswith("\n") else lines.end
        return f"{text}{gap}{line}{lines.end}"

    return held.change(CHANGELOG, with_line)
