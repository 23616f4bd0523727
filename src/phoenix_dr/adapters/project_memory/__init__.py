"""The memory of a BMAD or Grimoire project: its files, and who it is for."""

from phoenix_dr.adapters.project_memory.files import (
    CONTEXT,
    CONTRADICTIONS,
    DECISIONS,
    GRAPH,
    HANDOFFS,
    HOMES,
    LEARNINGS,
    MEMORY,
    REFERENCES,
    SESSION,
    SUMMARIES,
    Memory,
    memory,
    project_root,
)
from phoenix_dr.adapters.project_memory.roster import roster
from phoenix_dr.adapters.project_memory.settings import ProjectSettings, settings

__all__ = [
    "CONTEXT",
    "CONTRADICTIONS",
    "DECISIONS",
    "GRAPH",
    "HANDOFFS",
    "HOMES",
    "LEARNINGS",
    "MEMORY",
    "REFERENCES",
    "SESSION",
    "SUMMARIES",
    "Memory",
    "ProjectSettings",
    "memory",
    "project_root",
    "roster",
    "settings",
]
