"""What a session did, in the form a project's memory keeps it (seed-ecosystem.md F17)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from phoenix_dr.core.markdown_lines import cell, one_line

NOTHING = "- aucun"


@dataclass(frozen=True, slots=True)
class SessionState:
    """A session: local times, what was done, which files were written, what was asked of whom."""

    project: str
    started_at: datetime
    ended_at: datetime
    done: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    state: str = ""
    following: str = ""
    requests: tuple[str, ...] = ()


def session_state(session: SessionState) -> str:
    """The whole file; its headings are fixed, other agents read them."""
    minutes = max(1, round((session.ended_at - session.started_at).total_seconds() / 60))
    return "\n".join((
        f"# État de Session — {one_line(session.project)}",
        "",
        "## Dernière Session",
        "",
        "| Champ | Valeur |",
        "|-------|--------|",
        "| Agent | Phoenix |",
        f"| Date | {session.ended_at:%Y-%m-%d %H:%M} |",
        f"| Durée estimée | {minutes} min |",
        f"| Projet | {cell(session.project)} |",
        "",
        *_section("Travail effectué", session.done),
        *_section("Fichiers modifiés", session.files),
        *_section("État actuel", [session.state] if session.state else []),
        *_section("Prochaine étape recommandée", [session.following] if session.following else []),
        *_section("Requêtes inter-agents générées", session.requests),
    ))  # fmt: skip


def _section(title: str, rows: Iterable[str]) -> Iterator[str]:
    said = [f"- {one_line(row)}" for row in rows]
    yield from (f"## {title}", "", *(said or [NOTHING]), "")
