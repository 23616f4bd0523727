"""The shell line of a recovery step: works on paper, without Phoenix, with restic 0.14 on.

Secrets appear by reference only: `file:/path` becomes RESTIC_PASSWORD_FILE or `$(cat …)` in the
environment, `env:NAME` a variable to set beforehand. Commands are the same in every language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from phoenix_dr.core.report import Step
from phoenix_dr.render.text import redact, shell

Facts = Mapping[str, str]


def command(step: Step) -> str:
    """The shell line of a step, empty when the step is something a person does.

    A step that lacks a parameter its line needs has no line: better none than a wrong one.
    """
    facts = {name: str(value) for name, value in step.parameters}
    if "command" in facts:
        return facts["command"]
    try:
        return _LINES[step.code](facts) if step.code in _LINES else ""
    except KeyError:
        return ""


def _words(*words: str) -> str:
    return " ".join(map(shell, words))


def _restic(facts: Facts, *words: str) -> str:
    program = _words("restic", "--repo", redact(facts["repository"]), *words)
    return " ".join((*_environment(facts), program))


def _environment(facts: Facts) -> Iterator[str]:
    if facts.get("password"):
        yield _password(facts["password"])
    for name, reference in sorted(facts.items()):
        if name.startswith("env."):
            yield _variable(name.removeprefix("env."), reference)


def _password(reference: str) -> str:
    scheme, _, name = reference.partition(":")
    if scheme == "file":
        return f"RESTIC_PASSWORD_FILE={shell(name)}"
    return _variable("RESTIC_PASSWORD", reference)


def _variable(variable: str, reference: str) -> str:
    scheme, _, name = reference.partition(":")
    if scheme == "file":
        return f'{shell(variable)}="$(cat {shell(name)})"'
    return f'{shell(variable)}="${{{name}:?}}"' if name.isidentifier() else f"{variable}=…"


def _check_repository(facts: Facts) -> str:
    return _restic(facts, "snapshots", *_chosen(facts))


def _chosen(facts: Facts) -> Iterator[str]:
    for option in ("host", "tag", "path"):
        if facts.get(option):
            yield from (f"--{option}", facts[option])


def _restore(facts: Facts) -> str:
    words = ["restore", facts.get("point", "latest"), *_chosen(facts), "--target", facts["into"]]
    if facts.get("include"):
        words += ["--include", facts["include"]]
    return _restic(facts, *words)


def _check_sqlite(facts: Facts) -> str:
    return _words("sqlite3", facts["file"], facts.get("sql", "PRAGMA integrity_check"))


def _put_in_place(facts: Facts) -> str:
    parent = facts["to"].rstrip("/").rpartition("/")[0] or "/"
    copy = _words("cp", "--archive", "--no-target-directory", facts["from"], facts["to"])
    return f"{_words('mkdir', '--parents', parent)} && {copy}"


def _set_aside(facts: Facts) -> str:
    """Nothing is lost when it is typed twice: what was set aside before gets a number.

    `beside` are the endings of files that belong to a database: beside another database of the
    same name its old -wal would be replayed, and damage it.
    """
    path, aside = facts["path"].rstrip("/"), facts["path"].rstrip("/") + ".before-restore"
    move = _words("mv", "--backup=numbered", "--no-target-directory")
    if not facts.get("beside"):
        return f"{_words('test', '!', '-e', path)} || {move} {_words(path, aside)}"
    endings = " ".join(("''", *facts["beside"].split()))
    old, new = f'{shell(path)}"$end"', f'{shell(aside)}"$end"'
    return f"for end in {endings}; do test ! -e {old} || {move} {old} {new}; done"


_LINES: dict[str, Callable[[Facts], str]] = {
    "install-tools": lambda facts: _words("apt-get", "install", "--yes", *facts["tools"].split()),
    "protect-key": lambda facts: _words("chmod", "0600", facts["path"]),
    "mount": lambda facts: _words("mount", facts["mount"]),
    "check-repository": _check_repository,
    "restore-files": _restore,
    "restore-sqlite": _restore,
    "check-sqlite": _check_sqlite,
    "stop-service": lambda facts: _words("systemctl", "stop", facts["unit"]),
    "set-aside": _set_aside,
    "put-in-place": _put_in_place,
    "fix-owner": lambda facts: _words("chown", "--recursive", facts["owner"], facts["path"]),
    "start-service": lambda facts: _words("systemctl", "start", facts["unit"]),
}
