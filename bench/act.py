"""Phoenix's restore in a fresh process, as a drill does it, without the checks that follow.

There is no `phoenix restore` yet, so this is the nearest whole process: it reads the
configuration, opens the ledger, plans, permits, restores, records.
"""

from __future__ import annotations

import json
import os
import sys
import time

from phoenix_dr.app.apply import apply
from phoenix_dr.app.context import open_context
from phoenix_dr.core.plan import RestorePoint, make_plan


def main(config: str, state: str, asset: str, into: str) -> int:
    """Restore the newest point of an asset into an empty directory; seconds as JSON."""
    with open_context(os.environ, config_file=config, state=state) as ctx:
        point = ctx.ledger.points(asset)[-1]
        began = time.monotonic()
        plan = make_plan([RestorePoint(point.engine, asset, point.id, into)])
        (done,) = apply(ctx, plan)
        print(json.dumps({"restore_s": time.monotonic() - began, "point": point.id}))
        return 0 if done.error is None else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
