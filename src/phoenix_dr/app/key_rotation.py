"""What changing a key asks for: reads files and asks git where they lie, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable

from phoenix_dr.adapters.keys_found.git import work_tree
from phoenix_dr.app import keys_found
from phoenix_dr.app.context import Context
from phoenix_dr.app.keys import custody
from phoenix_dr.core import rotation as core
from phoenix_dr.core.rotation import Rotation
from phoenix_dr.errors import UsageError


def rotation(ctx: Context, name: str, projects: Iterable[str] = ()) -> Rotation:
    """Look for what the key opens, now. Raises UsageError for an unknown key."""
    if name not in ctx.estate.keys:
        raise UsageError("key-unknown", key=name, known=", ".join(ctx.estate.keys) or "–")
    held = next(key for key in custody(ctx) if key.name == name)
    found = keys_found.look(ctx, projects)
    first = core.rotation(ctx.estate, held, found)
    trees = (tree for path in first.files if (tree := work_tree(path)))
    return core.rotation(ctx.estate, held, found, trees=trees)
