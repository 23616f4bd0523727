"""Whether a file is tracked by git, asked of git itself with nothing of the repository running."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping

from phoenix_dr.adapters._command import Limits, clean_env, run
from phoenix_dr.errors import EngineError

LIMITS = Limits(seconds=20.0, output=4 << 20)
AT_ONCE = 500
"""Paths named to one git, so that a command line is never too long."""
QUIET = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.pager=cat")
"""A work tree may name programs to run; these are the ones git would start to list files."""


def tracked(paths: Iterable[str], environ: Mapping[str, str]) -> dict[str, bool | None]:
    """For each real path whether git tracks it; None outside any work tree or when git fails."""
    by_tree: defaultdict[str, list[str]] = defaultdict(list)
    found: dict[str, bool | None] = {}
    for path in paths:
        tree = work_tree(path)
        found[path] = None
        if tree is not None:
            by_tree[tree].append(path)
    for tree, inside in by_tree.items():
        for begin in range(0, len(inside), AT_ONCE):
            found |= _asked(tree, inside[begin : begin + AT_ONCE], environ)
    return found


def work_tree(path: str) -> str | None:
    """The closest folder above that holds `.git`."""
    folder = os.path.dirname(path)
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def _asked(tree: str, paths: list[str], environ: Mapping[str, str]) -> dict[str, bool | None]:
    env = clean_env(
        environ,
        {
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_LITERAL_PATHSPECS": "1",
        },
    )
    names = [os.path.relpath(path, tree) for path in paths]
    try:
        done = run(
            ["git", "-C", tree, *QUIET, "ls-files", "-z", "--", *names], env=env, limits=LIMITS
        )
    except EngineError:
        return dict.fromkeys(paths)
    if done.code != 0:
        return dict.fromkeys(paths)
    listed = {os.fsdecode(name) for name in done.stdout.split(b"\0") if name}
    return {path: name in listed for path, name in zip(paths, names, strict=True)}
