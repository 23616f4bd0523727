"""Reading an agent's file of anybody: bounded, and told apart from ours."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from phoenix_dr.adapters.agent_file.parse import parse_agent
from phoenix_dr.core.agent import AgentFile
from phoenix_dr.core.agent_mark import Whose, whose
from phoenix_dr.errors import UsageError

LARGEST = 256 << 10
"""Bytes of an agent's file; the largest known has 15,000."""


def read_agent(path: Path) -> AgentFile:
    """What an agent's file says. Raises UsageError (agent-file-…) when it is none."""
    return parse_agent(_decoded(_content(path), path))


def standing(path: Path) -> Whose | None:
    """Whose file stands at a place; None when nothing does. What cannot be read is not ours."""
    if not os.path.lexists(path):
        return None
    try:
        return Whose.FOREIGN if path.is_symlink() else whose(_decoded(_content(path), path))
    except UsageError:
        return Whose.FOREIGN


def _content(path: Path) -> bytes:
    """The bytes of a regular file; a pipe is not waited for, a device not read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UsageError("agent-file-unread", path=str(path), reason="")
            content = file.read(LARGEST + 1)
    except OSError as error:
        reason = error.strerror or ""
        raise UsageError("agent-file-unread", path=str(path), reason=reason) from None
    if len(content) > LARGEST:
        raise UsageError("agent-file-large", path=str(path), most=LARGEST)
    return content


def _decoded(content: bytes, path: Path) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise UsageError("agent-file-unread", path=str(path), reason="UTF-8") from None
