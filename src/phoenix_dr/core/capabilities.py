"""What a credential is good for, as an engine itself tells it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A machine of the cluster; what lies on its own disks cannot be read while it is offline."""

    name: str
    online: bool


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing a credential can see (phrase `KIND.sees.CODE`); `ok` None when only a part of it.

    `subject` is what it is about, such as a storage. `wanted` says that nothing is whole without
    it; what serves a purpose nobody asked for is not.
    """

    code: str
    ok: bool | None
    subject: str = ""
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Role:
    """A role of least privilege: phrase `KIND.role.CODE`, and the lines that make it."""

    code: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine's credential is good for, and how to give it what it lacks."""

    version: str
    nodes: tuple[Node, ...]
    can: tuple[Capability, ...]
    roles: tuple[Role, ...] = ()
