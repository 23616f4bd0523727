"""Everything Phoenix does by itself, as one user's crontab or as a file for /etc/cron.d."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from phoenix_dr.core.flow import Form
from phoenix_dr.core.regular_work import Work
from phoenix_dr.errors import UsageError
from phoenix_dr.render.calendar import for_crontab
from phoenix_dr.render.flow import PATH, TRIGGER, Installed
from phoenix_dr.render.phrases import sentence

HEAD = "# Written by phoenix generate cron"
LONGEST = 990
"""Debian's cron cuts a longer command without a word."""
ROOT = "root"


def crontab(works: Iterable[Work], installed: Installed, *, zone: str, language: str) -> str:
    """One user's crontab. Raises UsageError for a path cron cannot hold."""
    lines = [f"# {line}" for line in sentence(language, "timer.crontab").splitlines()]
    lines += _variables(installed, zone)
    for work in works:
        lines += ["", f"# {sentence(language, work.phrase)}"]
        lines += [f"{for_crontab(work.cron)} {_command(installed, work)}"]
    return "\n".join(lines) + "\n"


def cron_d(works: Iterable[Work], installed: Installed, *, zone: str, language: str) -> str:
    """A file for /etc/cron.d, which names the user of each line.

    It says something, so that cron sends mail, only when a run fails. Raises UsageError for a path
    cron cannot hold, and for a line longer than it reads.
    """
    lines = [HEAD]
    lines += [f"# {line}" for line in sentence(language, "flow.cron.head", zone=zone).splitlines()]
    lines += ["SHELL=/bin/sh", f"MAILTO={ROOT}", *_variables(installed, zone)]
    user = installed.user or ROOT
    for work in works:
        command = f"{TRIGGER}={Form.CRON}/{work.name} {_command(installed, work)} {_told(work)}"
        if len(command.encode()) > LONGEST:
            raise UsageError("cron-line-too-long", work=work.name, most=LONGEST)
        lines += ["", f"# {sentence(language, work.phrase)}"]
        lines += [f"{for_crontab(work.cron)} {user} {command}"]
    return "\n".join(lines) + "\n"


def _told(work: Work) -> str:
    """What makes cron silent about a run that went well, and loud about one that did not."""
    fine = "[ $code -eq 3 ] || " if work.findings_are_fine else ""
    return f'>/dev/null || {{ code=$?; {fine}echo "{work.name}: exit $code" >&2; }}'


def _variables(installed: Installed, zone: str) -> Iterator[str]:
    yield f"CRON_TZ={zone}"
    yield f"PATH={PATH}"
    yield f"PHOENIX_CONFIG={_value(installed.config)}"
    if installed.state is not None:
        yield f"PHOENIX_STATE={_value(installed.state)}"


def _command(installed: Installed, work: Work) -> str:
    words = " ".join(shlex.quote(word) for word in (installed.program, *work.arguments))
    require_one_line(words)
    return words.replace("%", "\\%")


def _value(path: str) -> str:
    require_one_line(path)
    return f"'{path}'" if '"' in path else f'"{path}"'


def require_one_line(text: str) -> None:
    """Raises UsageError for a text that one line of a schedule cannot hold."""
    if not text.isprintable() or ("'" in text and '"' in text):
        raise UsageError("path-not-for-crontab", path=ascii(text))
