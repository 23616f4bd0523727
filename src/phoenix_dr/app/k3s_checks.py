"""What a drill asks of a restored datastore of K3s: whole, opens, holds objects, fits its token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from phoenix_dr.adapters.k3s import etcd, kine, restored
from phoenix_dr.adapters.k3s.datastore import Kind
from phoenix_dr.adapters.k3s.token import Match, match
from phoenix_dr.adapters.sqlite import checking
from phoenix_dr.app.context import Context
from phoenix_dr.core.evidence import CheckResult, Level, RecoveryPoint
from phoenix_dr.sandboxes.base import RESTORED, not_run
from phoenix_dr.sandboxes.directory import DirectorySandbox

QUERY_SECONDS = 300.0
_TOKEN = {
    Match.OPENS: ("k3s-token", True),
    Match.OTHER: ("k3s-token-other", False),
    Match.DAMAGED: ("k3s-bootstrap-damaged", False),
    Match.MALFORMED: ("k3s-token-malformed", False),
    Match.NO_BOOTSTRAP: ("k3s-token-unproven", None),
}


@dataclass(slots=True)
class _Held:
    """What a datastore told of itself; `bootstrap` None when it could not be asked."""

    results: list[CheckResult] = field(default_factory=list)
    bootstrap: dict[str, bytes] | None = None
    encrypted: bool = False


def checks(ctx: Context, point: RecoveryPoint, sandbox: DirectorySandbox) -> Iterator[CheckResult]:
    """Every result, cheapest first; nothing is opened that is not whole."""
    copy = restored.look(sandbox.path, point.paths[0] if point.paths else "")
    if copy.kind is None:
        yield CheckResult("k3s-datastore", False, Level.RESTORES)
        return
    if copy.kind is Kind.ETCD:
        whole = restored.is_whole_snapshot(sandbox.path, copy.datastore)
        yield CheckResult("k3s-snapshot", whole, Level.RESTORES)
        if not whole:
            return
    ask = _etcd if copy.kind is Kind.ETCD else _sqlite
    held = ask(ctx, copy.datastore, sandbox)
    yield from held.results
    yield _token(copy.token, held.bootstrap)
    if copy.encrypts or held.encrypted:
        yield CheckResult("k3s-encryption", copy.has_keys, Level.DATA)


def _token(token: str | None, bootstrap: dict[str, bytes] | None) -> CheckResult:
    if token is None:
        return CheckResult("k3s-token-missing", False, Level.DATA)
    found = match(token, bootstrap or {})
    code, good = _TOKEN[found]
    return CheckResult(code, good, Level.DATA)


def _objects(count: int | None) -> CheckResult:
    return CheckResult("k3s-objects", bool(count), Level.DATA, (("objects", count or 0),))


def _sqlite(ctx: Context, datastore: str, sandbox: DirectorySandbox) -> _Held:
    if not sandbox.isolation.ok:
        return _Held([not_run("sqlite-opens", Level.STARTS, sandbox.isolation)])
    path = f"{RESTORED}/{datastore}"

    def ask(statement: str) -> bytes | None:
        asked = checking.query(path, statement)
        answer = sandbox.run(asked, timeout=QUERY_SECONDS, cancel=ctx.cancel)
        return answer.stdout if answer.code == 0 else None

    [opening] = checking.sql_checks(path, ())
    answer = sandbox.run(opening.argv, timeout=QUERY_SECONDS, cancel=ctx.cancel)
    held = _Held([checking.verdict(opening, answer.code, answer.stdout)])
    if held.results[0].ok is not True:
        return held
    held.results.append(_objects(kine.number(ask(kine.OBJECTS) or b"")))
    held.encrypted = bool(kine.number(ask(kine.SECRETS) or b""))
    listed = ask(kine.KEYS)
    rows = kine.keys(listed) if listed is not None else None
    values = [ask(kine.value_of(key)) for key in rows or ()]
    if rows is not None and None not in values:
        values_of = zip(rows, values, strict=True)
        held.bootstrap = {key.name: kine.value(answer or b"") or b"" for key, answer in values_of}
    return held


def _etcd(ctx: Context, datastore: str, sandbox: DirectorySandbox) -> _Held:
    if not sandbox.isolation.ok:
        return _Held([not_run("k3s-etcd", Level.STARTS, sandbox.isolation)])
    programs = etcd.tools(ctx.environ)
    if not programs:
        return _Held([CheckResult("k3s-etcd-tools", None, Level.STARTS)])
    line = etcd.command(f"{RESTORED}/{datastore}")
    answer = sandbox.serve(line, programs, timeout=etcd.SECONDS, cancel=ctx.cancel)
    asked = etcd.parse(answer.code, answer.stdout)
    if asked.failed:
        return _Held([_in_vain(asked)])
    facts = (("version", asked.version),)
    opens = CheckResult("k3s-etcd", True, Level.STARTS, facts)
    return _Held([opens, _objects(asked.keys)], dict(asked.bootstrap), asked.encrypted)


def _in_vain(asked: etcd.Asked) -> CheckResult:
    facts = (("step", asked.failed), ("detail", asked.detail))
    if asked.is_here or asked.is_older:
        code = "k3s-etcd-here" if asked.is_here else "k3s-etcd-older"
        return CheckResult(code, None, Level.STARTS, facts)
    return CheckResult("k3s-etcd", False, Level.STARTS, facts)
