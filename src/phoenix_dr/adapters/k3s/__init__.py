"""The datastore of a K3s server: found, saved whole, and asked whether a copy of it is one."""

from phoenix_dr.adapters.k3s.datastore import Kind, Server, server
from phoenix_dr.adapters.k3s.token import Match, match

__all__ = ["Kind", "Match", "Server", "match", "server"]
