"""The file of an agent in a BMAD or Grimoire project: read from anybody, written by us."""

from phoenix_dr.adapters.agent_file.files import read_agent
from phoenix_dr.adapters.agent_file.parse import parse_agent

__all__ = ["parse_agent", "read_agent"]
