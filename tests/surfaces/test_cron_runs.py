"""The file for /etc/cron.d under the real cron daemon, in a mount namespace of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from build_flow import Site, site
from phoenix_dr.core.flow import Stage, Standing
from tools import program

PAM = "".join(f"{kind} required pam_permit.so\n" for kind in ("auth", "account", "session"))
# Nothing of this machine's own schedules is seen or run there, and nothing of ours here.
ALONE = """\
set -e
mount --make-rprivate /
for each in /etc/cron.d /run /var/spool/cron; do mount -t tmpfs none "$each"; done
mkdir /var/spool/cron/crontabs
mount --bind /dev/null /etc/crontab
mount --bind "$2" /etc/pam.d/cron
install -m 0644 "$1" /etc/cron.d/phoenix
exec "$3" -f
"""
SECONDS = 200


@pytest.mark.live
@pytest.mark.skipif(os.geteuid() != 0, reason="a mount namespace needs root")
def test_cron_starts_the_works_and_they_are_believed(tmp_path: Path) -> None:
    made = site(tmp_path, schedule="* * * * *")
    odd = tmp_path / "a b%c" / "phoenix"
    odd.parent.mkdir()
    odd.write_text(f'#!/bin/sh\nexec {sys.executable} -m phoenix_dr "$@"\n')
    odd.chmod(0o755)
    assert made.hand_over("cron", "--program", str(odd))["stage"] == "handed"
    with cron(made):
        ends = time.monotonic() + SECONDS
        while standing(made) is not Standing.VERIFIED and time.monotonic() < ends:
            time.sleep(2)
        assert standing(made) is Standing.VERIFIED
    found = made.settle()
    assert found is not None
    assert found.stage is Stage.APPLIED
    assert "- [ ] [phoenix→flow]" in made.context


def standing(made: Site) -> Standing:
    """What is known of the backups, which come every minute."""
    found = made.settle()
    assert found is not None
    return next(each.standing for each in found.seen if each.work == "phoenix-backup")


@contextmanager
def cron(made: Site) -> Iterator[None]:
    """The daemon, with the handed-over file and nothing else to run."""
    pam = made.house.root / "pam"
    pam.write_text(PAM)
    words = ["sh", "-c", ALONE, "-", str(made.handed / "cron" / "phoenix"), str(pam)]
    running = subprocess.Popen(["unshare", "--mount", *words, program("cron")])
    try:
        yield
        assert running.poll() is None, "the daemon ended by itself"
    finally:
        running.terminate()
        running.wait(timeout=20)
