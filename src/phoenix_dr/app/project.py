"""The BMAD or Grimoire project Phoenix works in, when it works in one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from phoenix_dr.adapters.project_memory import (
    CONTEXT,
    CONTRADICTIONS,
    DECISIONS,
    HANDOFFS,
    LEARNINGS,
    SESSION,
    SUMMARIES,
    Memory,
    ProjectSettings,
    memory,
    project_root,
    roster,
    settings,
)
from phoenix_dr.core.memory_health import Ailment, health
from phoenix_dr.core.memory_lines import (
    Decision,
    Handoff,
    with_decision,
    with_handed,
    with_handoff,
    with_merged_learnings,
    with_party_decision,
)
from phoenix_dr.core.request_lines import (
    OURSELVES,
    Request,
    Sibling,
    asking,
    inbox,
    requests,
    with_done,
    with_request,
)
from phoenix_dr.render.session_state import SessionState, session_state

SUBJECT = "sauvegarde et reprise"
"""What a round table of ours is about, in the language of the memory."""
WORKFLOWS = (
    "_bmad/core/workflows/party-mode/workflow.md",
    "_grimoire/_config/custom/workflows/party-mode.md",
)


@dataclass(frozen=True, slots=True)
class Project:
    """A project with its settings and memory; `memory` None when it holds none yet."""

    root: Path
    settings: ProjectSettings
    memory: Memory | None

    def workflow(self) -> Path | None:
        """The project's own way to hold a round table, for whoever can follow a text."""
        found = (self.root / each for each in WORKFLOWS)
        return next((path for path in found if path.is_file()), None)

    def inbox(self) -> tuple[Request, ...]:
        """What others ask of us and nobody has checked off. Raises UsageError."""
        return open_requests(self.memory) if self.memory else ()

    def health(self, now: datetime) -> tuple[Ailment, ...]:
        """What ails the memory, by `now`, the project's local time. Raises UsageError."""
        if self.memory is None:
            return ()
        handed, learned, against = (
            self.memory.read(name) or "" for name in (HANDOFFS, LEARNINGS, CONTRADICTIONS)
        )
        local = now.replace(tzinfo=None)
        return health(self.memory.read(CONTEXT), handed, learned, against, now=local)

    def asked(self) -> tuple[str, ...]:
        """Every request of ours in the memory, done or not. Raises UsageError."""
        text = self.memory.read(CONTEXT) if self.memory else None
        return tuple(
            f"[{each.source}→{each.target}] {each.text}"
            for each in requests(text or "")
            if each.source == OURSELVES
        )


def project(start: Path) -> Project | None:
    """The project a folder lies in; None when it lies in none.

    Raises UsageError (project-unconfigured) for one that says nothing of itself.
    """
    root = project_root(start)
    return Project(root, settings(root), memory(root)) if root else None


def memory_at(start: Path) -> Memory | None:
    """The memory of the project a folder lies in, whatever else it says of itself."""
    root = project_root(start)
    return memory(root) if root else None


def open_requests(held: Memory) -> tuple[Request, ...]:
    """What others ask of us and nobody has checked off. Raises UsageError."""
    return inbox(held.read(CONTEXT) or "")


def hand_over(held: Memory, target: Sibling, text: str, *, now: datetime) -> bool:
    """Ask a sibling for something and note that it went to them; False when it was there already.

    `now` is the project's local time.
    """
    asked = asking(target, text)
    new = held.change(CONTEXT, lambda before: with_request(before, asked))
    row = Handoff(now, OURSELVES, target.value, asked.text)
    if new:
        held.change(HANDOFFS, lambda before: with_handoff(before, row))
    return new


def close(held: Memory, target: Sibling, text: str, *, now: datetime) -> bool:
    """Check a request of ours off, since evidence showed it done; False when it was not open."""
    asked = asking(target, text)
    done = held.change(CONTEXT, lambda before: with_done(before, asked))
    row = Handoff(now, OURSELVES, target.value, asked.text)
    held.change(HANDOFFS, lambda before: with_handed(before, row))
    return done


def serve(held: Memory, request: Request) -> bool:
    """Check off what somebody asked of us; False when it was not open."""
    return held.change(CONTEXT, lambda before: with_done(before, request))


def decide(held: Memory, what: str, *, now: datetime, panel: tuple[str, ...]) -> bool:
    """Log what a round table decided; False when just that is there already."""
    return held.change(
        DECISIONS,
        lambda before: with_party_decision(
            before, what, day=now.date(), subject=SUBJECT, panel=panel
        ),
    )


def decide_between(
    held: Memory, what: str, *, why: str, refused: tuple[str, ...], day: date
) -> bool:
    """Log a decision that binds others, with what was refused; False when it is there already."""
    made = Decision(day, what, why, refused, architecture=True)
    return held.change(DECISIONS, lambda before: with_decision(before, made))


def end_session(held: Memory, state: SessionState) -> tuple[Path, Path]:
    """Write what was done into the session's state, and keep a copy among the summaries.

    Learnings much like one another become one, the longest.
    """
    held.change(LEARNINGS, with_merged_learnings)
    text = session_state(state)
    at = f"{state.ended_at:%Y%m%d-%H%M}"
    return (
        held.write(SESSION, text),
        held.write(f"{SUMMARIES}/{at}-{OURSELVES}.md", text),
    )


__all__ = [
    "Project",
    "close",
    "decide",
    "decide_between",
    "end_session",
    "hand_over",
    "memory_at",
    "open_requests",
    "project",
    "roster",
    "serve",
]
