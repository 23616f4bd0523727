"""Layers, one place for each power, and size; each check has a twin that must be caught."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from math import ceil

import pytest

from architecture import (
    Module,
    Rule,
    function_length,
    functions,
    mocks,
    module,
    modules,
    parameters,
    percentile,
    undocumented,
    wrong_calls,
    wrong_imports,
    wrong_names,
)
from tools import ROOT, in_ci

SOURCES = list(modules(ROOT / "src"))
RULES: tuple[Rule, ...] = (wrong_imports, wrong_names, wrong_calls, undocumented)
HEAVY = (
    "pydantic",
    "ruamel",
    "pyrage",
    "segno",
    "shamir_mnemonic",
    "typst",
    "sqlalchemy",
    "dbos",
    "fastapi",
    "pydantic_ai",
    "sqlite3",
    "httpx2",
)
BANNED_WORDS = ("--remove-all", "break-lock", "purge=1")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_code_keeps_the_rule(rule: Rule) -> None:
    assert [caught for found in SOURCES for caught in rule(found)] == []


BROKEN = [
    (wrong_imports, "core.score", "from phoenix_dr.app import context"),
    (wrong_imports, "core.score", "import os"),
    (wrong_imports, "core.score", "import yaml"),
    (wrong_imports, "core.score", "from pathlib import Path"),
    (wrong_imports, "core.score", "from . import model"),
    (wrong_imports, "render.audit", "from phoenix_dr.ledger import open_ledger"),
    (wrong_imports, "app.apply", "from phoenix_dr.surfaces.cli import main"),
    (wrong_imports, "adapters.borg", "from phoenix_dr.adapters.restic import parse"),
    (wrong_imports, "adapters.borg", "from phoenix_dr.adapters import restic"),
    (wrong_imports, "sandboxes.directory", "from phoenix_dr.adapters.restic import parse"),
    (wrong_imports, "ledger.rows", "import phoenix_dr.config"),
    (wrong_imports, "surfaces.cli.audit", "def f():\n    from phoenix_dr.adapters import base"),
    (wrong_names, "adapters.restic.api", "import subprocess"),
    (wrong_names, "adapters.restic.api", "from subprocess import Popen as P"),
    (wrong_names, "app.observe", "import os\nos.execvp('ls', ['ls'])"),
    (wrong_names, "app.observe", "from datetime import datetime as d\nd.now()"),
    (wrong_names, "core.points", "import datetime\nclock = datetime.datetime.utcnow"),
    (wrong_names, "ledger.rows", "from time import time\ntime()"),
    (wrong_names, "ledger.rows", "import datetime as dt\ndt.date.today()"),
    (wrong_names, "adapters._secrets", "import os\nos.environ['X']"),
    (wrong_names, "surfaces.cli.audit", "from os import environ"),
    (wrong_names, "app.backup", "print(1)"),
    (wrong_names, "app.backup", "import sys\nsys.exit(1)"),
    (wrong_names, "app.backup", "raise SystemExit(1)"),
    (wrong_names, "adapters.restic.api", "import http.client"),
    (wrong_names, "app.backup", "from pydantic import BaseModel"),
    (wrong_calls, "app.backup", "from phoenix_dr.core.guard import Permit\nPermit(1)"),
    (wrong_calls, "app.backup", "import phoenix_dr.core.plan as plan\nplan.Plan(1)"),
    (wrong_calls, "app.backup", "engine.perform(action, permit)"),
    (undocumented, "app.backup", "x = 1"),
    (undocumented, "app.backup", '"""Doc."""\ndef f(): ...'),
    (undocumented, "app.backup", '"""Doc."""\nclass A:\n    """Doc."""\n    def f(self): ...'),
]


@pytest.mark.parametrize(("rule", "name", "text"), BROKEN)
def test_a_broken_twin_is_caught(rule: Rule, name: str, text: str) -> None:
    assert rule(module(name, text))


FINE = [
    ("core.schedule", "import cronsim\nfrom pathlib import PurePosixPath"),
    ("adapters._command", "import subprocess\nsubprocess.Popen([])"),
    ("adapters.restic.api", "from phoenix_dr.adapters.restic import a"),
    ("adapters.restic.api", "import time\ntime.monotonic()"),
    ("adapters.restic.api", "from phoenix_dr.adapters import _command, base"),
    ("adapters.host", "def f(socket):\n    return socket.path"),
    ("app.context", "from datetime import UTC, datetime\ndatetime.now(UTC)"),
    ("config.settings", "import os\nos.environ"),
    ("surfaces.cli.main", "import os, sys\nsys.exit(run(os.environ))"),
    ("app.apply", "engine.perform(action, permit)"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), FINE)
def test_what_is_allowed_is_not_caught(name: str, text: str) -> None:
    found = module(name, text)
    assert wrong_imports(found) + wrong_names(found) + wrong_calls(found) == []


def too_big(sources: list[Module]) -> list[str]:
    """What breaks the size budget of the design, section 4."""
    caught = [f"{found.name}: {found.lines} lines" for found in sources if found.lines > 350]
    lengths = []
    for found in sources:
        for node in functions(found):
            lengths.append(function_length(node))
            if lengths[-1] > 45:
                caught.append(f"{found.name}.{node.name}: {lengths[-1]} lines")
            caught += _too_many_parameters(found, node)
    sizes = [found.lines for found in sources]
    for what, values, half, most in (("files", sizes, 120, 250), ("functions", lengths, 8, 25)):
        if percentile(values, 0.5) > half or percentile(values, 0.9) > most:
            caught.append(f"{what}: half {percentile(values, 0.5)}, 90% {percentile(values, 0.9)}")
    return caught


def _too_many_parameters(found: Module, node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    count, _ = parameters(node)
    # click hands one argument per option to a command.
    if count <= 7 or found.layer == "surfaces":
        return []
    return [f"{found.name}.{node.name}: {count} parameters"]


def test_the_code_stays_small() -> None:
    assert too_big(SOURCES) == []


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\n" * 351,
        "def f():\n" + "    x = 1\n" * 45,
        "def f(a, b, *, c, d, e, g, h, i): ...",
        "def f():\n" + "    x = 1\n" * 8,
        "x = 1\n" * 121,
    ],
    ids=["file", "function", "parameters", "half of functions", "half of files"],
)
def test_a_big_twin_is_caught(text: str) -> None:
    assert too_big([module("app.backup", text)])


def test_a_docstring_does_not_count_as_length() -> None:
    found = module("app.backup", 'def f():\n    """One.\n\n    Two.\n    """\n    return 1\n')
    assert [function_length(node) for node in functions(found)] == [2]


def test_percentiles_are_nearest_rank() -> None:
    values = list(range(1, 12))
    assert [percentile(values, share) for share in (0.5, 0.9)] == [ceil(5.5), ceil(9.9)]


def test_few_names_are_mocked() -> None:
    tests = [
        module(path.stem, path.read_text(encoding="utf-8"))
        for path in (ROOT / "tests").rglob("*.py")
    ]
    assert sum(mocks(found) for found in tests) <= 20


@pytest.mark.parametrize(
    "text", ["monkeypatch.setattr(a, 'b', 1)", "from unittest import mock\nmock.patch('a')"]
)
def test_a_mock_is_counted(text: str) -> None:
    assert mocks(module("test_a", text)) > 0


def banned_words(found: Module) -> list[str]:
    """Arguments that break someone else's lock or delete beside the guard (design, 6.7)."""
    return [
        f"{found.name}:{node.lineno} says {node.value!r}"
        for node in ast.walk(found.tree)
        if isinstance(node, ast.Constant) and node.value in BANNED_WORDS
    ]


def test_no_engine_is_told_what_is_banned() -> None:
    assert [caught for found in SOURCES for caught in banned_words(found)] == []
    assert banned_words(module("adapters.restic", "argv = ['unlock', '--remove-all']"))


LOADED = """
import sys, json
from phoenix_dr.surfaces.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as stop:
    code = stop.code
print(json.dumps([code, sorted({name.split(".")[0] for name in sys.modules})]))
"""


@pytest.mark.skipif(
    not (ROOT / "src/phoenix_dr/surfaces/cli/main.py").exists() and not in_ci(),
    reason="the command line is not written yet",
)
@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_load_nothing_heavy(option: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOADED, option],
        capture_output=True, text=True, timeout=30, check=False, env=dict(os.environ),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    code, loaded = json.loads(ran.stdout.splitlines()[-1])
    assert not code
    assert [name for name in HEAVY if name in loaded] == []
