"""What a process that holds secrets does so that it leaves none behind when it dies.

Nothing more is promised: memory is not locked (it may be swapped) and not wiped, and a file that
was deleted may still be on the disk.
"""

from __future__ import annotations

import ctypes
import resource

PR_SET_DUMPABLE = 4
"""From <linux/prctl.h>: 0 keeps the kernel from writing a core, and other users from looking."""


def no_core_dumps() -> None:
    """Have neither this process nor its children leave a memory image when they crash."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    try:
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    except (OSError, AttributeError):
        # No such call here: the limit above is what there is.
        pass
