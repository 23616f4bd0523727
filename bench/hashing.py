"""Hashes every file of a tree with Phoenix's own hasher, in one thread; seconds as JSON."""

from __future__ import annotations

import json
import os
import sys
import time

from phoenix_dr.adapters.files.hashing import sha256_of


def main(root: str) -> None:
    """Hash every file below `root`."""
    began, files, size = time.monotonic(), 0, 0
    for folder, _, names in os.walk(root):
        for name in names:
            handle = os.open(os.path.join(folder, name), os.O_RDONLY)
            sha256_of(handle, None)
            files, size = files + 1, size + os.fstat(handle).st_size
            os.close(handle)
    print(json.dumps({"hash_s": time.monotonic() - began, "files": files, "bytes": size}))


if __name__ == "__main__":
    main(*sys.argv[1:])
