"""Assets that are SQLite databases: a whole copy under a writer, and checks of a restored one."""

from phoenix_dr.adapters.sqlite.checking import Probe, first_line, query, sql_checks, verdict
from phoenix_dr.adapters.sqlite.staging import Staged, stage

__all__ = ["Probe", "Staged", "first_line", "query", "sql_checks", "stage", "verdict"]
