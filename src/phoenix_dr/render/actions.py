"""Everything Phoenix does by itself, as workflows of GitHub Actions on a runner of one's own."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from phoenix_dr.core.flow import Form
from phoenix_dr.core.regular_work import BACKUP, DRILL, EXPIRY, Work
from phoenix_dr.core.utc_cron import InUtc, in_utc
from phoenix_dr.errors import UsageError
from phoenix_dr.render.cron import require_one_line
from phoenix_dr.render.flow import Installed, variables
from phoenix_dr.render.phrases import sentence

HEAD = "# Written by phoenix generate actions: {work}"
EXPRESSION = "${{"
"""What GitHub replaces before a shell sees it."""
MINUTES = {BACKUP: 1440, EXPIRY: 1440, DRILL: 240}
"""Most minutes a run may take: a backup stopped half-way is a backup lost."""
OTHERWISE = 60


def workflows(
    works: Iterable[Work],
    installed: Installed,
    *,
    labels: Sequence[str],
    year: int,
    language: str,
) -> dict[str, str]:
    """One workflow per work, by file name.

    Raises UsageError for a schedule that cannot be said in UTC, and for a path GitHub would read
    as an expression.
    """
    return {
        f"{work.name}.yml": "\n".join(
            _lines(work, installed, labels, in_utc(work.cron, year=year), language)
        )
        + "\n"
        for work in works
    }


def _lines(
    work: Work, installed: Installed, labels: Sequence[str], when: InUtc, language: str
) -> Iterator[str]:
    yield HEAD.format(work=work.name)
    yield from (f"# {line}" for line in _times(work, when, language))
    yield f"name: {work.name}"
    yield "on:"
    yield "  schedule:"
    yield from (f"    - cron: {json.dumps(cron.expression)}" for cron in when.crons)
    yield "permissions: {}"
    yield "concurrency:"
    yield f"  group: {work.name}"
    yield "  cancel-in-progress: false"
    yield "jobs:"
    yield f"  {work.name}:"
    yield f"    runs-on: {json.dumps(['self-hosted', *labels])}"
    yield f"    timeout-minutes: {MINUTES.get(work.arguments[0], OTHERWISE)}"
    yield "    env:"
    yield from (
        f"      {name}: {_text(value)}" for name, value in variables(installed, Form.ACTIONS, work)
    )
    yield "    steps:"
    yield f"      - name: {_text(sentence(language, work.phrase))}"
    yield f"        run: {_text(_command(installed.program, work))}"


def _times(work: Work, when: InUtc, language: str) -> list[str]:
    facts: dict[str, str | int] = {
        "expression": work.cron.expression,
        "zone": work.cron.timezone,
        "ahead": offset(when.ahead),
        "late": int(when.late.total_seconds()),
    }
    code = "flow.actions.late" if when.late else "flow.actions.same"
    return sentence(language, code, **facts).splitlines()


def offset(ahead: timedelta) -> str:
    """A distance from UTC as people write it: +05:30."""
    minutes = int(ahead.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _command(program: str, work: Work) -> str:
    words = " ".join(shlex.quote(word) for word in (program, *work.arguments))
    require_one_line(words)
    return f"{words} || [ $? -eq 3 ]" if work.findings_are_fine else words


def _text(value: str) -> str:
    """A string as YAML and GitHub both leave it."""
    require_one_line(value)
    if EXPRESSION in value:
        raise UsageError("path-not-for-actions", path=value)
    return json.dumps(value, ensure_ascii=False)
