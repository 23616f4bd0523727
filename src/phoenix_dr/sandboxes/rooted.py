"""A guest's own programs in its own tree, where no container can be started.

bubblewrap within bubblewrap: the outer one makes us nobody without a network, the inner one takes
the restored tree for the whole of the file system, read-only. Nothing of the guest is started:
only that its shell and libraries run is seen, which a file with a flipped bit need not do.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass

from phoenix_dr.sandboxes.base import RESTORED
from phoenix_dr.sandboxes.directory import DirectorySandbox

SHELL = "bin/sh"
SECONDS = 20.0
_ALIVE = 42
"""Exit code only the guest's own shell gives here."""
_INNER = (
    "bwrap", "--unshare-all", "--ro-bind", RESTORED, "/", "--chdir", "/", "--clearenv", "--",
    f"/{SHELL}", "-c", f"exit {_ALIVE}",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ran:
    """Whether the guest's shell ran. `ok` None: nothing can be known, for `reason` (a code):
    `no-shell`, `other-machine`, `refused`.
    """

    ok: bool | None
    reason: str = ""
    detail: str = ""


def shell_runs(place: DirectorySandbox, *, cancel: threading.Event) -> Ran:
    """Run the guest's shell once. To be called where `place.isolation` holds."""
    if not os.path.lexists(place.path / SHELL):
        return Ran(None, "no-shell")
    result = place.run(_INNER, timeout=SECONDS, cancel=cancel)
    if result.code == _ALIVE:
        return Ran(True)
    said = result.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
    if "Exec format error" in said:
        return Ran(None, "other-machine")
    if said.startswith("bwrap: ") and "execvp" not in said:
        return Ran(None, "refused", said)
    return Ran(False, "", said or f"exit {result.code}")
