"""The file of an agent against what this version can do, and how paths are shown in one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.adapters.agent_file import read_agent
from phoenix_dr.adapters.project_memory import project_root
from phoenix_dr.app.context import Context
from phoenix_dr.core.agent import AgentFile
from phoenix_dr.core.agent_checks import check, covered, said
from phoenix_dr.core.agent_items import ROOT
from phoenix_dr.core.agent_values import values
from phoenix_dr.core.agent_verdict import Checked, Known


@dataclass(frozen=True, slots=True)
class Judged:
    """An agent's file and what this version does of it."""

    agent: AgentFile
    rows: tuple[Checked, ...]

    @property
    def covered(self) -> bool:
        """Whether every part is done as it stands."""
        return covered(self.rows)


def judge(ctx: Context, path: Path, *, start: Path, is_ours: Callable[[str], bool]) -> Judged:
    """Say what of an agent's file this version does here; nothing is changed.

    `start` lies in the project, if there is one; `is_ours` tells whether a command line is one of
    this version. Raises UsageError (agent-file-…) for a file that is none.
    """
    agent = read_agent(path)
    root = project_root(start)
    known = Known(
        values=values(ctx.estate, folder_shown(ctx, root)),
        files=frozenset(_there(agent, root)) if root else frozenset(),
        commands={words: is_ours(words) for words in said(agent)},
    )
    return Judged(agent, check(agent, known))


def folder_shown(ctx: Context, root: Path | None) -> str:
    """The folder of phoenix.yaml, by the host's own variable when it lies in the project."""
    return shown(ctx.settings.config_path.resolve().parent, root)


def shown(folder: Path, root: Path | None) -> str:
    """A folder, by the host's own variable when it lies in the project at `root`."""
    if root is None or not folder.resolve().is_relative_to(root.resolve()):
        return str(folder)
    return f"{ROOT}{folder.resolve().relative_to(root.resolve())}".removesuffix("/.")


def _there(agent: AgentFile, root: Path) -> list[str]:
    """The exec files of a menu that the project holds; a path that climbs out is not looked at."""
    asked = {item.exec for item in agent.items if item.exec.startswith(ROOT)}
    inside = [path for path in asked if ".." not in path.split("/")]
    return [path for path in inside if (root / path.removeprefix(ROOT).lstrip("/")).is_file()]
