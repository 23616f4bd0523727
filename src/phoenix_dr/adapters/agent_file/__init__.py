"""The file of an agent in a BMAD or Grimoire project: read, and known as ours or not."""

from phoenix_dr.adapters.agent_file.files import read_agent, standing
from phoenix_dr.adapters.agent_file.parse import parse_agent

__all__ = ["parse_agent", "read_agent", "standing"]
